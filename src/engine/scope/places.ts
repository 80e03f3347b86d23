/** Which tables of a database are the customer's, and what the spec calls them. Pure. */
import type { Catalog, Table } from '../catalog/catalog.ts'
import { houseSchemas } from '../inspect/classify.ts'
import { coreRelations } from '../plan/refusals.ts'

export type Place = { readonly source: string; readonly table: Table }

export type Places = {
  /** The schema whose tables are called by their bare names. */
  readonly main: string
  /** In the order of their names; partitions are part of their table. */
  readonly all: readonly Place[]
  /** By `source`, or in full: `public.users` is `users`. */
  find(text: string): Place | undefined
}

export function placesOf(catalog: Catalog): Places {
  const tables = ownTables(catalog)
  const main = mainSchema(tables)
  const all = tables
    .map(table => ({ source: table.schema === main ? table.name : `${table.schema}.${table.name}`, table }))
    .sort((a, b) => (a.source < b.source ? -1 : 1))
  const known = new Map([
    ...all.map(place => [`${place.table.schema}.${place.table.name}`, place] as const),
    ...all.map(place => [place.source, place] as const),
  ])
  return { main, all, find: text => known.get(text) }
}

/** Not the house's own. */
export function ownTables({ tables }: Catalog): Table[] {
  const core = tables.find(({ schema, name }) => schema === 'app_private' && name === 'protected_tables')
  return tables.filter(
    ({ schema, name, owner, partition }) =>
      !houseSchemas.includes(schema) &&
      !partition &&
      !(core !== undefined && coreRelations.has(name) && owner === core.owner),
  )
}

function mainSchema(tables: readonly Table[]): string {
  const [largest] = [...Map.groupBy(tables, ({ schema }) => schema)].sort(
    ([a, some], [b, more]) =>
      more.length - some.length || Number(b === 'public') - Number(a === 'public') || (a < b ? -1 : 1),
  )
  return largest?.[0] ?? 'public'
}

/** The primary key's columns; empty where there is none. */
export const keyOf = ({ constraints }: Table): readonly string[] =>
  constraints.find(({ type }) => type === 'primary')?.columns ?? []
