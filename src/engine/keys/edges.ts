/** Foreign keys between folded tables, a column at a time, and what follows along them. Pure. */
import type { Table } from '../catalog/catalog.ts'
import type { IdMap } from './idMap.ts'

/** The columns of a table's primary key. */
export function keyOf(table: Table | undefined): Table['columns'] {
  const primary = table?.constraints.find(({ type }) => type === 'primary')
  return (primary?.columns ?? []).flatMap(name => table?.columns.find(column => column.name === name) ?? [])
}

type Place = { readonly table: string; readonly column: string }

/** `from` has values of `to`. */
export type Edge = { readonly from: Place; readonly to: Place; readonly constraint: string }

export const edges = (folded: ReadonlyMap<string, Table>): Edge[] =>
  [...folded.values()].flatMap(table =>
    table.constraints.flatMap(({ name, columns, references }) =>
      references === null || references.schema !== table.schema || !folded.has(references.table)
        ? []
        : columns.map((column, at) => ({
            constraint: name,
            from: { table: table.name, column },
            to: { table: references.table, column: references.columns[at] ?? '' },
          })),
    ),
  )

/**
 * Columns that have new ids because a key that they refer to has: through keys made of foreign keys, to the end.
 * @param keys table and key column of those that get new ids
 */
export function follow(
  keys: readonly (readonly [table: string, column: string])[],
  all: readonly Edge[],
  problems: string[],
): Map<string, Map<string, IdMap>> {
  const maps = new Map<string, Map<string, IdMap>>()
  const put = ({ table, column }: Place, map: IdMap) =>
    maps.set(table, (maps.get(table) ?? new Map()).set(column, map))
  for (const [table, column] of keys) put({ table, column }, { of: table })
  for (let grew = true; grew; ) {
    grew = false
    for (const { from, to, constraint } of all) {
      const there = maps.get(to.table)?.get(to.column)
      if (there === undefined) continue
      const here = maps.get(from.table)?.get(from.column)
      if (here === undefined) {
        put(from, there)
        grew = true
      } else if (JSON.stringify(here) !== JSON.stringify(there)) {
        const problem = `"tables.${from.table}": ${from.column} would get ids of two tables (foreign key ${constraint}); leave its key: { keys: "composite" }`
        if (!problems.includes(problem)) problems.push(problem)
      }
    }
  }
  return maps
}
