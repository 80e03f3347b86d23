/**
 * compareRows.ts' question where source and target are on two servers and nothing can join them: both send key, count and
 * hash in the order of the keys' bytes, a thousand at a time, and are walked side by side. Reads only.
 */
import type pg from 'pg'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Organization, Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { hasRows, sourceName, textOf } from '../shapes/reading.ts'
import type { HashedMismatch } from './compareRows.ts'
import { everyRow } from './quarantine.ts'
import { columnText, keyText } from './rowHash.ts'
import { inTransaction, sourceHash, targetHash } from './totals.ts'

/** The two ends of a comparison; in place they are one. */
export type Ends = { readonly source: pg.ClientBase; readonly target: pg.ClientBase }

type Keyed = { readonly key: string; readonly n: string; readonly hash: string }
type Difference = { readonly key: string; readonly hash: string; readonly reason: string }

/** Rows on their way at once, from each end. */
const page = 1000

/**
 * @param limit at most this many rows are named; one more entry says how many there are in all
 * @returns one mismatch per row; `hash` lets the caller find where a missing row went
 */
export async function compareAcross(
  { source, target }: Ends,
  plan: Plan,
  table: PlannedTable,
  organization: Organization,
  limit: number,
): Promise<HashedMismatch[]> {
  const { id, slug, schema } = organization
  const there = hasRows(table, schema) ? ` from ${sourceName(table, schema)} r` : null
  const here = ` from ${everyRow(table, plan)} r where r.${ident(plan.scopeColumn)} = ${literal(id)}`
  const keyed = (hash: string, from: string) => {
    // Without a primary key a row is known by what is in it: one that changed is one less and another more.
    const key = table.key.length > 0 ? keyText(table.key, 'r') : `'hash ' || ${hash}`
    return `select (${key}) collate "C" as key, count(*)::text as n, sum(${hash})::text as hash${from} group by 1 order by 1`
  }
  const old = there === null ? null : keyed(sourceHash(table, organization, 'r'), there)
  const found: Difference[] = []
  let all = 0
  const walk = () =>
    differences(source, target, old, keyed(targetHash(table, 'r'), here), one => {
      all++
      if (found.length < limit) found.push(one)
    })
  await inTransaction(source, () => inTransaction(target, walk))

  const changed = found.filter(({ reason }) => reason === 'changed').map(({ key }) => key)
  const texts = (
    client: pg.ClientBase,
    of: (column: PlannedTable['columns'][number]) => string,
    from: string,
  ) => textsByKey(client, table, table.columns.map(of), from, changed)
  const [before, after] =
    changed.length === 0 || there === null
      ? [new Map<string, Texts>(), new Map<string, Texts>()]
      : [
          await texts(source, column => textOf(table, organization, column, 'r'), `${there} where true`),
          await texts(target, column => columnText(column, 'r'), here),
        ]
  const columnsOf = (key: string) =>
    table.columns.filter((_, at) => before.get(key)?.[at] !== after.get(key)?.[at]).map(({ name }) => name)
  const name = nameOf(table)
  return [
    ...found.map(({ key, hash, reason }) => ({
      organization: slug,
      table: name,
      key,
      reason: reason === 'changed' && before.has(key) ? `changed: ${columnsOf(key).join(', ')}` : reason,
      hash,
    })),
    ...(all <= limit
      ? []
      : [
          {
            organization: slug,
            table: name,
            key: null,
            reason: `${all} rows differ; the first ${limit} are named`,
          },
        ]),
  ]
}

/** Both queries' rows in step; `tell` is called for each key that is not the same on both sides. */
async function differences(
  source: pg.ClientBase,
  target: pg.ClientBase,
  old: string | null,
  now: string,
  tell: (difference: Difference) => void,
): Promise<void> {
  const [a, b] = [old === null ? nothing() : cursor(source, old), cursor(target, now)]
  let [s, t] = [await next(a), await next(b)]
  while (s !== null || t !== null) {
    const order = s === null ? 1 : t === null ? -1 : compareBytes(s.key, t.key)
    if (order < 0 && s !== null) {
      tell({ key: s.key, hash: s.hash, reason: 'missing' })
      s = await next(a)
    } else if (order > 0 && t !== null) {
      tell({ key: t.key, hash: t.hash, reason: 'added' })
      t = await next(b)
    } else if (s !== null && t !== null) {
      if (s.n !== t.n || s.hash !== t.hash) {
        tell({ key: s.key, hash: s.hash, reason: Number(t.n) > Number(s.n) ? 'doubled' : 'changed' })
      }
      ;[s, t] = [await next(a), await next(b)]
    }
  }
}

const next = async (rows: AsyncGenerator<Keyed, void>): Promise<Keyed | null> =>
  (await rows.next()).value ?? null

async function* nothing(): AsyncGenerator<Keyed, void> {}

async function* cursor(client: pg.ClientBase, query: string): AsyncGenerator<Keyed, void> {
  await client.query(`declare compared no scroll cursor for ${query}`)
  for (;;) {
    const { rows } = await client.query<Keyed>(`fetch ${page} from compared`)
    yield* rows
    if (rows.length < page) return
  }
}

/** The order of collation "C". */
const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

type Texts = readonly (string | null)[]

async function textsByKey(
  client: pg.ClientBase,
  table: PlannedTable,
  texts: readonly string[],
  from: string,
  keys: readonly string[],
): Promise<Map<string, Texts>> {
  const { rows } = await inTransaction(client, () =>
    client.query<{ key: string; texts: Texts }>(
      `select ${keyText(table.key, 'r')} as key, array[${texts.join(', ')}]::text[] as texts${from} and ${keyText(table.key, 'r')} = any ($1)`,
      [keys],
    ),
  )
  return new Map(rows.map(row => [row.key, row.texts]))
}
