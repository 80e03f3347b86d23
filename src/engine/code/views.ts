/**
 * Whether a view can be one for all. It is made anew over each organization's part of every table that it reads, so that groups,
 * distinct rows, windows, limits and joins are the organization's by construction, for whoever looks: with a wall or
 * without. So all that it reads must have such parts, and what it computes must not depend on who asks. Pure.
 */
import { textOf, type View } from './askViews.ts'
import { type Carried, whyNotPrinted } from './bodies.ts'
import type { Surroundings } from './shareCode.ts'
import { tokensOf } from './tokens.ts'
import { whyNotRewritten } from './viewText.ts'

export function whyNotView(
  view: View,
  { folded, types, names, scopeColumn, views }: Surroundings,
  carriedFunction: Carried,
  carriedView: (name: string) => boolean,
): string | null {
  const { schema, definition, about } = view
  for (const { schema: where, name, kind } of about.relations) {
    if (where !== schema) return `it reads ${where}.${name}, which is not folded`
    const isThere = kind === 'r' || kind === 'p' ? folded.has(name) : kind === 'v' && carriedView(name)
    if (!isThere) return `it reads ${name}, which stays`
  }
  // All but functions are told as they are written.
  const uses = about.uses.map(use =>
    use.kind !== 'function' && use.name.startsWith('"')
      ? { ...use, name: use.name.slice(1, -1).replaceAll('""', '"') }
      : use,
  )
  for (const { kind, schema: where, name } of uses) {
    if (kind === 'table constraint') return 'it groups by a key alone: name the columns in group by'
    const isThere =
      where === schema &&
      ((kind === 'function' && carriedFunction(name) === true) ||
        ((kind === 'type' || kind === 'collation') && types.has(name)))
    if (!isThere) return `it uses the ${kind} ${where ?? ''}.${name}`
  }
  if (about.columns.some(({ name }) => name === scopeColumn))
    return `it has a column ${scopeColumn} of its own`
  const known = new Set(
    [...about.relations, ...uses].filter(one => one.schema === schema).map(one => one.name),
  )
  const [why = null] = [
    whyNotRewritten(definition, schema, known),
    whyNotPrinted(tokensOf(definition) ?? [], names),
  ].filter(one => one !== null)
  return why ?? views.get(textOf(view)) ?? null
}
