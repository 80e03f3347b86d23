/** What the spec keeps unique over all tenants: which constraints and indexes that is, and what they compare. Pure. */
import type { Constraint, Index, Table } from '../catalog/catalog.ts'
import { indexKeys, withoutCollation } from '../shapes/indexKeys.ts'
import type { Wishes } from './decide.ts'

/** A name of a unique constraint or index, or the columns that one is over. */
export type Global = string | readonly string[]

type Unique = Pick<Constraint | Index, 'name'> & { readonly columns: readonly (string | null)[] }

/** Whether the spec names it. */
export const isGlobal = (one: Unique, global: readonly Global[]): boolean =>
  global.some(wanted =>
    typeof wanted === 'string' ? wanted === one.name : JSON.stringify(wanted) === JSON.stringify(one.columns),
  )

/** What the spec names and no table has. */
export const globalProblems = (models: ReadonlyMap<string, Table>, { tables = {} }: Wishes): string[] =>
  Object.entries(tables).flatMap(([name, { global = [] }]) => {
    const table = models.get(name)
    if (table === undefined) return []
    return global
      .filter(wanted => !uniques(table).some(one => isGlobal(one, [wanted])))
      .map(
        wanted =>
          `"tables.${name}.global": ${name} has no unique constraint or index ${typeof wanted === 'string' ? wanted : `over (${wanted.join(', ')})`}`,
      )
  })

const uniques = ({ constraints, indexes }: Table): Unique[] => [
  ...constraints.filter(({ type }) => type === 'unique'),
  ...indexes.filter(({ unique }) => unique),
]

export type Comparison = {
  readonly table: string
  /** For people. */
  readonly name: string
  /** SQL over the table's columns, as its own schema has them. */
  readonly expressions: readonly string[]
  readonly where: string | null
  /** Two nulls conflict as well. */
  readonly nullsToo: boolean
  /** Columns of the table that are compared; null for an expression. */
  readonly columns: readonly (string | null)[]
}

/** What must be different in all rows of all tenants, as the database would compare it. */
export function comparisons(models: ReadonlyMap<string, Table>, { tables = {} }: Wishes): Comparison[] {
  return [...models.values()].flatMap(table => {
    const global = tables[table.name]?.global ?? []
    return [
      ...table.constraints
        .filter(one => one.type === 'unique' && isGlobal(one, global))
        .map(one => comparison(table, one, one.definition.replace(/^UNIQUE/, 'USING btree'))),
      ...table.indexes
        .filter(one => one.unique && isGlobal(one, global))
        .map(one => comparison(table, one, one.definition)),
    ]
  })
}

function comparison(table: Table, one: Unique, definition: string): Comparison {
  const { keys, where, nullsToo } = indexKeys(definition)
  return {
    table: table.name,
    name: one.name,
    expressions: keys.map(withoutCollation),
    where,
    nullsToo,
    columns: one.columns,
  }
}
