/**
 * Tables whose rows can find their owner along several ways: on how many rows the ways lead to different owners. Such
 * rows are reported and never decided here: each is a row that somebody linked wrongly, or a way that means something
 * else. Reads; a table with one way is not read.
 */
import type pg from 'pg'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import { evaluated } from './expressions.ts'
import { forManyRows } from './guesses.ts'
import { knownValues, type OwnerRules, ownerSql, searchPathOf } from './ownerSql.ts'
import type { Path } from './paths.ts'
import { keyOf, type Places } from './places.ts'

/** One way from a table to the root, against the table's first. */
export type Candidate = {
  readonly path: Path
  /** Rows that find a root row along it; null: not counted, it is the only way. */
  readonly rows: number | null
  /** Rows for which it leads to another row of the root than the first way does. */
  readonly roots: number
  /** Rows for which that is another organization's, by the rules; null: there are no rules yet. */
  readonly owners: number | null
  /** Primary keys of a few of those rows. */
  readonly keys: readonly string[]
}

/** @param rules null where no rows are to leave the default organization */
export async function compareWays(
  client: pg.ClientBase,
  places: Places,
  root: string,
  ways: ReadonlyMap<string, readonly Path[]>,
  rules: OwnerRules | null,
  path: string,
): Promise<Map<string, readonly Candidate[]>> {
  // Only rows tell that an expression fails: whose it is, is not in Postgres' message.
  const [first] = [...(rules?.rules ?? [])].filter(([, rule]) => rule?.by === 'sql')
  const failed = (error: unknown) =>
    first === undefined ? error : evaluated(error, { source: first[0], rule: first[1] }, path)
  const ask = (text: string) =>
    readOnly(client, async () => {
      for (const setting of forManyRows) await client.query(setting)
      if (rules !== null) await client.query(searchPathOf(rules))
      return (await client.query<Record<string, string>>(text)).rows
    }).catch(error => {
      throw failed(error)
    })
  const candidates = new Map<string, readonly Candidate[]>()
  for (const [source, paths] of ways) {
    if (paths.length < 2) {
      candidates.set(
        source,
        paths.map(path => ({ path, rows: null, roots: 0, owners: null, keys: [] })),
      )
      continue
    }
    const asked = questions(source, paths, places, root, rules)
    const [counts = {}] = await ask(asked.counts)
    const found: Candidate[] = []
    for (const [at, path] of paths.entries()) {
      const roots = Number(counts[`roots_${at}`])
      const owners = rules === null ? null : Number(counts[`owners_${at}`])
      const keys = (owners ?? roots) > 0 ? (await ask(asked.keys(at))).map(row => row.key ?? '') : []
      found.push({ path, rows: Number(counts[`rows_${at}`]), roots, owners, keys })
    }
    candidates.set(source, found)
  }
  return candidates
}

function questions(
  source: string,
  paths: readonly Path[],
  places: Places,
  root: string,
  rules: OwnerRules | null,
): { counts: string; keys: (way: number) => string } {
  const nameOf = (of: string) => {
    const table = places.find(of)?.table
    return qualified(table?.schema ?? '', table?.name ?? '')
  }
  const columnsOf = (of: string) => {
    const table = places.find(of)?.table
    const key = table ? keyOf(table) : []
    return key.length > 0 ? key.map(ident) : ['ctid']
  }
  const end = (way: number) => `w${way}_${(paths[way]?.length ?? 0) - 1}`
  const joins = paths.flatMap((path, way) => [
    ...path.map((hop, at) => {
      const before = at === 0 ? 't' : `w${way}_${at - 1}`
      const on = hop.columns.map(
        (column, k) => `w${way}_${at}.${ident(hop.keys[k] ?? '')} = ${before}.${ident(column)}`,
      )
      return `left join ${nameOf(hop.table)} w${way}_${at} on ${on.join(' and ')}`
    }),
    ...(rules === null ? [] : [ownerJoin(path, way, rules)]),
  ])
  const from = `from ${nameOf(source)} t\n${joins.join('\n')}`
  const known = rules === null ? '' : `${knownValues(rules)} `
  // By the root's row and not by what refers to it: two keys can name one row. A way that leads nowhere differs from none.
  const rootsDiffer = (way: number) =>
    `(${columnsOf(root)
      .map(key => `${end(0)}.${key} <> ${end(way)}.${key}`)
      .join(' or ')})`
  const ownersDiffer = (way: number) => `o0.owner <> o${way}.owner`
  const own = columnsOf(source)
  return {
    counts: `${known}select ${paths
      .flatMap((_, way) => [
        `count(${end(way)}.${columnsOf(root)[0]}) as rows_${way}`,
        `count(*) filter (where ${rootsDiffer(way)}) as roots_${way}`,
        ...(rules === null ? [] : [`count(*) filter (where ${ownersDiffer(way)}) as owners_${way}`]),
      ])
      .join(', ')}\n${from}`,
    keys: way =>
      `${known}select ${own.map(key => `t.${key}::text`).join(` || ', ' || `)} as key\n${from}
where ${rules === null ? rootsDiffer(way) : ownersDiffer(way)} order by ${own.map(key => `t.${key}`).join(', ')} limit 5`,
  }
}

/** The organization that the way's first row belongs to, or what it is called where the file has no such organization. */
function ownerJoin(path: Path, way: number, rules: OwnerRules): string {
  const [hop] = path
  if (hop === undefined) return ''
  const on = hop.columns.map((column, at) => `o${way}.c${at} = t.${ident(column)}`)
  return `left join (select q.*, coalesce(q.slug, 'no organization: ' || q.value) as owner from ${ownerSql(hop.table, hop.keys, rules)} q) o${way} on ${on.join(' and ')}`
}
