/** Statistics for the planner, of the indexes' expressions too, and the plan is done. */
import { literal } from '../../postgres/identifiers.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { OperationType } from './operation.ts'

export type Finish = { readonly kind: 'finish' }

export const finish: OperationType<Finish> = Object.freeze({
  describe: () => 'analyze the new tables',
  object: () => null,
  before: (_op, plan) => plan.tables.map(table => `analyze ${nameOf(table)}`),
  up: (_op, plan) => [
    // What a table that was there before says of this is its own.
    ...plan.tables
      .filter(({ adopted }) => plan.kind === 'schemas' && adopted === null)
      .map(table => `alter table ${nameOf(table)} reset (autovacuum_enabled, toast.autovacuum_enabled)`),
    `update rowhouse.plans set applied_at = clock_timestamp() where id = ${literal(plan.id)}`,
  ],
  down: (_op, plan) => [
    `delete from rowhouse.verifications where plan_id = ${literal(plan.id)}`,
    `update rowhouse.plans set applied_at = null where id = ${literal(plan.id)}`,
  ],
  verify: () => null,
  lock: 'SHARE UPDATE EXCLUSIVE on the new tables',
})
