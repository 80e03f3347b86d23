/** Whether a query's plan reads past rows of other organizations: through no index, or one that others lead. */
import type pg from 'pg'
import { type Organization, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { TypicalQuery } from '../plan/typical.ts'
import type { Measured } from './measure.ts'

/** How many rows of others a plan may read past before it is told. */
const othersRead = 1000

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
