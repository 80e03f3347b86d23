/** Count and checksum of each organization's rows of a table, in the old schemas and in the new table. Reads only. */
import type pg from 'pg'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Organization, Plan } from '../plan/plan.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import {
  hasRows,
  insertOf,
  type SharedColumn,
  type Source,
  sourceName,
  textOf,
  valueIn,
} from '../shapes/reading.ts'
import { everyRow } from './quarantine.ts'
import { rowHash, stack, textSettings } from './rowHash.ts'

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

/**
 * By organization id, whatever organizations there are; of a merged table, the rows that each organization's source has
 * the natural key of.
 */
export async function targetTotals(
  client: pg.ClientBase,
  table: PlannedTable,
  plan: Plan,
): Promise<Map<string, Total>> {
  const sum = `count(*)::text as count, coalesce(sum(${targetHash(table, 't')}), 0)::text as sum\nfrom ${everyRow(table, plan)} t`
  if (table.merge === null) {
    const scope = `t.${ident(plan.scopeColumn)}`
    return totals(client, [`select ${scope}::text as organization, ${sum} group by ${scope}`])
  }
  return totals(
    client,
    inBatches(table, plan, (_, organizations) =>
      organizations
        .map(
          one =>
            `select ${literal(one.id)} as organization, ${sum} where ${belongsTo(table, plan, one, 't')}`,
        )
        .join('\nunion all\n'),
    ),
  )
}

/** SQL: the row of the shared table is the organization's; of a merged table, the organization had one like it. */
export function belongsTo(
  table: PlannedTable,
  plan: Pick<Plan, 'scopeColumn'>,
  organization: Source,
  alias: string,
): string {
  if (table.merge === null) return `${alias}.${ident(plan.scopeColumn)} = ${literal(organization.id)}`
  if (!hasRows(table, organization.schema)) return 'false'
  const own = table.merge.map(name => `${alias}.${ident(name)}::text`)
  const columns = table.columns.filter(({ name }) => table.merge?.includes(name))
  const theirs = table.merge.map(name =>
    // As the comparison reads it: a row whose ids have no new ones is like no other, and stops nothing.
    plainTextOf(table, organization, columns.find(column => column.name === name) as SharedColumn),
  )
  return `(${own.join(', ')}) in (select ${theirs.join(', ')} from ${sourceName(table, organization.schema)} own)`
}

const plainTextOf = (table: PlannedTable, organization: Source, column: SharedColumn): string =>
  column.ids === undefined
    ? `${insertOf(table, organization, column, 'own')}::text`
    : textOf(table, organization, column, 'own')

/** By organization id; an organization without rows is not in it. */
export async function sourceTotals(
  client: pg.ClientBase,
  table: PlannedTable,
  plan: Plan,
): Promise<Map<string, Total>> {
  return totals(client, inBatches(table, plan, sourceTotalsOf))
}

/** At most `batch` tenants that have the table, for each query. */
function inBatches(
  table: PlannedTable,
  plan: Plan,
  query: (table: PlannedTable, organizations: readonly Organization[]) => string,
): string[] {
  const present = plan.organizations.filter(({ schema }) => hasRows(table, schema))
  return Array.from({ length: Math.ceil(present.length / batch) }, (_, at) =>
    query(table, present.slice(at * batch, (at + 1) * batch)),
  )
}

/**
 * The query for the totals of a few organizations, one line for each that has rows. The rows are put under each other and
 * hashed once for all. With a hash in each part it took twice as long, most of it reading and planning (1,000 tenants of
 * 20 rows).
 */
export function sourceTotalsOf(table: PlannedTable, organizations: readonly Source[]): string {
  const stacked = table.columns.map((column, at) => ({
    column,
    sql: `v.c${at}`,
    ...stack(
      column,
      organizations.map(one => valueIn(table, one, column, 's')),
    ),
  }))
  const parts = organizations.map(
    ({ schema }, place) =>
      `select ${[place, ...stacked.map(({ each }) => each[place])].join(', ')} from ${sourceName(table, schema)} s`,
  )
  const hash = rowHash(stacked.map(({ column, as, sql }) => ({ column, value: { as, sql } })))
  return `select (array[${organizations.map(({ id }) => literal(id)).join(', ')}])[v.place + 1] as organization, count(*)::text as count, coalesce(sum(${hash}), 0)::text as sum
from (${parts.join('\nunion all\n')}) v (${['place', ...stacked.map((_, at) => `c${at}`)].join(', ')})
group by v.place`
}

/** A row of the shared table as a number (bigint). */
export const targetHash = ({ columns }: PlannedTable, alias: string): string =>
  rowHash(columns.map(column => ({ column, value: { as: column, sql: `${alias}.${ident(column.name)}` } })))

/** The same number for the row that a tenant has. */
export const sourceHash = (table: PlannedTable, organization: Source, alias: string): string =>
  rowHash(table.columns.map(column => ({ column, value: valueIn(table, organization, column, alias) })))

async function totals(client: pg.ClientBase, queries: readonly string[]): Promise<Map<string, Total>> {
  const found = new Map<string, Total>()
  for (const query of queries) {
    const { rows } = await inTransaction(client, () => client.query<Total>(query))
    for (const row of rows) found.set(row.organization, row)
  }
  return found
}
