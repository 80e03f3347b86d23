/**
 * A view's text with other relations in the place of the schema's. Postgres prints views in full (pg_get_viewdef with an empty
 * search path): key words in capitals, relations as `schema.name` and an alias only where it is not the name. So what is
 * put there gets the name for an alias, and the rest of the text stays what it was. Pure.
 */
import { ident } from '../../postgres/identifiers.ts'
import { isName, type Token, tokensOf } from './tokens.ts'

export type ViewText = {
  readonly text: string
  /** What each relation in it is called there. */
  readonly aliases: readonly string[]
}

/** @param relation SQL for a relation of the schema, null for other objects @param rename what becomes of those */
export function rewriteView(
  definition: string,
  schema: string,
  relation: (name: string) => string | null,
  rename: (object: string) => string,
): ViewText {
  const tokens = tokensOf(definition) ?? []
  const aliases: string[] = []
  let text = ''
  let from = 0
  for (const [at, token] of tokens.entries()) {
    const object = tokens[at + 2]
    if (!isName(token) || token.name !== schema || tokens[at - 1]?.text === '.') continue
    if (tokens[at + 1]?.text !== '.' || !isName(object)) continue
    const after = tokens[at + 3]
    const sql = relation(object.name)
    const hasAlias = isAlias(after)
    text += definition.slice(from, token.start)
    text += sql === null ? rename(object.name) : `${sql}${hasAlias ? '' : ` ${ident(object.name)}`}`
    if (sql !== null) aliases.push(hasAlias ? after.name : object.name)
    from = object.end
  }
  return { text: (text + definition.slice(from)).trim().replace(/;$/, ''), aliases }
}

/** Key words are in capitals, and a name with capitals in it is in quotes. */
const isAlias = (token: Token | undefined): token is Token =>
  token?.kind === 'quoted' || (token?.kind === 'word' && token.text === token.text.toLowerCase())

/** `t.id, t.name`. A view may count rows and read no column of them. */
export const columnsOf = (columns: readonly string[], alias: string): string =>
  columns.map(name => `${alias}.${ident(name)}`).join(', ')

/** Why a view's text cannot be taken apart like that; null where it can. @param known objects of the schema in it */
export function whyNotRewritten(
  definition: string,
  schema: string,
  known: ReadonlySet<string>,
): string | null {
  const tokens = tokensOf(definition)
  if (tokens === null) return 'its text cannot be read'
  for (const [at, { text, name }] of tokens.entries()) {
    if (text === '.' && tokens[at + 1]?.text === '*') return 'it takes whole rows'
    if (text === 'NATURAL') return 'it joins by whatever columns have one name (natural)'
    if (text === 'FOR' && /^(UPDATE|NO|SHARE|KEY)$/.test(tokens[at + 1]?.text ?? '')) return 'it locks rows'
    if (name !== schema || tokens[at + 1]?.text !== '.' || tokens[at - 1]?.text === '.') continue
    if (!known.has(tokens[at + 2]?.name ?? ''))
      return `${name} is the schema in it, and something else besides`
    if (isAlias(tokens[at + 3]) && tokens[at + 4]?.text === '(')
      return 'it gives columns other names by their place'
  }
  return null
}
