/** What is in a database, as a careful DBA would tell it: tenants, tables by class, what they share, hazards. */
import type pg from 'pg'
import { qualified } from '../../postgres/identifiers.ts'
import {
  type Catalog,
  oldestSource,
  readCatalog,
  readOnly,
  type Server,
  type Table,
} from '../catalog/catalog.ts'
import { otherCompressions } from '../catalog/tableSettings.ts'
import { mergeHazards } from '../keys/conflicts.ts'
import { decideKeys, type Keys, keyDemands } from '../keys/decide.ts'
import { keyObstacles } from '../keys/obstacles.ts'
import { keyProofs } from '../keys/proofs.ts'
import { type Shared, share } from '../shapes/share.ts'
import { orphansOf, type SpecFile } from '../spec/specFile.ts'
import { classify, type FoundTable, isFolded } from './classify.ts'
import { findHazards, type Hazard, resembling, tenantHazards } from './hazards.ts'
import { quarantineSchemas } from './quarantined.ts'
import { readiness } from './readiness.ts'
import { type Registry, readRegistry } from './registry.ts'
import { chooseScopeColumn } from './scopeColumn.ts'
import { softReferences } from './softReferences.ts'
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
  /** The spec's, or a name that no table that is moved has. */
  readonly scopeColumn: string
  /** Tenants that cannot be moved as they are; the others can. */
  readonly blocked: readonly { readonly schema: string; readonly reason: string }[]
}

export type Found = { readonly catalog: Catalog; readonly inspection: Inspection; readonly shared: Shared }

/** That the tables go to another server, and what that has, where it is known. */
export type Elsewhere = { readonly [K in 'extensions' | 'compressions']: Server[K] | null }

/**
 * Reads and judges a database; changes nothing.
 * @param decided tenants that are skipped and tables that are left neither block the others nor shape them
 * @throws RowhouseError RH110 (no tenants), RH111 (the registry names what is not there), RH104, RH106
 */
export async function inspect(
  client: pg.ClientBase,
  decided: SpecFile = {},
  elsewhere?: Elsewhere,
): Promise<Found> {
  const read = await readCatalog(client, elsewhere && oldestSource)
  const extensions = elsewhere?.extensions ?? read.server.extensions
  const compressions = elsewhere?.compressions ?? read.server.compressions
  const catalog = { ...read, server: { ...read.server, extensions, compressions } }
  const registry = await readRegistry(client, catalog, decided.discover)
  const tenants = findTenants(catalog, registry, decided, await quarantineSchemas(client, catalog))
  const tables = classify(catalog, new Set(tenants.map(({ schema }) => schema)), registry?.schema ?? 'public')
  const apps = await readDjangoApps(client, catalog, tables)
  const left = leftTables(tables, decided)
  const moved = tenants.map(({ schema }) => schema).filter(schema => !decided.tenants?.[schema]?.skip)
  const isMoved = new Set(moved)
  const schemas = tenants.map(({ schema }) => schema)
  const hazards = [
    ...findHazards(catalog, moved, schemas, tables, registry).filter(
      // What the spec moves does not stay.
      ({ code, object }) => code !== 'framework-table' || left.has(object),
    ),
    ...resembling(catalog, tables, [...schemas, ...targetSchemas(decided)], registry),
  ]
  const fallThrough = new Map(
    Object.entries(decided.tables ?? {})
      .filter(([, { fall_through: how }]) => how === 'copy')
      .map(([name]): [string, string] => [name, registry?.schema ?? 'public']),
  )
  const unfit = tenantHazards(hazards, left, catalog, moved, tables, decided)
  const keysOf = (known: ReadonlyMap<string, { readonly model: Table }>) =>
    decideKeys(new Map([...known].map(([name, { model }]) => [name, model])), left, decided)
  const merged = new Set(
    Object.entries(decided.tables ?? {}).flatMap(([name, { merge }]) => (merge ? [name] : [])),
  )
  const chosen = chooseScopeColumn(
    catalog.tables.filter(({ schema, name }) => isMoved.has(schema) && !left.has(name) && !merged.has(name)),
  )
  const scopeColumn = decided.scope_column ?? chosen.name
  const shared = await share(client, catalog, moved, {
    left,
    fallThrough,
    unfit,
    scopeColumn,
    merged,
    orphansOf: name => (merged.has(name) ? 'keep' : orphansOf(name, decided)),
    demandsOf: (known, fitting, places) => keyDemands(keysOf(known), decided, known, fitting, places),
  })
  const keys = keysOf(shared.tables)
  const folded = [...shared.tables.values()].map(({ model }) => model).filter(({ name }) => !left.has(name))
  const own = new Map(catalog.tables.map(table => [JSON.stringify([table.schema, table.name]), table]))
  // As the tenant has them: what only others have cannot be asked there.
  const asked = folded
    .map(({ schema, name }) => own.get(JSON.stringify([schema, name])))
    .filter(table => table !== undefined)
  const more = [
    ...otherCompressions(folded, compressions),
    ...(await softReferences(client, asked, keys, decided)),
    ...(await keyHazards(client, keys, decided, shared, moved)),
    ...(await readiness(client, catalog, tables)),
  ]
  const marker = registry && catalog.tables.find(t => `${t.schema}.${t.name}` === registry.table)?.comment
  return {
    catalog,
    shared,
    inspection: {
      kind: 'schemas',
      database: catalog.server.database,
      registry,
      sample: marker?.match(/^rowhouse sample: (\w+)/)?.[1] ?? null,
      tenants,
      tables,
      apps,
      scopeColumn,
      hazards: [
        ...hazards,
        ...(decided.scope_column === undefined ? chosen.notes : []),
        ...shared.notes,
        ...more,
        ...blockedHazards(hazards, shared.blocked),
      ].sort((a, b) => Number(b.blocks) - Number(a.blocks)),
      blocked: [...shared.blocked].map(([schema, reason]) => ({ schema, reason })),
    },
  }
}

