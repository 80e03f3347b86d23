/** Which schemas are tenants, by registry, pattern, list or shape, each with a slug. Pure. */
import { RowhouseError } from '../../errors.ts'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { slugOf } from '../spec/naming.ts'
import type { SpecFile } from '../spec/specFile.ts'
import { houseSchemas } from './classify.ts'
import type { Registry, RegistryEntry } from './registry.ts'
import { tenantsByShape } from './resemblance.ts'

export type Tenant = RegistryEntry & { readonly slug: string }

/**
 * @param away schemas that are nobody's, whatever their shape
 * @throws RowhouseError RH110 (there are none), RH111 (registry or list name what is not there)
 */
export function findTenants(
  catalog: Catalog,
  registry: Registry | null,
  { discover, target_schema: target = 'app', scope_column: scope = 'organization_id' }: SpecFile,
  away: readonly string[] = [],
): Tenant[] {
  if (registry !== null) return byRegistry(catalog, registry)
  if (discover === undefined || 'registry' in discover)
    return byShape(catalog, [...scopedSchema(catalog, target, scope), ...away])
  return 'pattern' in discover ? byPattern(catalog, discover.pattern) : byList(catalog, discover.schemas)
}

function byRegistry(catalog: Catalog, registry: Registry): Tenant[] {
  const existing = new Set(catalog.schemas)
  const missing = registry.entries.map(({ schema }) => schema).filter(schema => !existing.has(schema))
  if (missing.length > 0) {
    const values = missing.map(schema => literal(schema)).join(', ')
    throw absent(
      registry.table,
      missing,
      `delete from ${registry.table} where ${ident(registry.column)} in (${values}); if tenants are listed elsewhere, say where: discover in the spec`,
    )
  }
  // django-tenants lists the shared schema itself; it is nobody's tenant.
  const tenants = registry.entries.filter(entry => entry.schema !== registry.schema)
  if (tenants.length === 0) throw noTenants(catalog, `${registry.table} lists no tenant`)
  return withSlugs(tenants)
}

function byShape(catalog: Catalog, others: readonly string[]): Tenant[] {
  const tenants = tenantsByShape(catalog, new Set([...houseSchemas, ...walledSchemas(catalog), ...others]))
  if (tenants.length === 0) {
    throw noTenants(
      catalog,
      'there is no registry table with a unique schema_name, and no two schemas have the same tables',
    )
  }
  return withSlugs(tenants)
}

/** Where folded tables are: they have the tenants' shape, and are nobody's. */
export const walledSchemas = (catalog: Catalog): string[] =>
  catalog.others
    .filter(({ kind, name }) => kind === 'policy' && name.startsWith('organization_isolation on '))
    .map(({ schema }) => schema)

/** The target schema, where somebody made the shared tables before: each row of them says whose it is. */
function scopedSchema({ tables }: Catalog, target: string, scopeColumn: string): string[] {
  const there = tables.filter(({ schema }) => schema === target)
  const isScoped = there.every(({ columns }) =>
    columns.some(({ name, type }) => name === scopeColumn && type === 'uuid'),
  )
  return there.length > 0 && isScoped ? [target] : []
}

/** `tenant_*`: a star stands for anything. */
function byPattern(catalog: Catalog, pattern: string): Tenant[] {
  const parts = pattern.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const matches = new RegExp(`^${parts.join('.*')}$`)
  const found = catalog.schemas.filter(schema => matches.test(schema) && !houseSchemas.includes(schema))
  if (found.length === 0) throw noTenants(catalog, `no schema is called like "${pattern}" (discover.pattern)`)
  return withSlugs(found.map(unregistered))
}

function byList(catalog: Catalog, schemas: readonly string[]): Tenant[] {
  const existing = new Set(catalog.schemas)
  const missing = schemas.filter(schema => !existing.has(schema))
  if (missing.length > 0) throw absent('discover.schemas', missing, 'take them out of the spec')
  return withSlugs([...new Set(schemas)].sort().map(unregistered))
}

const unregistered = (schema: string): RegistryEntry => ({ schema, name: schema, domains: [] })

const absent = (where: string, missing: readonly string[], remedy: string) =>
  new RowhouseError('RH111', {
    message: `${where} names ${missing.length === 1 ? 'a schema that does' : 'schemas that do'} not exist: ${missing.map(schema => `"${schema}"`).join(', ')}`,
    hint: `restore ${missing.length === 1 ? 'it' : 'them'}, or: ${remedy}`,
  })

const noTenants = (catalog: Catalog, why: string) =>
  new RowhouseError('RH110', {
    message: `database "${catalog.server.database}" has no tenant schemas: ${why}`,
    hint: 'try the road on a sample first: rowhouse sample hr --database postgres://…/an_empty_database',
  })

/** Slugs are unique: a second schema of the same slug gets a number. */
function withSlugs(entries: readonly RegistryEntry[]): Tenant[] {
  const taken = new Set<string>()
  return entries.map(entry => {
    let slug = slugOf(entry.schema)
    for (let number = 2; taken.has(slug); number++) slug = `${slugOf(entry.schema).slice(0, 58)}-${number}`
    taken.add(slug)
    return { ...entry, slug }
  })
}
