/**
 * Looks at every row of a foreign key that was added `not valid`. Rows that lead nowhere go to quarantine, with those that
 * refer to them, also where the old database called its key valid (triggers were off when they came); a table that was
 * there before the plan is left alone, and they stop it.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { OperationType } from './operation.ts'

export type ValidateForeignKey = {
  readonly kind: 'validate_foreign_key'
  readonly table: string
  readonly name: string
  /** Rows that lead nowhere are put elsewhere. */
  readonly quarantine?: true
  /** They stay, and the key stays not valid. Neither: they stop the plan. */
  readonly keep?: true
}

export const validateForeignKey: OperationType<ValidateForeignKey> = Object.freeze({
  describe: (op, plan) => `validate ${op.name} of ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    if (op.quarantine) {
      const given = [plan.id, table, op.name].map(literal)
      return [`select rowhouse.validate_foreign_key(${given.join(', ')})`]
    }
    const validate = `alter table ${table} validate constraint ${ident(op.name)}`
    return op.keep
      ? [`do ${literal(`begin\n  ${validate};\nexception when foreign_key_violation then null;\nend`)}`]
      : [validate]
  },
  down: (op, plan) => (op.quarantine ? [`select rowhouse.drop_quarantines(${literal(plan.id)})`] : []),
  // add_foreign_key asks for a valid constraint.
  verify: () => null,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'SHARE UPDATE EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
