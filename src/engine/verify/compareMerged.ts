/** A merged table's rows: how many there are, and which of them no tenant had. Reads only. */
import type pg from 'pg'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { hasRows } from '../shapes/reading.ts'
import type { Mismatch } from './compareRows.ts'
import { keyText } from './rowHash.ts'
import { batch, belongsTo, inTransaction } from './totals.ts'

/** @param limit at most this many rows are named */
export async function mergedRows(
  client: pg.ClientBase,
  plan: Plan,
  table: PlannedTable,
  limit: number,
): Promise<{ count: number; mismatches: Mismatch[] }> {
  const key = keyText(table.merge ?? [], 't')
  const keys = async (where: string) => {
    const { rows } = await inTransaction(client, () =>
      client.query<{ key: string }>(`select ${key} as key from ${nameOf(table)} t where ${where}`),
    )
    return rows.map(row => row.key)
  }
  const all = await keys('true')
  const nobodys = new Set(all)
  const present = plan.organizations.filter(({ schema }) => hasRows(table, schema))
  for (let start = 0; start < present.length; start += batch) {
    const some = present.slice(start, start + batch)
    const theirs = await keys(some.map(one => belongsTo(table, plan, one, 't')).join('\n  or '))
    for (const one of theirs) nobodys.delete(one)
  }
  const about = { organization: null, table: nameOf(table) }
  const reason = 'added: no tenant had such a row'
  return {
    count: all.length,
    mismatches: [
      ...[...nobodys].slice(0, limit).map(one => ({ ...about, key: one, reason })),
      ...(nobodys.size > limit
        ? [{ ...about, key: null, reason: `${nobodys.size} rows are nobody's; the first ${limit} are named` }]
        : []),
    ],
  }
}
