/**
 * The texts a workspace begins with: a baseline migration that makes, on an empty database with the core, what the
 * plan's operations made, and one policy file per table for the DBA to edit. Pure.
 */
import { createHash } from 'node:crypto'
import { placeholders } from '../../postgres/roles.ts'
import { type Operation, up } from '../operations/index.ts'
import type { CoreMigration } from '../operations/installCore.ts'
import { doors, protectCall } from '../operations/protectTable.ts'
import { code, definitions } from '../plan/operationsOf.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'

type Draft = Omit<Plan, 'id' | 'operations'>

export type Baseline = {
  readonly filename: string
  readonly hash: string
  readonly previousHash: string | null
  readonly text: string
}

/** Role names become graphile-migrate's placeholders again, so that the files say roles and not names. */
export const roleNames = Object.fromEntries(
  Object.keys(
    placeholders({ owner: '', authenticator: '', visitor: '', definer: '', auditor: '', bridge: '' }),
  ).map(placeholder => [placeholder.slice(1).toLowerCase(), placeholder]),
) as Plan['roles']

/** The migration that makes, on an empty database with the core, the tables that the plan's operations made. */
export function baseline(
  draft: Draft & { targetSchemas: readonly string[] },
  last: CoreMigration | undefined,
): Baseline {
  // On an empty database nobody has protected anything yet.
  const tables = draft.tables.map(table =>
    table.adopted === null ? table : { ...table, adopted: { ...table.adopted, isProtected: false } },
  )
  const plan: Plan = { ...draft, tables, id: '', operations: [], roles: roleNames }
  const each = (operations: (table: PlannedTable) => Operation[]) => draft.tables.flatMap(operations)
  const operations: Operation[] = [
    ...draft.targetSchemas.map(schema => ({ kind: 'create_schema' as const, schema, existed: false })),
    ...definitions(draft, false),
    ...each(({ source }) => [{ kind: 'create_table', table: source }]),
    ...each(({ source, keys, checks }) =>
      [...keys, ...checks.filter(({ unchecked }) => unchecked)].map(({ name }) => ({
        kind: 'add_constraint',
        table: source,
        name,
      })),
    ),
    ...each(({ source, indexes }) =>
      indexes.map(({ name }) => ({ kind: 'create_index', table: source, name })),
    ),
    ...each(({ source, foreignKeys }) =>
      foreignKeys.map(({ name }) => ({ kind: 'add_foreign_key', table: source, name })),
    ),
    ...each(({ source, foreignKeys }) =>
      foreignKeys
        .filter(({ orphaned }) => !orphaned)
        .map(({ name }) => ({ kind: 'validate_foreign_key', table: source, name })),
    ),
    ...code(draft),
    ...each(({ source }) => [{ kind: 'protect_table', table: source }]),
  ]
  const body = `${operations.flatMap(operation => up(operation, plan)).join(';\n\n')};\n`
  return baselineFile(body, last)
}

/** The committed migration that follows the core's last. */
export function baselineFile(
  body: string,
  last: Pick<CoreMigration, 'filename' | 'hash'> | undefined,
): Baseline {
  const previousHash = last?.hash ?? null
  const filename = `${String(Number(last?.filename.slice(0, 6) ?? 0) + 1).padStart(6, '0')}.sql`
  // graphile-migrate's own rule (its src/hash.ts): SHA-1 over the previous hash, a newline and the body.
  const hash = `sha1:${createHash('sha1')
    .update(`${`${previousHash ?? ''}\n${body.trim()}`.trim()}\n`)
    .digest('hex')}`
  const text = `--! Previous: ${previousHash ?? '-'}\n--! Hash: ${hash}\n--! Message: baseline\n\n${body}`
  return { filename, hash, previousHash, text }
}

/** What a DBA edits: one file per table, wall and grants by protect(), doors spelled out. */
export function policyFile(table: PlannedTable, plan: Pick<Plan, 'scopeColumn' | 'tables'>): string {
  if (table.merge !== null) {
    return `-- ${nameOf(table)}: everybody's rows, which every organization reads and none writes.
-- share() says so once more after a column came: it grants what is there.
${protectCall(table, plan)};
`
  }
  const [close, ...open] = doors(table, { ...plan, roles: roleNames })
  return `-- ${nameOf(table)}: who may do what inside an organization.
-- protect() builds the wall that keeps organizations apart, and grants columns; nothing below can widen the wall.
-- The doors are yours to edit; those in this file are all there are. Never pass a row's column to a function here, and
-- wrap calls as (select f()).
${protectCall(table, plan)};
${close};

${open.map(statement => `${statement};`).join('\n\n')}
`
}
