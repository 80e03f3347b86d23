/**
 * New ids for a table whose key is renumbered, before anything is copied: in the order of the organizations and of their
 * old ids, so that every run gives the same. A step has some of the tenants, and goes on where the one before ended.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { sourceName } from '../shapes/reading.ts'
import { some } from '../shapes/sharedTypes.ts'
import type { OperationType } from './operation.ts'

export type NumberKeys = {
  readonly kind: 'number_keys'
  readonly table: string
  /** The tenants' schemas. */
  readonly organizations: readonly string[]
}

/** The map's rows of a table and some organizations go. */
export const forget = (op: Pick<NumberKeys, 'table' | 'organizations'>, plan: Plan): string =>
  `delete from rowhouse.renumbered where table_name = ${literal(op.table)} and organization_id in (${op.organizations
    .map(schema => literal(organizationOf(plan, schema).id))
    .join(', ')})`

export const numberKeys: OperationType<NumberKeys> = Object.freeze({
  describe: (op, plan) => `renumber ${nameOf(tableOf(plan, op.table))} of ${some(op.organizations)}`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const key = ident(table.renumbered ?? '')
    const rows = op.organizations.map(
      (schema, place) =>
        `select ${place} as place, ${literal(organizationOf(plan, schema).id)}::uuid as organization, s.${key} as old_id from ${sourceName(table, schema)} s`,
    )
    return [
      `insert into rowhouse.renumbered (table_name, organization_id, old_id, new_id)
select ${literal(op.table)}, organization, old_id,
  coalesce((select max(new_id) from rowhouse.renumbered where table_name = ${literal(op.table)} and not is_merged), 0)
    + row_number() over (order by place, old_id)
from (
  ${rows.join('\n  union all\n  ')}
) old`,
    ]
  },
  down: (op, plan) => [forget(op, plan)],
  // Rows are compared through the map: one that it has wrong, or lacks, is found there.
  verify: () => null,
  lock: 'ACCESS SHARE on the source tables',
  sideBySide: 'other tables',
})
