/** An index of the old table, led by the scope column. Not concurrently: nobody uses the new table yet. */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import type { PlannedIndex } from '../plan/targetTable.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { OperationType } from './operation.ts'
import { remarksOfIndex } from './remarks.ts'

export type CreateIndex = { readonly kind: 'create_index'; readonly table: string; readonly name: string }

const indexOf = (op: CreateIndex, plan: Plan): PlannedIndex => {
  const index = tableOf(plan, op.table).indexes.find(({ name }) => name === op.name)
  if (index === undefined) throw new Error(`the plan has no index ${op.name} on ${op.table}`)
  return index
}

export const createIndex: OperationType<CreateIndex> = Object.freeze({
  describe: (op, plan) => `create index ${op.name} on ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const index = indexOf(op, plan)
    return [
      `create ${index.unique ? 'unique ' : ''}index ${ident(op.name)} on ${nameOf(table)} using ${index.using}`,
      ...remarksOfIndex(table, index),
    ]
  },
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    return table.adopted === null ? [] : [`drop index if exists ${qualified(table.target.schema, op.name)}`]
  },
  verify: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    return `select ${literal(`index ${op.name} of ${table} is missing or not valid`)}
where not exists (
  select from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indrelid = to_regclass(${literal(table)}) and x.relname = ${literal(op.name)} and i.indisvalid
)`
  },
  lock: 'SHARE on the new table',
  sideBySide: 'other tables',
})
