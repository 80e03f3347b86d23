/** A primary key or a unique constraint, led by the scope column: ids of two tenants never meet. */
import { ident } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan.ts'
import type { NamedDefinition } from '../targetTable.ts'
import { nameOf } from '../targetTable.ts'
import { constraintFault } from './constraintFault.ts'
import type { OperationType } from './operation.ts'

export type AddConstraint = { readonly kind: 'add_constraint'; readonly table: string; readonly name: string }

const keyOf = (op: AddConstraint, plan: Plan): NamedDefinition => {
  const key = tableOf(plan, op.table).keys.find(({ name }) => name === op.name)
  if (key === undefined) throw new Error(`the plan has no key ${op.name} on ${op.table}`)
  return key
}

export const addConstraint: OperationType<AddConstraint> = Object.freeze({
  describe: (op, plan) => `add ${keyOf(op, plan).definition} to ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => [
    `alter table ${nameOf(tableOf(plan, op.table))}\n  add constraint ${ident(op.name)} ${keyOf(op, plan).definition}`,
  ],
  // The table goes as a whole, where it is the plan's.
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    return table.adopted === null
      ? []
      : [`alter table ${nameOf(table)} drop constraint if exists ${ident(op.name)}`]
  },
  verify: (op, plan) => constraintFault(nameOf(tableOf(plan, op.table)), op.name, keyOf(op, plan).definition),
  lock: 'ACCESS EXCLUSIVE on the new table',
  sideBySide: 'other tables',
})
