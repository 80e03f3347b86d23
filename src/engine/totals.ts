/** Count and checksum of each organization's rows of a table, in the old schemas and in the new table. Reads only. */
import type pg from 'pg'
import { ident, literal } from '../postgres/identifiers.ts'
import type { Organization, Plan } from './plan.ts'
import { columnText, rowHash, textSettings } from './rowHash.ts'
import { hasRows, sourceName, textOf } from './shapes/reading.ts'
import { nameOf, type PlannedTable } from './targetTable.ts'

/** Count and sum of hashes, both as text: they can be larger than a JavaScript number. */
export type Total = { readonly organization: string; readonly count: string; readonly sum: string }

/** Sources per query: a transaction locks each table and its indexes, and the server's lock table is finite. */
export const batch = 100

/** A read-only snapshot with the settings that text output depends on. */
export async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    for (const setting of ['set local search_path to pg_catalog', ...textSettings])
      await client.query(setting)
    return await work()
  } finally {
    await client.query('rollback').catch(() => {})
  }
}

/** By organization id, whatever organizations there are. */
export async function targetTotals(
  client: pg.ClientBase,
  table: PlannedTable,
  plan: Plan,
): Promise<Map<string, Total>> {
  const scope = `t.${ident(plan.scopeColumn)}`
  return totals(client, [
    `select ${scope}::text as organization, count(*)::text as count, sum(${targetHash(table, 't')})::text as sum
from ${nameOf(table)} t group by ${scope}`,
  ])
}

/** By organization id, for every organization of the plan. */
export async function sourceTotals(
  client: pg.ClientBase,
  table: PlannedTable,
  plan: Plan,
): Promise<Map<string, Total>> {
  const present = plan.organizations.filter(({ schema }) => hasRows(table, schema))
  const queries: string[] = []
  for (let start = 0; start < present.length; start += batch) {
    queries.push(
      present
        .slice(start, start + batch)
        .map(organization => sourceTotal(table, organization))
        .join('\nunion all\n'),
    )
  }
  return totals(client, queries)
}

/** The query for one organization's total. */
export const sourceTotal = (
  table: PlannedTable,
  { id, schema }: Pick<Organization, 'id' | 'schema'>,
): string =>
  `select ${literal(id)} as organization, count(*)::text as count, coalesce(sum(${sourceHash(table, schema, 's')}), 0)::text as sum
from ${sourceName(table, schema)} s`

/** A row of the shared table as a number (bigint). */
export const targetHash = ({ columns }: PlannedTable, alias: string): string =>
  rowHash(columns.map(column => ({ column, text: columnText(column, alias) })))

/** The same number for the row that a tenant has. */
export const sourceHash = (table: PlannedTable, schema: string, alias: string): string =>
  rowHash(table.columns.map(column => ({ column, text: textOf(table, schema, column, alias) })))

async function totals(client: pg.ClientBase, queries: readonly string[]): Promise<Map<string, Total>> {
  const found = new Map<string, Total>()
  for (const query of queries) {
    const { rows } = await inTransaction(client, () => client.query<Total>(query))
    for (const row of rows) found.set(row.organization, row)
  }
  return found
}
