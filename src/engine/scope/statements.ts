/**
 * Statements of the application that a new column breaks, looked for in pg_stat_statements: its texts have no values in
 * them. What is not looked for goes on: an insert that lists fewer values than there are columns, for one.
 */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
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
  const word = '(?:[\\w$]+|"(?:[^"]|"")*")'
  // `*` of a select or a returning, not of a product or a count.
  const star = `(?:\\bselect (?:all |distinct (?:on ?\\([^)]*\\) ?)?)?|, ?|\\breturning )(?:${word} ?\\. ?){0,2}\\*(?= ?(?:,|from\\b|;|$|\\)))`
  const isStar = new RegExp(star).test(query)
  return chosen.flatMap(({ source, table: { schema, name } }) => {
    const table = `(?:${part(schema)} ?\\. ?${part(name)}|(?<![.] ?)${part(name)})(?![\\w$".])`
    const is = (pattern: string) => new RegExp(pattern).test(query)
    const found = (how: Breaking['how']) => [{ source, how, query: shown }]
    if (is(`^copy (?:only )?${table} from\\b`)) return found('copy')
    const before = `(?:${word}(?: ?\\. ?${word})?(?: (?:as )?${word})? ?, ?)*`
    const reads = is(`\\b(?:from|join) (?:only )?${before}${table}(?! ?\\()`)
    if (
      isStar &&
      reads &&
      is(`\\binsert into ${word}(?: ?\\. ?${word})?(?: as ${word})? (?:select|with|table)\\b`)
    )
      return found('insert')
    const returns = is(
      `\\b(?:insert into|update(?: only)?|delete from(?: only)?) ${table}.*\\breturning\\b.*\\*`,
    )
    return (isStar && reads) || returns || is(`^table (?:only )?${table} ?;?$`) ? found('star') : []
  })
}

/**
 * Without comments and constants, blanks made one, names as Postgres folds them: `"uploads"` and `Uploads` are uploads,
 * `"Uploads"` is another.
 */
const plain = (text: string) =>
  text
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/"((?:[^"]|"")*)"|[^"]+/g, (piece, name: string | undefined) =>
      name === undefined ? piece.toLowerCase() : isBare(name) ? name : piece,
    )
    .trim()

const isBare = (name: string) => /^[a-z_][a-z0-9_$]*$/.test(name)

/** A name as `plain` leaves it, as a pattern. */
function part(name: string): string {
  const written = isBare(name) ? name : `"${name.replaceAll('"', '""')}"`
  const escaped = written.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return `(?<![\\w$"])${escaped}(?![\\w$"])`
}
