/** References from table to table: foreign keys, and those that only the columns' names tell. Pure. */
import pluralize from 'pluralize'
import type { Column, Table } from '../catalog/catalog.ts'
import { keyOf, type Place, type Places } from './places.ts'

export type Reference = {
  /** `source` of the table that refers, and of the one referred to. Never the same. */
  readonly from: string
  readonly to: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  /** Whether the database knows of it. */
  readonly declared: boolean
  /** Rows need not refer to anything. */
  readonly optional: boolean
}

/** Foreign keys between the customer's tables; a key to the table itself says nothing about owners. */
export function declaredReferences({ all }: Places): Reference[] {
  const sources = new Map(
    all.map(({ source, table }) => [JSON.stringify([table.schema, table.name]), source]),
  )
  const found = all.flatMap(({ source, table }) =>
    table.constraints.flatMap(({ columns, references }): Reference[] => {
      const to = references && sources.get(JSON.stringify([references.schema, references.table]))
      if (!references || to === undefined || to === null || to === source) return []
      const optional = columns.some(name => !table.columns.find(column => column.name === name)?.notNull)
      return [{ from: source, to, columns, keys: references.columns, declared: true, optional }]
    }),
  )
  return [...new Map(found.map(one => [JSON.stringify([one.from, one.columns, one.to]), one])).values()]
}

const idTypes = new Set(['int2', 'int4', 'int8', 'uuid', 'text', 'varchar', 'bpchar', 'numeric'])

/**
 * `user_id`, `UserId`, `userid` without a foreign key, of the type of users' key. Where two tables could be meant, none
 * is. Whether the rows bear it out is guesses.ts' matter.
 */
export function guessedReferences({ all }: Places): Reference[] {
  const named = all.map(place => ({ ...place, words: singular(wordsOf(place.table.name).join('_')) }))
  return all.flatMap(({ source, table }) => {
    const checked = new Set(
      table.constraints.flatMap(({ type, columns }) => (type === 'foreign' ? columns : [])),
    )
    return table.columns
      .filter(({ name }) => !checked.has(name))
      .flatMap((column): Reference[] => {
        const target = meant(column, table, named)
        const [key, ...more] = target === undefined ? [] : keyOf(target.table)
        const there = target?.table.columns.find(({ name }) => name === key)
        if (target === undefined || target.source === source || more.length > 0) return []
        if (key === undefined || there?.base !== column.base) return []
        const optional = !column.notNull
        return [
          { from: source, to: target.source, columns: [column.name], keys: [key], declared: false, optional },
        ]
      })
  })
}

/** `auth_user` is a user; `invited_by_user_id` is one too; `type_id` of two kinds of types is neither. */
function meant(
  column: Column,
  table: Table,
  named: readonly (Place & { words: string })[],
): Place | undefined {
  if (!idTypes.has(column.base) || column.type.endsWith('[]')) return undefined
  const stem = stemOf(column.name)
  if (stem === undefined || table.columns.some(({ name }) => wordsOf(name).join('_') === `${stem}_type`))
    return undefined
  const wanted = singular(stem)
  for (const fits of [
    (words: string) => words === wanted || words.replaceAll('_', '') === wanted,
    (words: string) => words.endsWith(`_${wanted}`),
    (words: string) => wanted.endsWith(`_${words}`),
  ]) {
    const found = named.filter(({ words }) => fits(words))
    const near = found.filter(one => one.table.schema === table.schema)
    if (found.length > 0) return near.length === 1 ? near[0] : found.length === 1 ? found[0] : undefined
  }
  return undefined
}

/** Whether the columns are called after the table: `customer_id`, never `approved_by_id`. */
export const isNamedAfter = (columns: readonly string[], table: string): boolean =>
  columns.some(column => {
    const stem = stemOf(column)
    const name = singular(wordsOf(table.slice(table.indexOf('.') + 1)).join('_'))
    return stem !== undefined && (name === singular(stem) || name.endsWith(`_${singular(stem)}`))
  })

/** `user_id`, `UserId`, `userid` → `user`. */
function stemOf(column: string): string | undefined {
  const words = wordsOf(column)
  const stem =
    words.length > 1 && words.at(-1) === 'id' ? words.slice(0, -1).join('_') : words.join('_').slice(0, -2)
  return /id$/.test(words.at(-1) ?? '') && stem.length > 1 ? stem : undefined
}

/** `SelloutEntries2` → sellout, entries. */
export const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/\d+$/, '')
    .split(/[_\s.-]+/)
    .filter(Boolean)

function singular(words: string): string {
  const list = words.split('_')
  return [...list.slice(0, -1), pluralize.singular(list.at(-1) ?? '')].join('_')
}
