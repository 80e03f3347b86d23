/**
 * A primary key or a unique constraint, led by the scope column: ids of two tenants never meet. And a check that old rows
 * may break: it was never held against them, and is not now.
 */
import { ident } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf, type PlannedCheck } from '../plan/targetTable.ts'
import { constraintFault } from './constraintFault.ts'
import type { OperationType } from './operation.ts'
import { remarksOfRule, withIndexOptions } from './remarks.ts'

export type AddConstraint = { readonly kind: 'add_constraint'; readonly table: string; readonly name: string }

const ruleOf = (op: AddConstraint, plan: Plan): PlannedCheck => {
  const { keys, checks } = tableOf(plan, op.table)
  const rule = [...keys, ...checks].find(({ name }) => name === op.name)
  if (rule === undefined) throw new Error(`the plan has no rule ${op.name} on ${op.table}`)
  return rule
}
const definitionOf = (op: AddConstraint, plan: Plan): string => {
  const { definition, unchecked, remarks } = ruleOf(op, plan)
  return `${withIndexOptions(definition, remarks)}${unchecked ? ' not valid' : ''}`
}

export const addConstraint: OperationType<AddConstraint> = Object.freeze({
  describe: (op, plan) => `add ${definitionOf(op, plan)} to ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => [
    `alter table ${nameOf(tableOf(plan, op.table))}\n  add constraint ${ident(op.name)} ${definitionOf(op, plan)}`,
    ...remarksOfRule(tableOf(plan, op.table), ruleOf(op, plan)),
  ],
  // The table goes as a whole, where it is the plan's.
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    return table.adopted === null
      ? []
      : [`alter table ${nameOf(table)} drop constraint if exists ${ident(op.name)}`]
  },
  verify: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    const { definition, unchecked } = ruleOf(op, plan)
    return unchecked
      ? constraintFault(table, op.name, undefined, false)
      : constraintFault(table, op.name, definition)
  },
  lock: 'ACCESS EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
