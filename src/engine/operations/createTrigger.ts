/** A trigger that the tenants had on a table, once for all. After the copying: what it would do was done to those rows before. */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { PlannedTrigger } from '../code/planned.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { OperationType } from './operation.ts'

export type CreateTrigger = { readonly kind: 'create_trigger'; readonly table: string; readonly name: string }

const triggerOf = (op: CreateTrigger, plan: Plan): PlannedTrigger => {
  const found = plan.triggers.find(({ table, name }) => table === op.table && name === op.name)
  if (found === undefined) throw new Error(`the plan has no trigger ${op.name} on ${op.table}`)
  return found
}

/** As pg_trigger.tgenabled says it. */
const modes: Readonly<Record<string, string>> = {
  D: 'disable',
  R: 'enable replica',
  A: 'enable always',
}

export const createTrigger: OperationType<CreateTrigger> = Object.freeze({
  describe: (op, plan) => `create trigger ${op.name} on ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => {
    const { statement, enabled } = triggerOf(op, plan)
    const mode = modes[enabled]
    const table = nameOf(tableOf(plan, op.table))
    return [
      statement,
      ...(mode === undefined ? [] : [`alter table ${table} ${mode} trigger ${ident(op.name)}`]),
    ]
  },
  down: (op, plan) => [`drop trigger if exists ${ident(op.name)} on ${nameOf(tableOf(plan, op.table))}`],
  verify: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    const { enabled } = triggerOf(op, plan)
    return `select ${literal(`trigger ${op.name} of ${table} is missing, or switched otherwise`)}
where not exists (
  select from pg_trigger
  where tgrelid = to_regclass(${literal(table)}) and tgname = ${literal(op.name)} and tgenabled = ${literal(enabled)}
)`
  },
  lock: 'SHARE ROW EXCLUSIVE on the new table',
})
