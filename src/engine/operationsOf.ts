/** What is to be done for a plan, in order. Pure. */
import type { Baseline } from './baseline.ts'
import type { Catalog } from './catalog.ts'
import type { Core } from './core.ts'
import type { Operation } from './operations/index.ts'
import type { Plan } from './plan.ts'
import { hasRows } from './shapes/reading.ts'
import type { PlannedTable } from './targetTable.ts'

type Draft = Omit<Plan, 'id' | 'operations'>

export type Surroundings = {
  readonly targetSchemas: readonly string[]
  readonly handOver: Baseline
  /** True where the tenancy core is not there yet. */
  readonly isFresh: boolean
  /** Schemas that are there where the tables go. */
  readonly existing: readonly string[]
}

export function makeOperations(
  draft: Draft,
  catalog: Catalog,
  core: Core,
  { targetSchemas, handOver, isFresh, existing }: Surroundings,
): Operation[] {
  const { organizations, types, tables, identities } = draft
  const each = <T extends Operation>(make: (table: PlannedTable) => readonly T[]): T[] => tables.flatMap(make)
  return [
    {
      kind: 'install_core',
      fresh: isFresh,
      roles: core.roles,
      migrations: core.migrations,
      uninstall: core.uninstall,
    },
    ...targetSchemas.map(schema => ({
      kind: 'create_schema' as const,
      schema,
      existed: existing.includes(schema),
    })),
    { kind: 'create_organizations' },
    // Before the copying: what is measured is the old database, at rest. Times of two servers cannot be compared.
    ...(draft.source === null ? measured(organizations.map(({ schema }) => schema)) : []).map(
      organization => ({ kind: 'record_baseline' as const, organization }),
    ),
    ...types.map(({ source }) => ({ kind: 'create_type' as const, name: source })),
    ...each(({ source }) => [{ kind: 'create_table' as const, table: source }]),
    // The largest table first; within it one organization after the other, so that an organization's rows lie together.
    ...[...tables]
      .sort((a, b) => b.rows - a.rows || (a.source < b.source ? -1 : 1))
      .flatMap(table =>
        batches(table, draft, catalog).map(group => ({
          kind: 'copy_rows' as const,
          table: table.source,
          organizations: group,
        })),
      ),
    ...each(({ source, keys }) =>
      keys.map(({ name }) => ({ kind: 'add_constraint' as const, table: source, name })),
    ),
    ...each(({ source, indexes }) =>
      indexes.map(({ name }) => ({ kind: 'create_index' as const, table: source, name })),
    ),
    ...each(({ source, foreignKeys }) =>
      foreignKeys.map(({ name }) => ({ kind: 'add_foreign_key' as const, table: source, name })),
    ),
    ...each(({ source, foreignKeys }) =>
      foreignKeys
        .filter(({ orphaned }) => !orphaned)
        .map(({ name }) => ({ kind: 'validate_foreign_key' as const, table: source, name })),
    ),
    ...each(({ source, numbered }) =>
      numbered.map(({ name }) => ({ kind: 'set_sequence' as const, table: source, column: name })),
    ),
    ...(identities === null
      ? []
      : organizations.map(({ schema }) => ({ kind: 'create_identities' as const, organization: schema }))),
    ...each(({ source }) => [{ kind: 'protect_table' as const, table: source }]),
    {
      kind: 'hand_over',
      filename: handOver.filename,
      hash: handOver.hash,
      previousHash: handOver.previousHash,
    },
    { kind: 'finish' },
  ]
}

/** Small tenants share a transaction: a commit each would take longer than their rows. */
const batchRows = 50_000
/** Each takes locks on a table and its indexes, and the server's lock table is finite. */
const batchTenants = 100

/** Tenants that are copied together, in order. */
function batches(table: PlannedTable, { organizations }: Draft, catalog: Catalog): string[][] {
  const sizes = new Map(
    catalog.tables
      .filter(({ name }) => name === table.source)
      // Never analyzed: a hundred bytes to a row.
      .map(({ schema, rows, bytes }) => [schema, rows < 0 ? bytes / 100 : rows]),
  )
  const groups: string[][] = []
  let rows = 0
  for (const { schema } of organizations) {
    if (!hasRows(table, schema)) continue
    const size = sizes.get(schema) ?? 0
    const last = groups.at(-1)
    if (last === undefined || last.length === batchTenants || rows + size > batchRows) {
      groups.push([schema])
      rows = size
    } else {
      last.push(schema)
      rows += size
    }
  }
  return groups
}

/** Asking every tenant of a thousand would take longer than moving them. */
const mostMeasured = 50

/** All, or as many as that, evenly spread. */
export function measured(schemas: readonly string[]): string[] {
  if (schemas.length <= mostMeasured) return [...schemas]
  return Array.from(
    { length: mostMeasured },
    (_, at) => schemas[Math.floor((at * schemas.length) / mostMeasured)] as string,
  )
}
