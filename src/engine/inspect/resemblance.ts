/** Which schemas are tenants by nothing but the names of their tables. Pure. */
import type { Catalog } from '../catalog/catalog.ts'
import type { RegistryEntry } from './registry.ts'

/**
 * Without a registry: the largest group of at least two schemas that hold tables of the same names, and whoever has at
 * least half of those names in common with it. Schemas of the house itself are not looked at.
 */
export function tenantsByShape(catalog: Catalog, ignored: ReadonlySet<string>): readonly RegistryEntry[] {
  const tablesOf = Map.groupBy(
    catalog.tables.filter(
      ({ schema, partition }) => schema !== 'public' && !ignored.has(schema) && !partition,
    ),
    table => table.schema,
  )
  const groups = Map.groupBy(tablesOf, ([, tables]) => JSON.stringify(tables.map(table => table.name)))
  const [largest] = [...groups.values()].filter(group => group.length > 1).sort((a, b) => b.length - a.length)
  const names = new Set(largest?.[0]?.[1].map(table => table.name))
  return [...tablesOf]
    .filter(([, tables]) => {
      const common = tables.filter(table => names.has(table.name)).length
      return common > 0 && common * 2 >= tables.length + names.size - common
    })
    .map(([schema]) => ({ schema, name: schema, domains: [] }))
}
