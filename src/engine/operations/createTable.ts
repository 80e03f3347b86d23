/**
 * A shared table, bare: columns and checks, no keys, no indexes. Loading first and indexing then took 2.7 times less
 * than loading into indexes (5 M rows). Logged from the start: an unlogged table is empty after a crash.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import type { SharedColumn } from '../shapes/reading.ts'
import { constraintFault } from './constraintFault.ts'
import type { OperationType } from './operation.ts'
import { remarksOfRule, remarksOfTable } from './remarks.ts'

export type CreateTable = { readonly kind: 'create_table'; readonly table: string }

export const createTable: OperationType<CreateTable> = Object.freeze({
  describe: (op, plan) => `create table ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const drawing = [...table.columns, ...(table.adopted?.extra ?? [])].filter(draws)
    return [
      ...drawing.map(column => `create sequence ${column.draws}`),
      `create table ${name} (\n${lines(table, plan)
        .map(line => `  ${line}`)
        .join(',\n')}\n)`,
      // Then it belongs to whom the table belongs to, and goes with it.
      ...drawing.map(column => `alter sequence ${column.draws} owned by ${name}.${ident(column.name)}`),
      `alter table ${name} owner to ${plan.roles.owner}`,
      ...remarksOfTable(table),
      ...heldChecks(table).flatMap(check => remarksOfRule(table, check)),
    ]
  },
  // It would look at half a table, and whoever alters the table meanwhile waits a second for it to give way. The plan
  // vacuums by itself, and its last step gives it back.
  forNow: (op, plan) => [
    `alter table ${nameOf(tableOf(plan, op.table))} set (autovacuum_enabled = false, toast.autovacuum_enabled = false)`,
  ],
  down: (op, plan) => {
    const { schema, name } = tableOf(plan, op.table).target
    return [
      `drop table if exists ${qualified(schema, name)}`,
      ...['protected_tables', 'shared_tables'].map(
        list =>
          `delete from app_private.${list} where schema_name = ${literal(schema)} and table_name = ${literal(name)}`,
      ),
    ]
  },
  verify: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    return [
      columnFaults(table, plan),
      ...heldChecks(table).map(check =>
        constraintFault(name, check.name, undefined, !/ NOT ENFORCED$/.test(check.definition)),
      ),
    ].join('\nunion all\n')
  },
  lock: 'none on existing tables',
})

/** A query with one row for each column that is missing, or another one. */
export function columnFaults(table: PlannedTable, plan: Pick<Plan, 'scopeColumn'>): string {
  const name = nameOf(table)
  const scope = { name: plan.scopeColumn, type: 'uuid', notNull: true }
  const columns = [...(table.merge === null ? [scope] : []), ...table.columns].map(
    column => `(${literal(column.name)}, ${literal(column.type)}, ${column.notNull})`,
  )
  return [
    `select ${literal(`table ${name} is missing`)} where to_regclass(${literal(name)}) is null`,
    `select ${literal(`column ${name}.`)} || c.name || ' is not ' || c.type || case when c.required then ' not null' else '' end
from (values ${columns.join(', ')}) as c (name, type, required)
where not exists (
  select from pg_attribute a where a.attrelid = to_regclass(${literal(name)}) and a.attname = c.name and not a.attisdropped
    and format_type(a.atttypid, a.atttypmod) = c.type and a.attnotnull = c.required
)`,
  ].join('\nunion all\n')
}

/** Those that rows must keep while they come in. */
export const heldChecks = ({ checks }: PlannedTable) => checks.filter(({ unchecked }) => !unchecked)

const lines = (table: PlannedTable, plan: Plan): string[] => [
  ...(table.merge === null
    ? [`${ident(plan.scopeColumn)} uuid not null default app_hidden.current_organization_id()`]
    : []),
  ...[...table.columns, ...(table.adopted?.extra ?? [])].map(columnDefinition),
  ...heldChecks(table).map(({ name, definition }) => `constraint ${ident(name)} ${definition}`),
]

const draws = (column: SharedColumn): boolean => column.draws !== undefined

/**
 * A column that draws from a sequence becomes an identity column where it can: the same numbers, no right on a sequence
 * needed.
 */
function columnDefinition(column: SharedColumn): string {
  const isNumbered = column.sequence !== null && !draws(column)
  const identity = column.identity ?? (isNumbered ? 'by default' : null)
  return [
    ident(column.name),
    column.type,
    column.collation === null ? '' : `collate ${column.collation}`,
    column.notNull ? 'not null' : '',
    column.generated === null
      ? ''
      : `generated always as (${column.generated}) ${column.virtual ? 'virtual' : 'stored'}`,
    identity === null ? '' : `generated ${identity} as identity`,
    column.default === null || isNumbered ? '' : `default ${column.default}`,
  ]
    .filter(Boolean)
    .join(' ')
}
