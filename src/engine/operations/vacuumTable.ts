/**
 * Until a page is known to be visible to all, counting reads the table beside its index, 1.7 times as long as before the
 * fold: so a vacuum, which no transaction can hold. Of a fold it comes right after the rows, while their pages are at
 * hand and no index makes it look further; in place, at the end.
 */
import { tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { OperationType } from './operation.ts'

export type VacuumTable = { readonly kind: 'vacuum_table'; readonly table: string }

export const vacuumTable: OperationType<VacuumTable> = Object.freeze({
  describe: (op, plan) => `vacuum ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  before: (op, plan) => [`vacuum ${nameOf(tableOf(plan, op.table))}`],
  up: () => [],
  down: () => [],
  verify: () => null,
  lock: 'SHARE UPDATE EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
