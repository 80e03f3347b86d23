/**
 * Rows that are there go to the organizations that their rules say: rowhouse.assign_rows() commits batch by batch and
 * remembers how far it came, so a restart goes on there. Twice: what a transaction began to write before the rules
 * held is only seen when that transaction is over.
 */
import { literal } from '../../postgres/identifiers.ts'
import { tableOf } from '../plan.ts'
import { ownerOf } from '../scope/owner.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type AssignRows = {
  readonly kind: 'assign_rows'
  readonly table: string
  readonly pass: 'first' | 'settle'
}

export const assignRows: OperationType<AssignRows> = Object.freeze({
  describe: (op, plan) =>
    op.pass === 'first'
      ? `give the rows of ${nameOf(tableOf(plan, op.table))} to their organizations`
      : `look again at ${nameOf(tableOf(plan, op.table))}, when older transactions are over`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  before: (op, plan) => [
    `call rowhouse.assign_rows(${[plan.id, nameOf(tableOf(plan, op.table)), plan.scopeColumn, ownerOf(plan, op.table), op.pass].map(literal).join(', ')})`,
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
