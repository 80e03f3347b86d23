/** How long a query takes before and after the fold, fairly; and whether its plan reads past rows of others. */
import type pg from 'pg'
import { type Organization, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { TypicalQuery } from '../plan/typical.ts'
import { type Measured, measure } from './measure.ts'

/** How many rows of others a plan may read past before it is told. */
const othersRead = 1000

/** In ms, the database's own. */
export type Times = { readonly before: number; readonly after: number; readonly wall: number }

/** The wall's price is known and does not grow with the data; what is left must be as fast as before. */
export const isSlower = ({ before, after, wall }: Times) => after - wall > 1.1 * before + 0.1

/** What the wall asks once per table and statement, and what a private table's doors ask after it. */
const wallQueries = [
  'select (select app_hidden.current_organization_id())',
  'select (select app_hidden.can_administer())',
]
export const noConstants = `select '{}'::text[]`

/** The stored statement has its constants in it already. */
export const askOld = (client: pg.ClientBase, statement: string) =>
  measure(client, statement.replaceAll('%', '%%'), noConstants, null)

/** Of one question, in ms: the dearer of the two. */
export async function priceOfWall(client: pg.ClientBase, plan: Plan): Promise<number> {
  const prices: number[] = []
  for (const query of wallQueries) {
    const found = await measure(client, query, noConstants, plan.roles.visitor)
    prices.push('failure' in found ? 0 : found.milliseconds)
  }
  return Math.max(...prices)
}

/** How often what seems slow is asked again. */
const attempts = 3

/** Both forms are asked again, so that a machine that was busy is not blamed on the fold. */
export async function fairTimes(
  client: pg.ClientBase,
  statement: string,
  first: Times,
  asked: () => Promise<Measured | { failure: string }>,
): Promise<Times> {
  let times = first
  for (let left = attempts; left > 0 && isSlower(times); left--) {
    const old = await askOld(client, statement)
    const next = await asked()
    times = {
      ...times,
      before: Math.max(times.before, 'failure' in old ? 0 : old.milliseconds),
      after: Math.min(times.after, 'failure' in next ? times.after : next.milliseconds),
    }
  }
  return times
}

/** One reason per table that was read past the scope column although others have many rows in it. */
export function readsOfOthers(
  plan: Plan,
  query: TypicalQuery,
  { id }: Organization,
  { scans }: Measured,
  leads: ReadonlyMap<string, string | null>,
  counts: ReadonlyMap<string, ReadonlyMap<string, number>>,
): string[] {
  const sources = new Set([query.table, ...(query.parent === null ? [] : [query.parent.table])])
  return [...sources].flatMap(source => {
    const table = tableOf(plan, source)
    const rows = counts.get(nameOf(table)) ?? new Map<string, number>()
    const others = [...rows].reduce((sum, [owner, count]) => (owner === id ? sum : sum + count), 0)
    if (others <= othersRead) return []
    const wrong = scans.find(({ node, table: read, index }) =>
      index === null
        ? node === 'Seq Scan' && read === table.target.name
        : leads.get(`${nameOf(table)} ${index}`) !== undefined &&
          leads.get(`${nameOf(table)} ${index}`) !== plan.scopeColumn,
    )
    if (wrong === undefined) return []
    const how = wrong.index === null ? 'without an index' : `through index ${wrong.index}, which is not`
    return [`reads ${nameOf(table)} ${how} led by ${plan.scopeColumn}, past ${others} rows of others`]
  })
}

/** `hr.employees employees_pkey` → the index's first column; null where that is an expression. */
export async function leadingColumns(client: pg.ClientBase, plan: Plan): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ table: string; index: string; column: string | null }>(
    `select wanted.name as table, x.relname as index, a.attname as column
from unnest($1::text[]) as wanted (name)
join pg_index i on i.indrelid = to_regclass(wanted.name)
join pg_class x on x.oid = i.indexrelid
left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attnum > 0`,
    [plan.tables.map(nameOf)],
  )
  return new Map(rows.map(({ table, index, column }) => [`${table} ${index}`, column]))
}
