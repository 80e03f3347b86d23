/** New ids start above every tenant's highest, and above what any tenant's old sequence already gave out. */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan.ts'
import { readsPlainly } from '../shapes/reading.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type SetSequence = { readonly kind: 'set_sequence'; readonly table: string; readonly column: string }

/** Regclass texts of the tenants' own sequences; null where a tenant's column has none. */
function sources(op: SetSequence, plan: Plan): string {
  const table = tableOf(plan, op.table)
  const unowned = table.numbered.find(({ name }) => name === op.column)?.sequences ?? null
  return plan.organizations
    .filter(({ schema }) => readsPlainly(table, schema, [op.column]))
    .map(({ schema }) =>
      unowned === null
        ? `(pg_get_serial_sequence(${literal(qualified(schema, op.table))}, ${literal(op.column)}))`
        : `(${literal(unowned[schema] ?? null)}::text)`,
    )
    .join(',\n    ')
}

/** The column's ids are new ones. */
const isNew = (op: SetSequence, plan: Plan): boolean =>
  tableOf(plan, op.table).columns.some(({ name, ids }) => name === op.column && ids !== undefined)

export const setSequence: OperationType<SetSequence> = Object.freeze({
  describe: (op, plan) =>
    `start ${nameOf(tableOf(plan, op.table))}.${op.column} above every tenant's highest`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))}.${ident(op.column)}`,
  up: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    if (isNew(op, plan)) {
      // What the tenants' sequences gave out says nothing of the new ids.
      return [
        `select setval(pg_get_serial_sequence(${literal(table)}, ${literal(op.column)}), greatest(1, (select max(${ident(op.column)}) from ${table})))`,
      ]
    }
    return [
      // pg_sequence_last_value is null for a sequence that was never used.
      `select setval(
  pg_get_serial_sequence(${literal(table)}, ${literal(op.column)}),
  greatest(1, (select max(${ident(op.column)}) from ${table}), (
    select max(pg_sequence_last_value(name::regclass)) from (values
    ${sources(op, plan)}
    ) as old (name)
  ))
)`,
    ]
  },
  down: () => [],
  verify: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    return `select ${literal(`the next ${op.column} of ${table} is taken`)}
where coalesce(pg_sequence_last_value(pg_get_serial_sequence(${literal(table)}, ${literal(op.column)})::regclass), 0)
  < (select max(${ident(op.column)}) from ${table})`
  },
  lock: 'none',
  sideBySide: 'other tables',
})
