/**
 * The unit of copying: one tenant, one table, once: the journal's row is written by the same transaction. Rows keep
 * their ids; the organization is put in front of them.
 */
import { ident, idents, literal, qualified } from '../../postgres/identifiers.ts'
import { organizationOf, tableOf } from '../plan.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type CopyRows = {
  readonly kind: 'copy_rows'
  readonly table: string
  /** The tenant's schema. */
  readonly organization: string
}

export const copyRows: OperationType<CopyRows> = Object.freeze({
  describe: (op, plan) =>
    `copy ${qualified(op.organization, op.table)} to ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const { id } = organizationOf(plan, op.organization)
    const columns = table.columns.filter(column => column.generated === null).map(column => column.name)
    const always = table.columns.some(column => column.identity === 'always')
      ? ' overriding system value'
      : ''
    return [
      // The count reaches the journal through a setting of this transaction.
      `with copied as (
  insert into ${nameOf(table)} (${ident(plan.scopeColumn)}, ${idents(columns)})${always}
  select ${literal(id)}, ${idents(columns)}
  from ${qualified(op.organization, table.source)}${table.key.length > 0 ? `\n  order by ${idents(table.key)}` : ''}
  returning 1
)
select set_config('rowhouse.rows', count(*)::text, true) from copied`,
    ]
  },
  // The table itself is dropped by undoing create_table, whole and at once.
  down: () => [],
  // Counts and checksums are verify's own work.
  verify: () => null,
  lock: 'ACCESS SHARE on the source table',
  sideBySide: true,
})
