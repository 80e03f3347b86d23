/** Where totals differ: which rows of one organization and table, and how. */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import type { Organization, Plan } from '../plan/plan.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { nameOf } from '../plan/targetTable.ts'
import { hasRows, keyTextOf, sourceName, textOf } from '../shapes/reading.ts'
import { everyRow } from './quarantine.ts'
import { changedColumns, columnText, keyAsText, keyText } from './rowHash.ts'
import { belongsTo, sourceHash, targetHash } from './totals.ts'

export type Mismatch = {
  /** The slug; null where a fault belongs to no single organization. */
  readonly organization: string | null
  readonly table: string | null
  /** `7`, or `7,2` for a key of two columns. */
  readonly key: string | null
  readonly reason: string
}

/** `hash`: of a row that is missing or was added. */
export type HashedMismatch = Mismatch & { readonly hash?: string }

type Difference = { key: string; here: string; there: string; hash: string; reason: string }

/**
 * @param limit at most this many rows are named; one more entry says how many there are in all
 * @returns one mismatch per row; `hash` lets the caller find where a missing row went
 */
export async function compareRows(
  client: pg.ClientBase,
  plan: Plan,
  table: PlannedTable,
  organization: Organization,
  limit: number,
): Promise<HashedMismatch[]> {
  const { slug, schema } = organization
  const source = hasRows(table, schema) ? sourceName(table, schema) : null
  const target = nameOf(table)
  const inOrganization = belongsTo(table, plan, organization, 't')
  // An id that became another one says little; a merged row is known by its natural key.
  const key = table.merge ?? table.key
  const sourceKey = keyTextOf({ ...table, key }, organization, 's')
  const { rows } = await client.query<Difference & { all: string }>(`
with s as (
  ${
    source === null
      ? 'select null::text as key, 0 as n, 0::numeric as hash where false'
      : `select ${keyOf(keyAsText(sourceKey), sourceHash(table, organization, 's'))} as key, count(*) as n, sum(${sourceHash(table, organization, 's')}) as hash
  from ${source} s group by 1`
  }
), t as (
  select ${keyOf(keyText(key, 't'), targetHash(table, 't'))} as key, count(*) as n, sum(${targetHash(table, 't')}) as hash
  from ${everyRow(table, plan)} t where ${inOrganization} group by 1
)
select key, coalesce(s.hash, t.hash)::text as hash, count(*) over ()::text as all,
  case when t.n is null then 'missing' when s.n is null then 'added' when t.n > s.n then 'doubled' else 'changed' end as reason
from s full join t using (key)
where s.n is distinct from t.n or s.hash is distinct from t.hash
order by 1 limit ${limit}`)

  const changed = rows.filter(row => row.reason === 'changed').map(row => row.key)
  const columns = changed.length === 0 ? new Map<string, string[]>() : await whichColumns()
  const named = rows.map(({ key, hash, reason }) => ({
    organization: slug,
    table: target,
    key,
    reason: columns.has(key) ? `changed: ${columns.get(key)?.join(', ')}` : reason,
    hash,
  }))
  const all = Number(rows[0]?.all ?? 0)
  return all <= limit
    ? named
    : [
        ...named,
        {
          organization: slug,
          table: target,
          key: null,
          reason: `${all} rows differ; the first ${limit} are named`,
        },
      ]

  /** Without a primary key a row is known by what is in it: one that changed is one less and another more. */
  function keyOf(text: string, hash: string): string {
    return key.length > 0 ? text : `'hash ' || ${hash}`
  }

  async function whichColumns(): Promise<Map<string, string[]>> {
    const same = key.map((name, at) => `${sourceKey[at]} = t.${ident(name)}::text`).join(' and ')
    const found = await client.query<{ key: string; columns: string[] }>(
      `select ${keyAsText(sourceKey)} as key, ${changedColumns(table.columns.map(column => ({ name: column.name, a: textOf(table, organization, column, 's'), b: columnText(column, 't') })))} as columns
from ${source} s join ${everyRow(table, plan)} t on ${same} where ${inOrganization} and ${keyAsText(sourceKey)} = any ($1)`,
      [changed],
    )
    return new Map(found.rows.map(row => [row.key, row.columns]))
  }
}
