/**
 * What the tenants are called, from a registry table: the one that the spec names, one with a unique `schema_name`
 * (django-tenants), or one of whose unique columns holds the schemas' names (Apartment: `subdomain`, `tenant`, …). Reads
 * rows, in read-only snapshots of its own.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Catalog, readOnly, type Table } from '../catalog/catalog.ts'
import { ours } from '../catalog/catalogQueries.ts'
import type { Discover } from '../spec/specFile.ts'
import { houseSchemas } from './classify.ts'
import { tenantsByShape } from './resemblance.ts'

export type RegistryEntry = {
  readonly schema: string
  readonly name: string
  readonly domains: readonly { readonly domain: string; readonly isPrimary: boolean }[]
}

export type Registry = {
  /** `public.tenants_tenant` */
  readonly table: string
  /** The column with the schemas' names. */
  readonly column: string
  /** The shared schema, where the registry lives. */
  readonly schema: string
  readonly domainTable: string | null
  readonly entries: readonly RegistryEntry[]
}

type Place = { readonly table: Table; readonly column: string; readonly name: string | null }

/**
 * The registry, or null where the database has none, or the spec finds tenants otherwise.
 * @throws RowhouseError RH114 where the spec names a table or column that is not there
 */
export async function readRegistry(
  client: pg.ClientBase,
  catalog: Catalog,
  discover?: Discover,
): Promise<Registry | null> {
  if (discover !== undefined && !('registry' in discover)) return null
  const place = discover === undefined ? await unnamed(client, catalog) : bySpec(catalog, discover)
  if (place === null) return null
  const { table, column, name } = place
  const domains = catalog.tables.find(other => domainLink(other, table) !== undefined)
  const link = domains && domainLink(domains, table)
  const hasPrimary = domains?.columns.some(one => one.name === 'is_primary')
  const schema = `t.${ident(column)}`

  const aggregated =
    domains === undefined || link === undefined
      ? `'[]'::json`
      : `coalesce((
    select json_agg(json_build_object('domain', d.domain, 'isPrimary', ${hasPrimary ? 'coalesce(d.is_primary, false)' : 'true'}) order by d.domain)
    from ${qualified(domains.schema, domains.name)} d where d.${ident(link.column)} = t.${ident(link.references)} and d.domain <> ''
  ), '[]')`
  const entries = await readOnly(client, async () => {
    const { rows } = await client.query<RegistryEntry>(`
select ${schema}::text as schema, ${name === null ? schema : `coalesce(nullif(t.${ident(name)}::text, ''), ${schema}::text)`}::text as name, ${aggregated} as domains
from ${qualified(table.schema, table.name)} t where ${schema} is not null order by 1`)
    return rows
  })
  return {
    table: `${table.schema}.${table.name}`,
    column,
    schema: table.schema,
    domainTable: domains === undefined ? null : `${domains.schema}.${domains.name}`,
    entries,
  }
}

/**
 * Whether a table outside those schemas has a unique text, or a unique `schema_name`: without one readRegistry finds none.
 * Asked where reading all tables to know it would take long.
 */
export async function mayHaveRegistry(client: pg.ClientBase, besides: readonly string[]): Promise<boolean> {
  const { rows } = await readOnly(client, () =>
    client.query<{ found: boolean }>(
      `select exists (
  select from pg_index i
  join pg_class c on c.oid = i.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
  join pg_type t on t.oid = a.atttypid
  where i.indisunique and i.indnkeyatts = 1 and i.indpred is null and ${ours} and n.nspname <> all ($1)
    and (a.attname = 'schema_name' or t.typcategory = 'S')
) as found`,
      [[...besides, ...houseSchemas]],
    ),
  )
  return rows[0]?.found === true
}

/** The schemas that a registry lists. */
export async function readTenants(
  client: pg.ClientBase,
  { schema, table, column }: { readonly schema: string; readonly table: string; readonly column: string },
): Promise<string[]> {
  const name = `t.${ident(column)}`
  const { rows } = await readOnly(client, () =>
    client.query<{ schema: string }>(
      `select ${name}::text as schema from ${qualified(schema, table)} t where ${name} is not null order by 1`,
    ),
  )
  return rows.map(row => row.schema)
}

