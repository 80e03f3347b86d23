/**
 * An index led by the scope column, on a table in use: concurrently, which no transaction can hold. One that a crash
 * left half built is not valid; it is dropped and built again.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { phaseName } from '../scope/plan.ts'
import type { OperationType } from './operation.ts'

export type CreateLedIndex = {
  readonly kind: 'create_led_index'
  readonly table: string
  readonly name: string
}

const placeOf = (op: CreateLedIndex, plan: Plan) => qualified(tableOf(plan, op.table).target.schema, op.name)

export const createLedIndex: OperationType<CreateLedIndex> = Object.freeze({
  describe: (op, plan) => `create index ${op.name} on ${nameOf(tableOf(plan, op.table))} concurrently`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))} ${ident(op.name)}`,
  before: (op, plan) => {
    const table = tableOf(plan, op.table)
    const index = table.indexes.find(({ name }) => name === op.name)
    if (index === undefined) throw new Error(`the plan has no index ${op.name} on ${op.table}`)
    const place = placeOf(op, plan)
    return [
      `insert into rowhouse.attempts (plan_id, step, phase, operation, object, status)
values (${literal(plan.id)}, ${literal(`create_led_index ${op.name}`)}, ${literal(phaseName('index'))}, 'create_led_index', ${literal(`${nameOf(table)} ${ident(op.name)}`)}, 'started')`,
      // It waits for every transaction that is older, and nobody waits for it.
      'set lock_timeout to 0',
      `select ${literal(`drop index concurrently ${place}`)} from pg_catalog.pg_index where indexrelid = to_regclass(${literal(place)}) and not indisvalid \\gexec`,
      `create ${index.unique ? 'unique ' : ''}index concurrently if not exists ${ident(op.name)} on ${nameOf(table)} using ${index.using}`,
      "set lock_timeout to '60s'",
    ]
  },
  up: (op, plan) => [
    `do $$
begin
  if not exists (select from pg_catalog.pg_index where indexrelid = to_regclass(${literal(placeOf(op, plan))}) and indisvalid) then
    raise exception 'index % is not valid', ${literal(placeOf(op, plan))};
  end if;
end
$$`,
  ],
  down: (op, plan) => [`drop index if exists ${placeOf(op, plan)}`],
  // validate_client_data_integrity() asks for led indexes, and this for each.
  verify: (op, plan) =>
    `select ${literal(`index ${placeOf(op, plan)} is missing or not valid`)}
where not exists (select from pg_catalog.pg_index where indexrelid = to_regclass(${literal(placeOf(op, plan))}) and indisvalid)`,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'SHARE UPDATE EXCLUSIVE: writers go on',
})
