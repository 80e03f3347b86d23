/** Which schemas are tenants, by the registry or by their shape, each with a slug. Pure. */
import { RowhouseError } from '../errors.ts'
import type { Catalog } from './catalog.ts'
import { houseSchemas } from './classify.ts'
import { slugOf } from './naming.ts'
import { type Registry, type RegistryEntry, tenantsByShape } from './registry.ts'

export type Tenant = RegistryEntry & { readonly slug: string }

/** @throws RowhouseError RH110 (there are none), RH111 (the registry names what is not there) */
export const findTenants = (catalog: Catalog, registry: Registry | null): Tenant[] =>
  registry === null ? byShape(catalog) : byRegistry(catalog, registry)

function byRegistry(catalog: Catalog, registry: Registry): Tenant[] {
  const existing = new Set(catalog.schemas)
  const missing = registry.entries.filter(entry => !existing.has(entry.schema))
  if (missing.length > 0) {
    const names = missing.map(entry => `"${entry.schema}"`).join(', ')
    throw new RowhouseError('RH111', {
      message: `${registry.table} names ${missing.length === 1 ? 'a schema that does' : 'schemas that do'} not exist: ${names}`,
      hint: `restore ${missing.length === 1 ? 'it' : 'them'}, or: delete from ${registry.table} where schema_name in (${names.replaceAll('"', "'")})`,
    })
  }
  // django-tenants lists the shared schema itself; it is nobody's tenant.
  const tenants = registry.entries.filter(entry => entry.schema !== registry.schema)
  if (tenants.length === 0) throw noTenants(catalog, `${registry.table} lists no tenant`)
  return withSlugs(tenants)
}

function byShape(catalog: Catalog): Tenant[] {
  const tenants = tenantsByShape(catalog, new Set(houseSchemas))
  if (tenants.length === 0) {
    throw noTenants(
      catalog,
      'there is no registry table with a unique schema_name, and no two schemas have the same tables',
    )
  }
  return withSlugs(tenants)
}

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
