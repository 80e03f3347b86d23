/**
 * The tenants' schemas → what they share: types, tables, how each tenant reads in them, and who does not fit. A tenant
 * that does not fit is left out, and what is left is shared anew, until everybody fits: one bad tenant neither stops the
 * others nor leaves a trace in their tables.
 */
import type pg from 'pg'
import type { Catalog, OtherObject, Table } from '../catalog/catalog.ts'
import { askCode } from '../code/askCode.ts'
import { codeInTheWay, leftByCode, neededBy, neededByTypes, withoutSpares } from '../code/needed.ts'
import { type SharedCode, shareCode } from '../code/shareCode.ts'
import type { Hazard } from '../inspect/hazards.ts'
import type { Copy } from './columns.ts'
import type { Demand, Places } from './constraints.ts'
import { unmet } from './demands.ts'
import { findOrphans, type Orphans } from './orphans.ts'
import { type SharedTable, shareTable } from './sharedTable.ts'
import { isCollation, namesOf, type SharedTypes, shareTypes } from './sharedTypes.ts'
import { standIn } from './standIn.ts'
import { namedTypes, type TypesByName, typesByName, usedTypes } from './usedTypes.ts'

export type Shared = {
  readonly tables: ReadonlyMap<string, SharedTable>
  readonly types: SharedTypes
  readonly code: SharedCode
  /** Schema → why it is left out for now. */
  readonly blocked: ReadonlyMap<string, string>
  /** Foreign keys (`orphanKey`) with rows that lead nowhere. */
  readonly orphans: ReadonlySet<string>
  readonly notes: readonly Hazard[]
}

export type ShareOptions = {
  /** Tables that stay where they are: whether they are alike does not matter. */
  readonly left: ReadonlySet<string>
  /** Tables whose rows a tenant that lacks them reads in the shared schema, and that schema. */
  readonly fallThrough: ReadonlyMap<string, string>
  /** Schema → why it cannot be moved at all, whatever the others look like. */
  readonly unfit: ReadonlyMap<string, string>
  /** What else is asked of the rows of those who fit so far. */
  readonly demandsOf?: (
    tables: ReadonlyMap<string, SharedTable>,
    tenants: readonly string[],
    places: Places,
  ) => readonly Demand[]
  /** What the shared tables have besides. */
  readonly scopeColumn: string
  /** Tables whose rows become everybody's: they have no scope column. */
  readonly merged: ReadonlySet<string>
  /** What becomes of a table's rows that lead nowhere. */
  readonly orphansOf: (table: string) => Orphans
}

/** @param tenants schemas to be moved */
export async function share(
  client: pg.ClientBase,
  catalog: Catalog,
  tenants: readonly string[],
  options: ShareOptions,
): Promise<Shared> {
  const blocked = new Map(options.unfit)
  const byName = typesByName(catalog.types)
  const all = new Set(tenants)
  const others = catalog.others.filter(({ schema }) => all.has(schema))
  const answers = await askCode(client, others)
  for (;;) {
    const fitting = tenants.filter(schema => !blocked.has(schema))
    const moved = new Set(fitting)
    const around = others.filter(({ schema }) => moved.has(schema))
    const { tables, types, readers } = shareAll(catalog, fitting, byName, around, options)
    const kept = [...tables.values()].filter(({ model }) => !options.left.has(model.name))
    const typeNames = namesOf(types)
    const own = catalog.tables.filter(({ schema }) => moved.has(schema))
    const needs = kept.flatMap(({ model }) => neededBy(model, typeNames))
    const code = shareCode({
      ...answers,
      tenants: fitting,
      others: around.filter(({ kind, name }) => kind !== 'collation' || !isCollation(types, name)),
      tables: own,
      // Where rows are everybody's there is no scope column to lead by: code that reads them is listed.
      folded: new Set(kept.map(({ model }) => model.name).filter(name => !options.merged.has(name))),
      types: typeNames,
      needed: new Set([
        ...needs.filter(({ spare }) => spare === undefined).map(({ routine }) => routine),
        ...neededByTypes(types),
      ]),
      scopeColumn: options.scopeColumn,
    })
    const unfit = [
      ...[...types.unfit].flatMap(([schema, why]) =>
        moved.has(schema) ? [[schema, why] as const] : readers.map(reader => [reader, why] as const),
      ),
      ...[...tables.values()].flatMap(table => [...table.unfit]),
      ...code.unfit,
      ...leftByCode(
        kept.map(({ model }) => model),
        types,
        code,
        {
          tables: own,
          types: catalog.types.filter(({ schema }) => moved.has(schema)),
          tenants: fitting.length,
        },
      ),
    ]
    if (unfit.length === 0) {
      const demands = [
        ...[...tables.values()].flatMap(table => table.demands),
        ...(options.demandsOf?.(tables, fitting, placesIn(catalog, options)) ?? []),
      ]
      unfit.push(
        ...(await unmet(client, demands)).map(({ tenant, reason }): [string, string] => [tenant, reason]),
      )
    }
    for (const [schema, why] of unfit) blocked.set(schema, blocked.get(schema) ?? why)
    if (unfit.length > 0) continue
    const made = kept.map(table => withoutSpares(table, typeNames, code))
    const models = made.map(({ table }) => table.model)
    const orphans = await findOrphans(client, models, own, options.orphansOf)
    const notes = [
      ...codeInTheWay(models, types, code),
      ...types.notes,
      ...kept.flatMap(table => table.notes),
      ...orphans.notes,
      ...made.flatMap(table => table.notes),
      ...code.notes,
    ]
    const whole = new Map([...tables, ...made.map(({ table }) => [table.model.name, table] as const)])
    return { tables: whole, types, code, blocked, notes, orphans: orphans.keys }
  }
}

