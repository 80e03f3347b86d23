/**
 * Looks at every row of a foreign key that was added `not valid`. Rows that lead nowhere go to quarantine, with those that
 * refer to them, also where the old database called its key valid (triggers were off when they came); a table that was
 * there before the plan is left alone, and they stop it.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { tableOf } from '../plan.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type ValidateForeignKey = {
  readonly kind: 'validate_foreign_key'
  readonly table: string
  readonly name: string
  /** Rows that lead nowhere are put elsewhere; absent: they stop the plan. */
  readonly quarantine?: true
}

export const validateForeignKey: OperationType<ValidateForeignKey> = Object.freeze({
  describe: (op, plan) => `validate ${op.name} of ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    return op.quarantine
      ? [`select rowhouse.validate_foreign_key(${literal(plan.id)}, ${literal(table)}, ${literal(op.name)})`]
      : [`alter table ${table} validate constraint ${ident(op.name)}`]
  },
  down: (op, plan) => (op.quarantine ? [`select rowhouse.drop_quarantines(${literal(plan.id)})`] : []),
  // add_foreign_key asks for a valid constraint.
  verify: () => null,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'SHARE UPDATE EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
