/**
 * Rows that are there go to the organizations that their rules say: rowhouse.assign_rows() commits batch by batch and
 * remembers how far it came, so a restart goes on there. Twice: what a transaction began to write before the rules
 * held is only seen when that transaction is over. And rows that follow a parent again, before its keys are believed
 * and when the old application is gone: between one row's look at its parent and its commit, the parent may have gone.
 */
import { literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { ownerOf, parentOwnerOf } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'

export type AssignRows = {
  readonly kind: 'assign_rows'
  readonly table: string
  readonly pass: 'first' | 'settle' | 'follow' | 'last'
}

const described: { readonly [pass in AssignRows['pass']]: (table: string) => string } = {
  first: table => `give the rows of ${table} to their organizations`,
  settle: table => `look again at ${table}, when older transactions are over`,
  follow: table => `see that the rows of ${table} are where their parents are`,
  last: table => `see once more that the rows of ${table} are where their parents are`,
}

const ownerIn = (op: AssignRows, plan: Plan): string =>
  op.pass === 'first' || op.pass === 'settle'
    ? ownerOf(plan, op.table)
    : (parentOwnerOf(plan, op.table) ?? ownerOf(plan, op.table))

export const assignRows: OperationType<AssignRows> = Object.freeze({
  describe: (op, plan) => described[op.pass](nameOf(tableOf(plan, op.table))),
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  before: (op, plan) => [
    `call rowhouse.assign_rows(${[plan.id, nameOf(tableOf(plan, op.table)), plan.scopeColumn, ownerIn(op, plan), op.pass].map(literal).join(', ')})`,
  ],
  up: (op, plan) => [
    `do $$
begin
  if not exists (
    select from rowhouse.assignments
    where plan_id = ${literal(plan.id)} and table_name = ${literal(nameOf(tableOf(plan, op.table)))} and pass = ${literal(op.pass)} and is_done
  ) then
    raise exception 'the rows of % are not all assigned', ${literal(nameOf(tableOf(plan, op.table)))};
  end if;
end
$$`,
  ],
  // Owners stay: who owns what is not ours to forget. Only the progress goes, so that the rule can be applied anew.
  down: (op, plan) => [
    `delete from rowhouse.assignments where plan_id = ${literal(plan.id)} and table_name = ${literal(nameOf(tableOf(plan, op.table)))} and pass = ${literal(op.pass)}`,
  ],
  verify: () => null,
  lock: 'row locks, for about 20 ms at a time; rows that somebody holds are passed over',
})
