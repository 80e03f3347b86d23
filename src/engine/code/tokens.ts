/**
 * SQL and PL/pgSQL text → tokens, by Postgres' own lexical rules (docs, 4.1), with standard_conforming_strings on. Comments
 * are no tokens. Nothing is parsed: what must be known of a sentence's meaning, Postgres is asked. Pure.
 */

export type Token = {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'operator' | 'mark'
  /** As written. */
  readonly text: string
  /** What a word or a quoted name names; else the text. */
  readonly name: string
  readonly start: number
  readonly end: number
}

const rules: readonly (readonly [Token['kind'] | 'nothing', RegExp])[] = [
  ['nothing', /\s+|--[^\n]*/y],
  ['string', /[eE]'(?:[^'\\]|''|\\[\s\S])*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y],
  ['string', /\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?\$\1\$/y],
  ['quoted', /(?:[uU]&)?"(?:[^"]|"")+"/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  // Not the two dots of `1..n`.
  ['number', /\d+(?:\.(?!\.)\d*)?(?:[eE][-+]?\d+)?|\.\d+|\$\d+/y],
  ['mark', /::|:=|\.\.|[()[\],;:.]/y],
  ['operator', /(?:(?!--|\/\*)[-+*/<>=~!@#%^&|`?])+/y],
]

/** @returns null where the text is not made of tokens: a string that does not end, a letter that Postgres does not know */
export function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = []
  let at = 0
  scan: while (at < text.length) {
    if (text.startsWith('/*', at)) {
      const end = commentEnd(text, at)
      if (end === null) return null
      at = end
      continue
    }
    for (const [kind, rule] of rules) {
      rule.lastIndex = at
      const [found] = rule.exec(text) ?? []
      if (found === undefined) continue
      if (kind !== 'nothing') {
        tokens.push({ kind, text: found, name: nameOf(kind, found), start: at, end: at + found.length })
      }
      at += found.length
      continue scan
    }
    return null
  }
  return tokens
}

/** Comments of this form nest. */
function commentEnd(text: string, start: number): number | null {
  let depth = 0
  for (let at = start; at < text.length; ) {
    if (text.startsWith('/*', at)) depth++
    else if (text.startsWith('*/', at)) depth--
    else {
      at++
      continue
    }
    at += 2
    if (depth === 0) return at
  }
  return null
}

function nameOf(kind: Token['kind'], text: string): string {
  if (kind === 'word') return text.toLowerCase()
  return kind === 'quoted' && text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
}

export type Name = Token & { readonly kind: 'word' | 'quoted' }

export const isName = (token: Token | undefined): token is Name =>
  token?.kind === 'word' || token?.kind === 'quoted'
