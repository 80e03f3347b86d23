/** What an index compares, read from how Postgres prints it. Pure. */

export type IndexKeys = {
  /** SQL over the table's columns, each with its collation, as far as one is said. */
  readonly keys: readonly string[]
  readonly where: string | null
  readonly nullsToo: boolean
}

/** @param definition `USING btree (lower(name), id DESC) WHERE (id > 0)`, or what stands before it as well */
export function indexKeys(definition: string): IndexKeys {
  const text = definition.slice(definition.indexOf('USING '))
  const start = text.indexOf('(')
  const [keys, rest] = balanced(text.slice(start))
  const [, about = rest, where = null] = /^((?:[^"]|"(?:[^"]|"")*")*?) WHERE (.+)$/s.exec(rest) ?? []
  return {
    keys: split(keys).map(withoutOrder),
    where,
    nullsToo: /NULLS NOT DISTINCT/.test(text.slice(0, start) + about),
  }
}

/** Without the collation as well. */
export const withoutCollation = (key: string): string =>
  key.replace(/ COLLATE (?:[\w.]+|"[^"]+"|\w+\."[^"]+")$/, '')

/** `(a, f(b)) rest` → `a, f(b)` and the rest. Quotes hide parentheses. */
function balanced(text: string): [inside: string, rest: string] {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[()]/g)) {
    if (token === '(') depth++
    if (token === ')' && --depth === 0) return [text.slice(1, index), text.slice(index + 1)]
  }
  return [text, '']
}

/** At commas that are in no parentheses. */
function split(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[\s\S]/g)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts.map(part => part.trim())
}

/** Without the operator class and order that an index says behind what it compares. */
const withoutOrder = (key: string): string =>
  key.replace(/( [\w.]+_ops(\([^)]*\))?)?( ASC| DESC)?( NULLS (FIRST|LAST))?$/, '')
