/**
 * What a careful DBA would want to know before anything moves. A hazard either blocks (the plan is refused until
 * the spec or the database changes) or is told. Nothing is left behind silently: what is not carried over is listed.
 */
import type { Catalog, Table, UserType } from '../catalog/catalog.ts'
import { naturalKeys } from '../keys/merges.ts'
import { foreignTo } from '../shapes/foreign.ts'
import { withoutSchema } from '../shapes/names.ts'
import { shapeOf } from '../shapes/shape.ts'
import { typesByName } from '../shapes/usedTypes.ts'
import { looksLikePay, looksPrivate, looksSecret } from '../spec/naming.ts'
import type { SpecFile } from '../spec/specFile.ts'
import { type FoundTable, houseSchemas, isFolded } from './classify.ts'
import type { Registry } from './registry.ts'
import { walledSchemas } from './tenants.ts'
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
  tenants: readonly string[],
  tables: readonly FoundTable[],
  registry: Registry | null,
): Hazard[] {
  const schemas = new Set(moved)
  const folded = new Set(tables.filter(isFolded).map(table => table.name))
  const own = catalog.tables.filter(
    table => schemas.has(table.schema) && folded.has(table.name) && !table.partition,
  )
  const types = typesByName(catalog.types)
  const hasBtreeGist = catalog.server.extensions.includes('btree_gist')
  const all = new Set(tenants)
  /** Tables of one shape, whose schemas' types are made of the same. */
  const kindOf = (table: Table) =>
    `${numberOf(made.get(table.schema) ?? '')} ${table.parts ? 'with parts' : ''} ${numberOf(shapeOf(table))}`
  const numberOf = numbering()
  const made = new Map(
    [...types].map(([schema, own]) => [schema, [...own.values()].map(type => madeOf(type)).join('\n')]),
  )
  return [
    ...uniquely(own, moved.length, kindOf, table =>
      unfoldable(table, {
        foreign: foreignTo(table, types.get(table.schema) ?? new Map(), all),
        hasBtreeGist,
      }),
    ),
    ...uniquely(own, moved.length, shapeOf, table => secretColumns(table)),
    ...uniquely(own, moved.length, shapeOf, table => payColumns(table)),
    ...leftBehind(tables),
    ...registryNotes(registry),
  ]
}

/** The same number for the same text: what is put together of long texts would be compared letter by letter. */
function numbering(): (text: string) => number {
  const numbers = new Map<string, number>()
  return text => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
}

/** What the type is made of, wherever it is; labels make no difference. */
const madeOf = ({ name, definition, schema }: UserType) => `${name} ${withoutSchema(definition, schema)}`

/** Each kind is judged once. What not every tenant's table has is those tenants', and leaving them out lifts it. */
function uniquely(
  tables: readonly Table[],
  tenants: number,
  kindOf: (table: Table) => string,
  judge: (table: Table) => readonly Hazard[],
): Hazard[] {
  return [...Map.groupBy(tables, table => table.name).values()].flatMap(copies => {
    const found = new Map<string, { hazard: Hazard; schemas: string[] }>()
    for (const same of Map.groupBy(copies, kindOf).values()) {
      for (const hazard of same[0] ? judge(same[0]) : []) {
        const key = `${hazard.code} ${hazard.object} ${hazard.detail}`
        const known = found.get(key) ?? { hazard, schemas: [] }
        known.schemas.push(...same.map(({ schema }) => schema))
        found.set(key, known)
      }
    }
    return [...found.values()].flatMap(({ hazard, schemas }) =>
      // What stands in the way of all who have the table does not stand in the way of those who have none.
      schemas.length === (hazard.blocks ? tenants : copies.length)
        ? [hazard]
        : schemas.map(tenant => ({
            ...hazard,
            object: hazard.blocks ? `${tenant}.${hazard.object}` : hazard.object,
            tenant,
          })),
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
      unfit.set(tenant, unfit.get(tenant) ?? `${table ?? object}: ${detail}`)
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
const registryNotes = (registry: Registry | null): Hazard[] =>
  registry?.entries.some(entry => entry.schema === registry.schema)
    ? [
        {
          code: 'registry-lists-shared-schema',
          object: registry.table,
          detail: `has a row for "${registry.schema}", the shared schema; it is no tenant`,
          hint: 'nothing to do',
          blocks: false,
        },
      ]
    : []

/**
 * Schemas that are nobody's tenant, and have a tenant's tables: all of them, or some.
 * @param known tenants, and where tables are folded to
 */
export function resembling(
  catalog: Catalog,
  tables: readonly FoundTable[],
  known: readonly string[],
  registry: Registry | null,
): Hazard[] {
  const ours = new Set([...houseSchemas, ...walledSchemas(catalog), registry?.schema ?? 'public', ...known])
  const names = new Set(tables.filter(({ schema }) => schema === null).map(({ name }) => name))
  const inSchema = Map.groupBy(
    catalog.tables.filter(({ schema, partition }) => !ours.has(schema) && !partition),
    ({ schema }) => schema,
  )
  return [...inSchema].flatMap(([schema, own]): Hazard[] => {
    const common = own.filter(({ name }) => names.has(name)).length
    if (common * 2 <= own.length) return []
    const listed =
      registry === null ? 'it was not found among the tenants' : `${registry.table} does not list it`
    const add = registry === null ? 'name it too: discover in the spec' : `add its row to ${registry.table}`
    return [
      {
        code: common === names.size ? 'schema-without-registry' : 'schema-resembles-tenant',
        object: schema,
        detail: `has ${common === names.size ? "a tenant's tables" : `${common} of the ${names.size} tables that tenants have`}, and ${listed}: it would stay behind`,
        hint: `${add}, or drop the schema if it is dead`,
        blocks: false,
      },
    ]
  })
}
