/**
 * Statements of the application that a new column breaks, looked for in pg_stat_statements: its texts have no values in
 * them. What is not looked for goes on: an insert that lists fewer values than there are columns, for one.
 */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog.ts'
import type { Place } from './places.ts'

export type Breaking = {
  readonly source: string
  /** `copy` and `insert` fail from then on; `star` once in every session that has it prepared. */
  readonly how: 'copy' | 'insert' | 'star'
  readonly calls: number
  readonly query: string
}

/** Null where nobody can tell: the extension is not there, not loaded, or its texts are not shown to the login. */
export async function breakingStatements(
  client: pg.ClientBase,
  chosen: readonly Place[],
): Promise<readonly Breaking[] | null> {
  try {
    return await readOnly(client, async () => {
      const { rows: places } = await client.query<{ schema: string }>(
        `select n.nspname::text as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`,
      )
      const [place] = places
      if (place === undefined) return null
      const { rows } = await client.query<{ query: string | null; calls: string }>(
        `select s.query, sum(s.calls) as calls from ${ident(place.schema)}.pg_stat_statements s
where s.dbid = (select oid from pg_database where datname = current_database()) group by 1 order by 2 desc, 1`,
      )
      if (rows.some(({ query }) => query === null || query === '<insufficient privilege>')) return null
      return rows.flatMap(({ query, calls }) =>
        breaks(query ?? '', chosen).map(found => ({ ...found, calls: Number(calls) })),
      )
    })
  } catch {
    // Not in shared_preload_libraries, or a view that the login may not read.
    return null
  }
}

/** What the text does to the tables; pure. */
export function breaks(text: string, chosen: readonly Place[]): Omit<Breaking, 'calls'>[] {
  const query = plain(text)
  const shown = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200)
  return chosen.flatMap(({ source, table: { schema, name } }) => {
    const table = `(?:${part(schema)}\\s*\\.\\s*)?${part(name)}`
    const is = (pattern: string) => new RegExp(pattern, 'i').test(query)
    const found = (how: Breaking['how']) => [{ source, how, query: shown }]
    if (is(`^copy\\s+(?:only\\s+)?${table}(?!\\s*[.(\\w"])\\s+from\\b`)) return found('copy')
    const star =
      '(?:\\bselect\\s+(?:all\\s+|distinct\\s+(?:on\\s*\\([^)]*\\)\\s*)?)?|,\\s*|\\breturning\\s+)(?:[\\w"]+\\s*\\.\\s*){0,2}\\*(?=\\s*(?:,|from\\b|;|$|\\)))'
    const reads = `\\b(?:from|join)\\s+(?:only\\s+)?(?:[\\w".]+(?:\\s+(?:as\\s+)?[\\w"]+)?\\s*,\\s*)*${table}(?![\\w."(])`
    const isStar = is(star)
    if (
      isStar &&
      is(reads) &&
      is(`\\binsert\\s+into\\s+[\\w".]+\\s+(?:as\\s+\\w+\\s+)?(?:select|with|table)\\b`)
    )
      return found('insert')
    const returns = is(
      `\\b(?:insert\\s+into|update(?:\\s+only)?|delete\\s+from)\\s+${table}(?![\\w."]).*\\breturning\\b.*\\*`,
    )
    return (isStar && is(reads) && is('\\bselect\\b')) ||
      returns ||
      is(`^table\\s+(?:only\\s+)?${table}\\s*$`)
      ? found('star')
      : []
  })
}

/** Without comments and without what stands in quotes. */
const plain = (text: string) =>
  text
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Quoted, or bare where a bare name means it. */
function part(name: string): string {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return /^[a-z_][a-z0-9_$]*$/.test(name)
    ? `(?:"${escaped}"|(?<![\\w"])${escaped}(?![\\w"]))`
    : `"${escaped}"`
}
