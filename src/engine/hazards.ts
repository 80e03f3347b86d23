/**
 * What a careful DBA would want to know before anything moves. A hazard either blocks (the plan is refused until
 * the spec or the database changes) or is told. Nothing is left behind silently: what is not carried over is listed.
 */
import type { Catalog, Table } from './catalog.ts'
import { type FoundTable, isFolded } from './classify.ts'
import { naturalKeys } from './keys/merges.ts'
import { looksLikePay, looksPrivate, looksSecret } from './naming.ts'
import type { Registry } from './registry.ts'
import { shapeOf } from './shapes/shape.ts'
import type { SpecFile } from './specFile.ts'
import { unfoldable } from './unfoldable.ts'

export type Hazard = {
  readonly code: string
  readonly object: string
  readonly detail: string
  readonly hint: string
  /** True: `plan` refuses as long as this stands. */
  readonly blocks: boolean
  /** True: `accept` in the spec takes it as it is (scope/hazards.ts). */
  readonly acceptable?: true
  /** Whose it is: leaving that tenant or that table out lifts a block. */
  readonly tenant?: string
  readonly table?: string
}

/** What is true of the tables as they are; whether they are alike is shapes/share.ts' matter. Pure. */
export function findHazards(
  catalog: Catalog,
  moved: readonly string[],
  tables: readonly FoundTable[],
  registry: Registry | null,
): Hazard[] {
  const schemas = new Set(moved)
  const folded = new Set(tables.filter(isFolded).map(table => table.name))
  const own = catalog.tables.filter(
    table => schemas.has(table.schema) && folded.has(table.name) && !table.partition,
  )
  const types = Map.groupBy(catalog.types, type => type.schema)
  const hasBtreeGist = catalog.server.extensions.includes('btree_gist')
  return [
    ...uniquely(own, table =>
      unfoldable(table, {
        types: new Set(types.get(table.schema)?.map(({ name }) => name)),
        hasBtreeGist,
      }),
    ),
    ...uniquely(own, table => secretColumns(table)),
    ...uniquely(own, table => payColumns(table)),
    ...leftBehind(tables),
    ...registryNotes(catalog, schemas, registry),
  ]
}

/** Each shape is judged once. What not every tenant's table has is those tenants', and leaving them out lifts it. */
function uniquely(tables: readonly Table[], judge: (table: Table) => readonly Hazard[]): Hazard[] {
  return [...Map.groupBy(tables, table => table.name).values()].flatMap(copies => {
    const found = new Map<string, { hazard: Hazard; schemas: string[] }>()
    for (const same of Map.groupBy(copies, shapeOf).values()) {
      for (const hazard of same[0] ? judge(same[0]) : []) {
        const key = `${hazard.code} ${hazard.object} ${hazard.detail}`
        const known = found.get(key) ?? { hazard, schemas: [] }
        known.schemas.push(...same.map(({ schema }) => schema))
        found.set(key, known)
      }
    }
    return [...found.values()].flatMap(({ hazard, schemas }) =>
      schemas.length === copies.length ? [hazard] : schemas.map(tenant => ({ ...hazard, tenant })),
    )
  })
}

/** Schema → why that tenant alone cannot be moved: a hazard of its own, or rows that it reads in the shared schema. */
export function tenantHazards(
  hazards: readonly Hazard[],
  left: ReadonlySet<string>,
  catalog: Catalog,
  moved: readonly string[],
  tables: readonly FoundTable[],
  decided: SpecFile,
): Map<string, string> {
  const unfit = new Map<string, string>()
  for (const { blocks, tenant, table, object, detail } of hazards) {
    if (blocks && tenant !== undefined && !(table !== undefined && left.has(table))) {
      unfit.set(tenant, unfit.get(tenant) ?? `${object}: ${detail}`)
    }
  }
  const own = new Set(catalog.tables.map(({ schema, name }) => JSON.stringify([schema, name])))
  for (const { name } of tables.filter(({ class: kind }) => kind === 'both')) {
    if (left.has(name) || decided.tables?.[name]?.fall_through !== undefined) continue
    for (const schema of moved.filter(one => !own.has(JSON.stringify([one, name])))) {
      const how = `tables: { ${JSON.stringify(name)}: { fall_through: "copy" } }, or "empty"`
      unfit.set(
        schema,
        unfit.get(schema) ??
          `${name}: lacks it, and so reads the shared schema's; decide in the spec: ${how}`,
      )
    }
  }
  return unfit
}

const secretColumns = (table: Table): Hazard[] =>
  table.columns
    .filter(column => looksSecret(column.name))
    .map(column => ({
      code: 'secret-column',
      object: `${table.name}.${column.name}`,
      detail: 'looks like a secret by its name: it is moved, and the API gets no right on it',
      hint: `if it is none: tables: { ${JSON.stringify(table.name)}: { secret: [] } }`,
      blocks: false,
    }))

const payColumns = (table: Table): Hazard[] =>
  (looksPrivate(table.name) ? [] : table.columns)
    .filter(column => looksLikePay(column.name))
    .map(column => ({
      code: 'pay-column',
      object: `${table.name}.${column.name}`,
      detail: 'looks like what a person earns, in a table that everybody reads: the API gets no right on it',
      hint: `if all may see it: tables: { ${JSON.stringify(table.name)}: { secret: [] } }; if owners and admins may see the table only: { doors: 'private' }`,
      blocks: false,
    }))

const leftBehind = (tables: readonly FoundTable[]): Hazard[] =>
  tables
    .filter(table => table.class === 'framework' && table.tenants > 0)
    .map(table => ({
      code: 'framework-table',
      object: table.name,
      detail: `the framework's own bookkeeping in ${table.tenants} tenants (about ${table.rows} rows); it stays where it is`,
      hint: naturalKeys.has(table.name)
        ? `its rows mean the same for all tenants; to merge them: tables: { ${JSON.stringify(table.name)}: { to: "…", merge: ${JSON.stringify(naturalKeys.get(table.name))} } }`
        : `to move it too: tables: { ${JSON.stringify(table.name)}: { to: "…" } }`,
      blocks: false,
    }))

/** Where registry and reality disagree without harm. */
function registryNotes(catalog: Catalog, tenants: ReadonlySet<string>, registry: Registry | null): Hazard[] {
  if (registry === null) return []
  const hazards: Hazard[] = []
  if (registry.entries.some(entry => entry.schema === registry.schema)) {
    hazards.push({
      code: 'registry-lists-shared-schema',
      object: registry.table,
      detail: `has a row for "${registry.schema}", the shared schema; it is no tenant`,
      hint: 'nothing to do',
      blocks: false,
    })
  }
  const names = (schema: string) =>
    catalog.tables.filter(table => table.schema === schema).map(table => table.name)
  const model = [...tenants][0]
  const shape = model === undefined ? '' : JSON.stringify(names(model))
  for (const schema of catalog.schemas) {
    if (tenants.has(schema) || schema === registry.schema || JSON.stringify(names(schema)) !== shape) continue
    hazards.push({
      code: 'schema-without-registry',
      object: schema,
      detail: `has a tenant's tables, and ${registry.table} does not list it: it would stay behind`,
      hint: `add its row to ${registry.table}, or drop the schema if it is dead`,
      blocks: false,
    })
  }
  return hazards
}
