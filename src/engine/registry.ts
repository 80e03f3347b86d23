/**
 * Which schemas are tenants, and what they are called: from a registry table (django-tenants: a table with a unique
 * `schema_name`, and a table of domains that refers to it), or by shape alone. Reads rows, in a read-only
 * snapshot of its own.
 */
import type pg from 'pg'
import { ident, qualified } from '../postgres/identifiers.ts'
import { type Catalog, readOnly, type Table } from './catalog.ts'

export type RegistryEntry = {
  readonly schema: string
  readonly name: string
  readonly domains: readonly { readonly domain: string; readonly isPrimary: boolean }[]
}

export type Registry = {
  /** `public.tenants_tenant` */
  readonly table: string
  /** The shared schema, where the registry lives. */
  readonly schema: string
  readonly domainTable: string | null
  readonly entries: readonly RegistryEntry[]
}

/** The registry, or null where the database has none. */
export async function readRegistry(client: pg.ClientBase, catalog: Catalog): Promise<Registry | null> {
  const table = catalog.tables.find(isRegistry)
  if (table === undefined) return null
  const domains = catalog.tables.find(other => domainLink(other, table) !== undefined)
  const link = domains && domainLink(domains, table)
  const hasName = table.columns.some(column => column.name === 'name')
  const hasPrimary = domains?.columns.some(column => column.name === 'is_primary')

  const aggregated =
    domains === undefined || link === undefined
      ? `'[]'::json`
      : `coalesce((
    select json_agg(json_build_object('domain', d.domain, 'isPrimary', ${hasPrimary ? 'coalesce(d.is_primary, false)' : 'true'}) order by d.domain)
    from ${qualified(domains.schema, domains.name)} d where d.${ident(link.column)} = t.${ident(link.references)} and d.domain <> ''
  ), '[]')`
  const entries = await readOnly(client, async () => {
    const { rows } = await client.query<RegistryEntry>(`
select t.schema_name::text as schema, ${hasName ? "coalesce(nullif(t.name, ''), t.schema_name)" : 't.schema_name'}::text as name, ${aggregated} as domains
from ${qualified(table.schema, table.name)} t order by 1`)
    return rows
  })
  return {
    table: `${table.schema}.${table.name}`,
    schema: table.schema,
    domainTable: domains === undefined ? null : `${domains.schema}.${domains.name}`,
    entries,
  }
}

/** django-tenants' TenantMixin: `schema_name`, unique. */
const isRegistry = (table: Table): boolean =>
  table.constraints.some(
    constraint =>
      constraint.type === 'unique' &&
      constraint.columns.length === 1 &&
      constraint.columns[0] === 'schema_name',
  )

/** django-tenants' DomainMixin: `domain`, and a foreign key to the registry. */
function domainLink(table: Table, registry: Table): { column: string; references: string } | undefined {
  if (!table.columns.some(column => column.name === 'domain')) return undefined
  for (const { type, columns, references } of table.constraints) {
    if (type !== 'foreign' || references?.schema !== registry.schema || references.table !== registry.name)
      continue
    const [column] = columns
    const [target] = references.columns
    if (column !== undefined && target !== undefined) return { column, references: target }
  }
  return undefined
}

/**
 * Without a registry: the largest group of at least two schemas that hold tables of the same names.
 * Schemas of the house itself are not looked at.
 */
export function tenantsByShape(catalog: Catalog, ignored: ReadonlySet<string>): readonly RegistryEntry[] {
  const tablesOf = Map.groupBy(catalog.tables, table => table.schema)
  const groups = Map.groupBy(
    [...tablesOf].filter(([schema]) => schema !== 'public' && !ignored.has(schema)),
    ([, tables]) => JSON.stringify(tables.map(table => table.name)),
  )
  const largest = [...groups.values()]
    .filter(group => group.length > 1)
    .sort((a, b) => b.length - a.length)[0]
  return (largest ?? []).map(([schema]) => ({ schema, name: schema, domains: [] }))
}
