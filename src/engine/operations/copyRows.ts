/**
 * The unit of copying: one tenant, one table, once: the journal's row is written by the same transaction. Rows keep
 * their ids; the organization is put in front of them. Small tenants share a transaction, and each has its own row in
 * the journal.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan.ts'
import { insertOf, sourceName } from '../shapes/reading.ts'
import { some } from '../shapes/sharedTypes.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type CopyRows = {
  readonly kind: 'copy_rows'
  readonly table: string
  /** The tenants' schemas. */
  readonly organizations: readonly string[]
  /** Its foreign keys are there already: what it refers to must be in place, so nothing runs beside it. */
  readonly alone?: true
}

/** Where the counts are kept between the statement that copies and the one that writes the journal. */
export const rowsSetting = 'rowhouse.rows'

export const copyRows: OperationType<CopyRows> = Object.freeze({
  describe: (op, plan) => {
    const table = tableOf(plan, op.table)
    const [first] = op.organizations
    const from =
      op.organizations.length === 1
        ? sourceName(table, first ?? '')
        : `${op.table} of ${some(op.organizations)}`
    return `copy ${from} to ${nameOf(table)}`
  },
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const columns = table.columns.filter(column => column.generated === null).map(column => column.name)
    const always = table.columns.some(column => column.identity === 'always')
      ? ' overriding system value'
      : ''
    const scope = ident(plan.scopeColumn)
    return [
      // The counts reach the journal through a setting of this transaction.
      `with copied as (
  insert into ${nameOf(table)} (${[scope, ...columns.map(ident)].join(', ')})${always}
  ${op.organizations.map(schema => rowsOf(op, plan, schema)).join('\n  union all\n  ')}
  returning ${scope} as organization
), counted as (
  select organization, count(*) as rows from copied group by organization
)
select set_config('${rowsSetting}', coalesce(json_object_agg(organization, rows), '{}')::text, true) from counted`,
    ]
  },
  // A table of the plan's own is dropped by undoing create_table, whole and at once.
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    if (table.adopted === null) return []
    const ids = op.organizations.map(schema => literal(organizationOf(plan, schema).id))
    return [`delete from ${nameOf(table)} where ${ident(plan.scopeColumn)} in (${ids.join(', ')})`]
  },
  // Counts and checksums are verify's own work.
  verify: () => null,
  lock: 'ACCESS SHARE on the source tables',
  sideBySide: 'always',
})

function rowsOf(op: CopyRows, plan: Plan, schema: string): string {
  const table = tableOf(plan, op.table)
  const { id } = organizationOf(plan, schema)
  const values = table.columns
    .filter(column => column.generated === null)
    .map(column => insertOf(table, { id, schema }, column, 's'))
  const order =
    table.key.length > 0 ? ` order by ${table.key.map(name => `s.${ident(name)}`).join(', ')}` : ''
  return `(select ${[`${literal(id)}::uuid`, ...values].join(', ')} from ${sourceName(table, schema)} s${order})`
}