/** What the tenants' rows say to new ids and merged tables; a spec that contradicts itself is refused later, as that. */
async function keyHazards(
  client: pg.ClientBase,
  keys: Keys,
  decided: SpecFile,
  { tables, blocked, orphans }: Shared,
  moved: readonly string[],
): Promise<Hazard[]> {
  if (keys.problems.length > 0) return []
  const models = new Map([...tables].map(([name, { model }]) => [name, model as Table]))
  const fitting = moved.filter(schema => !blocked.has(schema))
  return [
    ...keyObstacles(keys, models, orphans),
    ...(await keyProofs(client, keys, decided, tables, fitting)),
    ...(await mergeHazards(client, keys, tables, fitting)),
  ]
}

/** Where tables go, or may have gone already: what the users' own migrations made there is adopted. */
const targetSchemas = ({ target_schema = 'app', tables = {} }: SpecFile): string[] => [
  target_schema,
  ...Object.values(tables).flatMap(({ to }) => (to?.includes('.') ? [to.slice(0, to.indexOf('.'))] : [])),
]

/** Left where they are: what the spec says, and the framework's own, unless the spec says otherwise. */
const leftTables = (tables: readonly FoundTable[], decided: SpecFile): Set<string> =>
  new Set(
    tables
      .filter(table => table.schema === null)
      .filter(table => {
        const { leave, to, merge } = decided.tables?.[table.name] ?? {}
        return leave ?? (!isFolded(table) && to === undefined && merge === undefined)
      })
      .map(({ name }) => name),
  )

/** Each blocked tenant once; what was a hazard already is not said again. */
const blockedHazards = (known: readonly Hazard[], blocked: ReadonlyMap<string, string>): Hazard[] =>
  [...blocked]
    .filter(([schema]) => !known.some(({ tenant, blocks }) => blocks && tenant === schema))
    .map(([schema, reason]) => ({
      code: 'tenant-blocked',
      object: schema,
      detail: reason,
      hint: `the others go on without it; mend it, or leave it out in words: tenants: { ${JSON.stringify(schema)}: { skip: true } }`,
      blocks: true,
      tenant: schema,
    }))

/** App labels stand in django_migrations, wherever the first of those tables is. */
async function readDjangoApps(
  client: pg.ClientBase,
  catalog: Catalog,
  tables: readonly FoundTable[],
): Promise<string[]> {
  const inTenants = tables.some(({ name, schema }) => name === 'django_migrations' && schema === null)
  const migrations = catalog.tables.filter(table => table.name === 'django_migrations')
  const shared = new Set(
    tables.flatMap(({ name, schema }) => (name === 'django_migrations' && schema ? [schema] : [])),
  )
  const one = migrations.find(({ schema }) => inTenants && !shared.has(schema)) ?? migrations[0]
  if (one === undefined) return []
  const rows = await readOnly(client, async () => {
    const migrationsTable = qualified(one.schema, one.name)
    return (
      await client.query<{ app: string }>(`select distinct app::text from ${migrationsTable} order by 1`)
    ).rows
  })
  return rows.map(row => row.app)
}
