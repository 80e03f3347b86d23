/** Whether a trigger of a tenant's table can be the shared table's: it follows its function. Pure. */
import type { OtherObject } from '../catalog/catalog.ts'
import type { TriggerAbout } from '../catalog/codeQueries.ts'
import { namesIn } from '../shapes/names.ts'
import { type Carried, whyNotPrinted, whyNotRow } from './bodies.ts'
import type { Surroundings } from './shareCode.ts'
import { tokensOf } from './tokens.ts'

/** Postgres' own trigger functions that look at nothing but the row. */
const ofPostgres: ReadonlySet<string> = new Set(['suppress_redundant_updates_trigger'])
/** Likewise, as long as nobody made a configuration. */
const ofTextSearch: ReadonlySet<string> = new Set([
  'tsvector_update_trigger',
  'tsvector_update_trigger_column',
])

export function whyNotTrigger(
  { schema, definition, about }: OtherObject,
  { folded, types, names }: Pick<Surroundings, 'folded' | 'types' | 'names'>,
  carried: Carried,
): string | null {
  const { table, kind, function: routine, functionSchema, transition } = about as TriggerAbout
  if (kind === 'v') return 'it is on a view'
  if (!folded.has(table)) return `${table} stays`
  if (transition) return 'it looks at all rows of a statement, whosever they are (referencing)'
  if (functionSchema === schema ? !carried(routine) : !isOfPostgres(functionSchema, routine, names))
    return `its function ${functionSchema === schema ? '' : `${functionSchema}.`}${routine}() stays`
  for (const name of namesIn(definition ?? '', schema)) {
    const meanings = [folded.has(name), carried(name) !== undefined, types.has(name)].filter(Boolean).length
    if (meanings > 1) return `${name} is several things in it`
    if (!folded.has(name) && !types.has(name) && carried(name) !== true)
      return `it names ${name}, which stays`
  }
  const head = (definition ?? '').split(/ EXECUTE (?:FUNCTION|PROCEDURE) /)[0] ?? ''
  const tokens = tokensOf(head)
  if (tokens === null) return 'its text cannot be read'
  const row = tokens
    .map((token, at) =>
      tokens[at - 1]?.text !== '.' && token.kind === 'word' ? whyNotRow(tokens, at) : null,
    )
    .find(why => why !== null)
  return row ?? whyNotPrinted(tokens, names)
}

const isOfPostgres = (schema: string, routine: string, { hasTextSearch }: Surroundings['names']): boolean =>
  schema === 'pg_catalog' && (ofPostgres.has(routine) || (ofTextSearch.has(routine) && !hasTextSearch))
