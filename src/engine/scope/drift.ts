/** What must not change under a plan that scopes in place; what we change ourselves is not part of it. Pure. */
import type { Catalog } from '../catalog/catalog.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { digest } from '../shapes/shape.ts'

/** The tables, their columns' types, and their primary keys' columns, as far as the plan knows them: new columns are the application's. */
export function fingerprintOfScoped(catalog: Catalog, tables: readonly PlannedTable[]): string {
  return digest(
    tables.map(({ target, columns, key }) => {
      const table = catalog.tables.find(
        ({ schema, name }) => schema === target.schema && name === target.name,
      )
      const there = new Map(table?.columns.map(({ name, type }) => [name, type]))
      return [
        target,
        columns.map(({ name }) => [name, there.get(name) ?? null]),
        key.map(name => there.has(name)),
      ]
    }),
  )
}