const nameColumn = (table: Table): string | null =>
  ['name', 'title', 'display_name'].find(name => table.columns.some(column => column.name === name)) ?? null

const isUnique = (table: Table, column: string): boolean =>
  table.constraints.some(
    ({ type, columns }) =>
      ['unique', 'primary'].includes(type) && columns.length === 1 && columns[0] === column,
  ) ||
  table.indexes.some(
    ({ unique, partial, columns }) => unique && !partial && columns.length === 1 && columns[0] === column,
  )

function bySpec(
  catalog: Catalog,
  { registry, column, name }: Extract<Discover, { registry: string }>,
): Place {
  const table = catalog.tables.find(
    one => `${one.schema}.${one.name}` === registry || (one.schema === 'public' && one.name === registry),
  )
  const schemaColumn = column ?? 'schema_name'
  const missing =
    table === undefined
      ? `table "${registry}" (discover)`
      : [schemaColumn, ...(name === undefined ? [] : [name])]
          .filter(one => !table.columns.some(known => known.name === one))
          .map(one => `column "${registry}.${one}" (discover)`)[0]
  if (table === undefined || missing !== undefined) {
    throw new RowhouseError('RH114', {
      message: `the spec names what database "${catalog.server.database}" does not have: ${missing}`,
      hint: 'see what is there: rowhouse inspect',
    })
  }
  return { table, column: schemaColumn, name: name ?? nameColumn(table) }
}

/**
 * The registry that no spec names. A tenant's own table may have a unique `schema_name` too; it is one only where its rows
 * say so: django-tenants' shared schema may have another name than `public`, and the tenants' tables besides.
 */
async function unnamed(client: pg.ClientBase, catalog: Catalog): Promise<Place | null> {
  const alike = new Set(tenantsByShape(catalog, new Set(houseSchemas)).map(({ schema }) => schema))
  const tables = catalog.tables.filter(({ schema }) => !houseSchemas.includes(schema))
  const outside = tables.filter(({ schema }) => !alike.has(schema))
  const within = tables.filter(table => alike.has(table.schema) && isUnique(table, 'schema_name'))
  return byConvention(outside) ?? (await byRows(client, catalog, [...outside, ...within]))
}

/** django-tenants' TenantMixin: `schema_name`, unique. */
function byConvention(tables: readonly Table[]): Place | null {
  const table = tables.find(one => isUnique(one, 'schema_name'))
  return table === undefined ? null : { table, column: 'schema_name', name: nameColumn(table) }
}

/** A registry has few rows; where nobody counted them, few bytes. */
const mostRows = 200_000
const mostBytes = 64 * 1024 * 1024

/** A unique text column most of whose values are names of schemas, at least two of them. */
async function byRows(
  client: pg.ClientBase,
  catalog: Catalog,
  tables: readonly Table[],
): Promise<Place | null> {
  const places = tables
    .filter(({ rows, bytes }) => rows < mostRows && bytes < mostBytes)
    // The core's own organizations, whose slugs are the schemas' names.
    .filter(({ columns }) => !columns.some(({ name }) => name === 'subscription_ends_at'))
    .flatMap(table =>
      table.columns
        .filter(
          ({ name, base }) => ['text', 'varchar', 'name', 'citext'].includes(base) && isUnique(table, name),
        )
        .map(({ name: column }): Place => ({ table, column, name: nameColumn(table) })),
    )
  if (places.length === 0) return null
  const schemas = literal(JSON.stringify(catalog.schemas.filter(schema => schema !== 'public')))
  const text = places
    .map(
      ({ table, column }, at) => `select ${at} as at, count(*)::int as rows, (count(*) filter (
  where t.${ident(column)}::text in (select json_array_elements_text(${schemas}))))::int as schemas from ${qualified(table.schema, table.name)} t`,
    )
    .join('\nunion all\n')
  const { rows } = await readOnly(client, () =>
    client.query<{ at: number; rows: number; schemas: number }>(text),
  )
  const best = rows
    .filter(({ rows: all, schemas: named }) => named >= 2 && named * 2 > all)
    .sort((a, b) => b.schemas - a.schemas || a.at - b.at)[0]
  return best === undefined ? null : (places[best.at] ?? null)
}

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