type All = {
  readonly tables: ReadonlyMap<string, SharedTable>
  readonly types: SharedTypes
  /** Tenants that read some table in the shared schema. */
  readonly readers: readonly string[]
}

function shareAll(
  catalog: Catalog,
  tenants: readonly string[],
  types: TypesByName,
  others: readonly OtherObject[],
  options: ShareOptions,
): All {
  const { left, fallThrough } = options
  const moved = new Set(tenants)
  const byName = Map.groupBy(
    catalog.tables.filter(table => moved.has(table.schema) && !table.partition),
    table => table.name,
  )
  const places = placesIn(catalog, options)
  const own = new Set([
    ...byName.keys(),
    ...tenants.flatMap(schema => [...(types.get(schema)?.keys() ?? [])]),
  ])
  const shared = new Map<string, SharedTable>()
  const used: Table[] = []
  const readers = new Set<string>()
  for (const [name, tables] of byName) {
    const copies: Copy[] = tables.map(table => ({ tenant: table.schema, table, place: table.schema }))
    const here = new Set(tables.map(table => table.schema))
    const lacking = tenants.filter(schema => !here.has(schema))
    const elsewhere = lacking.length === 0 ? undefined : sharedCopy(catalog, name, fallThrough)
    if (elsewhere) {
      copies.push(
        ...lacking.map(tenant => ({
          tenant,
          table: standIn(elsewhere, tenant, own),
          place: elsewhere.schema,
        })),
      )
    }
    const table = shareTable(copies as [Copy, ...Copy[]], elsewhere ? [] : lacking, places)
    if (left.has(name)) {
      shared.set(name, { ...table, unfit: new Map(), demands: [], notes: [] })
      continue
    }
    shared.set(name, table)
    used.push(...tables)
    if (elsewhere) {
      used.push(elsewhere)
      for (const tenant of lacking) readers.add(tenant)
    }
  }
  // Of the shared schema's own only those that tenants have too: the others stay what they are.
  const inUse = usedTypes(types, used).filter(({ schema, name }) => moved.has(schema) || own.has(name))
  const named = namedTypes(types, others, inUse)
  return {
    tables: shared,
    types: shareTypes(
      [...inUse, ...named].sort((a, b) => Number(moved.has(b.schema)) - Number(moved.has(a.schema))),
    ),
    readers: [...readers],
  }
}

function placesIn(catalog: Catalog, { fallThrough }: ShareOptions): Places {
  const there = new Set(catalog.tables.map(({ schema, name }) => JSON.stringify([schema, name])))
  const isThere = (schema: string, table: string) => there.has(JSON.stringify([schema, table]))
  return {
    fallThrough,
    isThere,
    schemaOf: (tenant, table) => (isThere(tenant, table) ? tenant : (fallThrough.get(table) ?? tenant)),
  }
}

const sharedCopy = (
  catalog: Catalog,
  name: string,
  fallThrough: ReadonlyMap<string, string>,
): Table | undefined =>
  catalog.tables.find(table => table.name === name && table.schema === fallThrough.get(name))
