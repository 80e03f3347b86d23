/** What each table is: a tenant's, the framework's own, or shared. Pure. */
import type { Catalog, Table } from '../catalog/catalog.ts'

export type FoundTable = {
  readonly name: string
  /**
   * `tenant`: folded. `both`: folded, and the shared schema has one of the same name. `framework`: the framework's own
   * bookkeeping, left behind. `shared`: outside the tenants.
   */
  readonly class: 'tenant' | 'both' | 'framework' | 'shared'
  readonly schema: string | null
  readonly tenants: number
  /** Estimate from the planner's statistics, summed over the tenants. */
  readonly rows: number
  readonly bytes: number
}

/** Schemas that this project makes; never tenants. */
export const houseSchemas = [
  'app_public',
  'app_hidden',
  'app_private',
  'rowhouse',
  'graphile_migrate',
  'graphile_worker',
]

/** Known by name; their rows describe the framework, not the tenant's business. */
export const frameworkTables: ReadonlySet<string> = new Set([
  'django_migrations',
  'django_content_type',
  'django_session',
  'django_admin_log',
  'django_site',
  'django_celery_beat_periodictask',
  'sessions',
  'auth_permission',
  'schema_migrations',
  'ar_internal_metadata',
  'alembic_version',
  'flyway_schema_history',
  'databasechangelog',
  'databasechangeloglock',
  'knex_migrations',
  'knex_migrations_lock',
  '_prisma_migrations',
  '__EFMigrationsHistory',
  'goose_db_version',
  'pgmigrations',
])

export const isFolded = ({ class: kind }: FoundTable): boolean => kind === 'tenant' || kind === 'both'

/**
 * Tables of the same name in all tenants are one entry; shared ones stand for themselves. A partition is part of its
 * parent.
 * @param common the schema that every tenant also reads
 */
export function classify(catalog: Catalog, tenants: ReadonlySet<string>, common: string): FoundTable[] {
  const house = new Set(houseSchemas)
  const inCommon = new Set(catalog.tables.filter(({ schema }) => schema === common).map(({ name }) => name))
  const inTenants = Map.groupBy(
    catalog.tables.filter(table => tenants.has(table.schema) && !table.partition),
    table => table.name,
  )
  const sum = (tables: readonly Table[], of: (table: Table) => number) =>
    tables.reduce((n, t) => n + Math.max(0, of(t)), 0)
  const found = [...inTenants].map(
    ([name, tables]): FoundTable => ({
      name,
      class: frameworkTables.has(name) ? 'framework' : inCommon.has(name) ? 'both' : 'tenant',
      schema: null,
      tenants: tables.length,
      rows: sum(tables, table => table.rows),
      bytes: sum(tables, table => table.bytes),
    }),
  )
  const shared = catalog.tables
    .filter(table => !tenants.has(table.schema) && !house.has(table.schema) && !table.partition)
    .map(
      (table): FoundTable => ({
        name: table.name,
        class: frameworkTables.has(table.name) ? 'framework' : 'shared',
        schema: table.schema,
        tenants: 0,
        rows: Math.max(0, table.rows),
        bytes: table.bytes,
      }),
    )
  return [...found, ...shared].sort(
    (a, b) => (a.schema ?? '').localeCompare(b.schema ?? '') || a.name.localeCompare(b.name),
  )
}
