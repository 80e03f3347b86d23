/** What is in a database, as a careful DBA would tell it: tenants, tables by class, hazards. */
import type pg from 'pg'
import { qualified } from '../postgres/identifiers.ts'
import { type Catalog, readCatalog, readOnly } from './catalog.ts'
import { classify, type FoundTable } from './classify.ts'
import { findHazards, type Hazard } from './hazards.ts'
import { type Registry, readRegistry } from './registry.ts'
import { findTenants, type Tenant } from './tenants.ts'

export type Inspection = {
  readonly kind: 'schemas'
  readonly database: string
  readonly registry: Registry | null
  /** The kind of sample this is, when `rowhouse sample` made it. */
  readonly sample: string | null
  readonly tenants: readonly Tenant[]
  readonly tables: readonly FoundTable[]
  /** Labels of Django's apps, empty for other frameworks. */
  readonly apps: readonly string[]
  readonly hazards: readonly Hazard[]
}

export type Found = { readonly catalog: Catalog; readonly inspection: Inspection }

/**
 * Reads and judges a database; changes nothing.
 * @throws RowhouseError RH110 (no tenants), RH111 (the registry names what is not there), RH104, RH106
 */
export async function inspect(client: pg.ClientBase): Promise<Found> {
  const catalog = await readCatalog(client)
  const registry = await readRegistry(client, catalog)
  const tenants = findTenants(catalog, registry)
  const schemas = new Set(tenants.map(tenant => tenant.schema))
  const tables = classify(catalog, schemas)
  const apps = await readDjangoApps(client, catalog, schemas)
  const marker = registry && catalog.tables.find(t => `${t.schema}.${t.name}` === registry.table)?.comment
  return {
    catalog,
    inspection: {
      kind: 'schemas',
      database: catalog.server.database,
      registry,
      sample: marker?.match(/^rowhouse sample: (\w+)/)?.[1] ?? null,
      tenants,
      tables,
      apps,
      hazards: findHazards(catalog, tenants, tables, registry),
    },
  }
}

/** App labels stand in django_migrations, wherever the first of those tables is. */
async function readDjangoApps(
  client: pg.ClientBase,
  catalog: Catalog,
  tenants: ReadonlySet<string>,
): Promise<string[]> {
  const migrations = catalog.tables.filter(table => table.name === 'django_migrations')
  const one = migrations.find(table => tenants.has(table.schema)) ?? migrations[0]
  if (one === undefined) return []
  const rows = await readOnly(client, async () => {
    const migrationsTable = qualified(one.schema, one.name)
    return (
      await client.query<{ app: string }>(`select distinct app::text from ${migrationsTable} order by 1`)
    ).rows
  })
  return rows.map(row => row.app)
}
