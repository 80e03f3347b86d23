/** Statistics for the planner, and the plan is done. */
import { literal } from '../../postgres/identifiers.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type Finish = { readonly kind: 'finish' }

export const finish: OperationType<Finish> = Object.freeze({
  describe: () => 'analyze the new tables',
  object: () => null,
  up: (_op, plan) => [
    ...plan.tables.map(table => `analyze ${nameOf(table)}`),
    `update rowhouse.plans set applied_at = clock_timestamp() where id = ${literal(plan.id)}`,
  ],
  down: (_op, plan) => [
    `delete from rowhouse.verifications where plan_id = ${literal(plan.id)}`,
    `update rowhouse.plans set applied_at = null where id = ${literal(plan.id)}`,
  ],
  verify: () => null,
  lock: 'SHARE UPDATE EXCLUSIVE on the new tables',
})
