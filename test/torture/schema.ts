/**
 * A random application: types, tables with every kind of column, key, index and setting, foreign keys of all kinds. The
 * same seed makes the same one. Only its description: tenants.ts makes schemas and rows of it.
 */
import { foreignKey } from './foreignKey.ts'
import { tableNames } from './names.ts'
import { type Kind, type OwnType, ownTypes } from './palette.ts'
import type { Random } from './random.ts'
import { table } from './table.ts'

export type Size = {
  readonly tenants: number
  readonly tables: number
  readonly foreignKeys: number
  readonly rows: number
}

export type TColumn = {
  name: string
  kind: Kind
  notNull: boolean
  /** After the type: a default, an identity; a value is given only where there is none of these. */
  more: string
  numbered: boolean
  generated: boolean
}

export type TTable = {
  name: string
  columns: TColumn[]
  key: string[]
  /** Inside of `create table`: checks, unique and exclusion constraints. */
  rules: string[]
  /** `partition by …`, `with (…)`. */
  tail: string
  unlogged: boolean
  /** After it: partitions, indexes, comments, settings. */
  after: string[]
  /** Columns whose values are told apart by row, with a unique rule each: what foreign keys can refer to. */
  referable: string[][]
  foreignKeys: TForeignKey[]
  rows: number
}

export type TForeignKey = {
  name: string
  columns: string[]
  to: string
  references: string[]
  actions: string
}

export type Application = {
  readonly types: readonly OwnType[]
  readonly sequences: readonly string[]
  readonly tables: readonly TTable[]
  readonly after: readonly string[]
}

export const ident = (name: string) => `"${name.replaceAll('"', '""')}"`
export const idents = (names: readonly string[]) => names.map(ident).join(', ')

export function application(
  random: Random,
  size: Size,
  kinds: readonly Kind[],
  version: number,
  has: ReadonlySet<string>,
): Application {
  const types = ownTypes([
    'mood',
    'Short',
    'short name',
    'picky',
    'pair',
    'span',
    'moods',
    'few',
    'padded',
    'pairs',
  ])
  const all = [...kinds, ...types.flatMap(type => type.kinds)]
  const tables: TTable[] = []
  const names = new Set<string>()
  const odd = random.some(tableNames, tableNames.length)
  for (let at = 0; at < size.tables; at++) {
    const name = (random.chance(0.25) ? odd.pop() : undefined) ?? `table_${at}`
    if (names.has(name)) continue
    names.add(name)
    tables.push(table(random, name, all, size.rows, version, has))
  }
  for (let at = 0; at < size.foreignKeys; at++) foreignKey(random, tables)
  return {
    types,
    sequences: ['shared numbers'],
    tables,
    after: [],
  }
}
