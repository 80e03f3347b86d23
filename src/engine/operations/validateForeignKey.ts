/** Looks at every row of a foreign key that was added `not valid`: an orphan stops the plan here, named by Postgres. */
import { ident } from '../../postgres/identifiers.ts'
import { tableOf } from '../plan.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type ValidateForeignKey = {
  readonly kind: 'validate_foreign_key'
  readonly table: string
  readonly name: string
}

export const validateForeignKey: OperationType<ValidateForeignKey> = Object.freeze({
  describe: (op, plan) => `validate ${op.name} of ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => [`alter table ${nameOf(tableOf(plan, op.table))} validate constraint ${ident(op.name)}`],
  down: () => [],
  // add_foreign_key asks for a valid constraint.
  verify: () => null,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'SHARE UPDATE EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
