/**
 * Whether a function's text can be carried to another schema unread. It can where it touches no row but the one it is given:
 * then it knows no organization, for whoever calls it, with or without a wall. A text that reads or writes a table is for
 * a human: its ids meet in all organizations as soon as no wall stands before it. Pure.
 */
import type { FunctionAbout } from '../catalog/codeQueries.ts'
import type { Names } from './names.ts'
import { isName, type Token, tokensOf } from './tokens.ts'
import { acts, callsNothing, harmless, meansOtherwise, reserved, systemColumns, textSearch } from './words.ts'

/** Whether a function of the schema is carried over too; undefined where there is none of that name. */
export type Carried = (routine: string) => boolean | undefined

/** Functions that can be written as a column of a row: `row.f` is f(row) where the row has no column f. */
export type Computed = ReadonlySet<string>

/** Why the function stays where it is; null where it may go. */
export function whyNotFunction(
  about: FunctionAbout,
  names: Names,
  carried: Carried,
  computed: Computed,
): string | null {
  if (about.kind !== 'f') return 'only plain functions are carried over'
  if (about.definer) return "it runs with its owner's rights (security definer)"
  if (about.leakproof) return 'it is marked leakproof'
  if (about.config.length > 0) return `it brings settings: ${about.config.join(', ')}`
  if (about.language !== 'sql' && about.language !== 'plpgsql') return `its language is ${about.language}`
  if (about.typesElsewhere) return 'it takes or gives a type of another schema'
  if (about.body === null) return 'its body is kept parsed (begin atomic)'
  const tokens = tokensOf(about.body)
  return tokens === null ? 'its text cannot be read' : whyNotText(tokens, names, carried, computed)
}

/** Why a text cannot be carried unread; the first reason, with the word that gives it. */
export function whyNotText(
  tokens: readonly Token[],
  names: Names,
  carried: Carried,
  computed: Computed,
): string | null {
  for (const [at, token] of tokens.entries()) {
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    if (token.kind === 'operator' && isMade(token.text, names.operators)) {
      return `it uses the operator ${token.text}, which somebody made`
    }
    if (!isName(token)) continue
    const { name } = token
    const isMember = before?.text === '.'
    const why = isMember
      ? whyNotMember(token, tokens[at - 2], after, computed)
      : (whyNotWord(token, names) ?? whyNotRow(tokens, at) ?? whyNotCall(name, after, names, carried))
    if (why !== null) return why
  }
  return null
}

/**
 * Why an expression that Postgres prints cannot be carried: it names everything but its own in full, so only what those names
 * do and ask for is left to look at.
 */
export function whyNotPrinted(tokens: readonly Token[], names: Names): string | null {
  for (const [at, token] of tokens.entries()) {
    if (!isName(token)) continue
    const { kind, name, text } = token
    // Of what stands behind a dot, only the columns that Postgres itself gives mean something else.
    if (tokens[at - 1]?.text === '.' && !systemColumns.has(name)) continue
    if (kind === 'word' && meansOtherwise.has(name))
      return `it asks for ${name}, which is another thing there`
    // Key words are in capitals.
    if (kind === 'word' && text !== name) continue
    if (name.startsWith('pg_')) return `it names ${name}, which is Postgres' own`
    if (tokens[at + 1]?.text === '(' && !isHarmless(name, names)) return unknown(name)
  }
  return null
}

const isMade = (symbol: string, made: ReadonlySet<string>) =>
  made.has(symbol) || made.has(symbol.replace(/[-+]+$/, ''))

function whyNotMember(
  { name }: Token,
  owner: Token | undefined,
  after: Token | undefined,
  computed: Computed,
): string | null {
  if (meansOtherwise.has(name)) return `it asks for ${name}, which is another thing there`
  if (after?.text === '(') {
    return owner?.name === 'pg_catalog' && harmless.has(name)
      ? null
      : `it calls ${owner?.name ?? ''}.${name}()`
  }
  return computed.has(name) ? `it may call ${name}(), which stays` : null
}

function whyNotWord({ kind, name }: Token, names: Names): string | null {
  if (kind === 'word') {
    if (acts.has(name)) return `it does more than compute: ${name}`
    if (meansOtherwise.has(name)) return `it asks for ${name}, which is another thing there`
  }
  if (name.startsWith('pg_') && name !== 'pg_catalog') return `it names ${name}, which is Postgres' own`
  if (name === 'information_schema' || (name !== 'pg_catalog' && names.schemas.has(name)))
    return `it names the schema ${name}`
  if (kind === 'word' && reserved.has(name)) return null
  if (names.relations.has(name)) return `it names the relation ${name}: without a wall, every organization's`
  return names.types.has(name) ? `it names the type ${name}` : null
}

/** The row as a whole has the scope column in front of it now: it may be returned and compared, not taken apart. */
export function whyNotRow(tokens: readonly Token[], at: number): string | null {
  const { name } = tokens[at] as Token
  if (name !== 'new' && name !== 'old') return null
  const text = (offset: number) => tokens[at + offset]?.name
  const isWhole = text(1) !== '.' || text(2) === '*'
  if (!isWhole || text(-1) === 'return') return null
  const other = name === 'new' ? 'old' : 'new'
  const star = text(1) === '.' ? 2 : 0
  const to = star + (text(star + 2) === 'not' ? 1 : 0)
  const isLeft =
    text(star + 1) === 'is' &&
    text(to + 2) === 'distinct' &&
    text(to + 3) === 'from' &&
    text(to + 4) === other &&
    (star === 0 ? text(to + 5) !== '.' : text(to + 6) === '*')
  const isRight = text(-1) === 'from' && text(-2) === 'distinct'
  return isLeft || isRight ? null : `it takes the row ${name} as a whole, which has one column more there`
}

function whyNotCall(name: string, after: Token | undefined, names: Names, carried: Carried): string | null {
  if (after?.text !== '(') return null
  const own = carried(name)
  if (own !== undefined) return own ? null : `it calls ${name}(), which stays`
  if (names.functions.has(name)) return `it calls ${name}(), which is not the schema's own`
  return isHarmless(name, names) ? null : unknown(name)
}

const isHarmless = (name: string, names: Names): boolean =>
  callsNothing.has(name) ||
  harmless.has(name) ||
  names.immutable.has(name) ||
  (textSearch.has(name) && !names.hasTextSearch)

const unknown = (name: string) => `it calls ${name}(), of which too little is known`
