/**
 * What typical queries (typical.ts) answer in one tenant's schema, and how long they take, before anything is moved:
 * verify asks the shared tables the same. Ten small queries, four runs each; large tables are not counted.
 */
import { literal, qualified } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { pickingText, queryText, type TypicalQuery } from '../plan/typical.ts'
import { readsPlainly } from '../shapes/reading.ts'
import type { OperationType } from './operation.ts'

export type RecordBaseline = {
  readonly kind: 'record_baseline'
  /** The tenant's schema. */
  readonly organization: string
}

/** A count reads the whole table, and applications do not count large ones page by page. */
const countedRows = 100_000

export const recordBaseline: OperationType<RecordBaseline> = Object.freeze({
  describe: (op, plan) => `ask ${plan.typical.length} typical queries of schema ${op.organization}`,
  object: op => op.organization,
  up: (op, plan) =>
    asked(op, plan).length === 0
      ? []
      : [
          `insert into rowhouse.baselines (plan_id, organization_id, query, statement, constants, answer, milliseconds, buffers)
select ${literal(plan.id)}, ${literal(organizationOf(plan, op.organization).id)}, asked.name,
  measured.statement, measured.constants, measured.answer, measured.milliseconds, measured.buffers
from (values
${asked(op, plan).join(',\n')}
) as asked (name, query, picking, counted)
cross join lateral rowhouse.measure(asked.query, asked.picking) as measured
where asked.counted is null or ${mayCount('asked.counted')}`,
        ],
  down: (op, plan) => [
    `delete from rowhouse.baselines where plan_id = ${literal(plan.id)} and organization_id = ${literal(organizationOf(plan, op.organization).id)}`,
  ],
  // Comparing is verify's own work (performance.ts).
  verify: () => null,
  lock: 'ACCESS SHARE on the source tables',
})

/** A tenant whose rows read otherwise in the shared shape answers otherwise on purpose. */
function isAskable(
  { table, columns, equal, order, parent }: TypicalQuery,
  schema: string,
  plan: Plan,
): boolean {
  const isPlain = (source: string, names: readonly string[]) =>
    readsPlainly(tableOf(plan, source), schema, names)
  // An enum that got more labels sorts otherwise.
  const shared = new Set(tableOf(plan, table).columns.flatMap(({ name, viaText }) => (viaText ? [name] : [])))
  if (order.some(name => shared.has(name))) return false
  return (
    isPlain(table, [...columns, ...equal, ...order, ...(parent?.from ?? [])]) &&
    (parent === null || isPlain(parent.table, [...parent.columns, ...parent.key]))
  )
}

export type Askable = {
  readonly query: TypicalQuery
  /** As queryText and pickingText make them. */
  readonly text: string
  readonly picking: string
  /** The table whose rows are counted; null where none are. */
  readonly counted: string | null
}

/** What a tenant's own schema can be asked. */
export function askable(plan: Plan, schema: string): Askable[] {
  const named = (source: string) => qualified(schema, source)
  return plan.typical
    .filter(query => isAskable(query, schema, plan))
    .map(query => ({
      query,
      text: queryText(query, named),
      picking: pickingText(query, tableOf(plan, query.table).key, named),
      counted: query.columns.length === 0 ? named(query.table) : null,
    }))
}

const asked = (op: RecordBaseline, plan: Plan): string[] =>
  askable(plan, op.organization).map(
    ({ query, text, picking, counted }) =>
      `  (${literal(query.name)}, ${literal(text)}, ${literal(picking)}, ${literal(counted)}::regclass)`,
  )

/** @param table SQL of a regclass */
export const mayCount = (table: string): string => `${rowsOf(table)} <= ${countedRows}`

/** Estimated: by statistics, or by size at a hundred bytes per row where there are none. */
const rowsOf = (table: string) =>
  `(select case when c.reltuples < 0 then pg_relation_size(c.oid) / 100 else c.reltuples end from pg_class c where c.oid = ${table})`
