/**
 * (Catalog, Spec, Core) → Plan: an ordered list of operations, pure data. The same input gives the same bytes.
 * What may fail here: something stands in the way of folding (RH115), or it was done before (RH125).
 */
import { qualified } from '../../postgres/identifiers.ts'
import type { Roles } from '../../postgres/roles.ts'
import { adoptTargets } from '../adopt/adoptTargets.ts'
import { baseline } from '../apply/baseline.ts'
import type { Core } from '../apply/core.ts'
import type { Catalog, Table } from '../catalog/catalog.ts'
import { nameIn } from '../code/groups.ts'
import { type PlannedCode, planCode } from '../code/planned.ts'
import type { Found } from '../inspect/inspect.ts'
import { digest, digestOfLists, shapeOf } from '../shapes/shape.ts'
import { plannedTypes } from '../shapes/sharedTypes.ts'
import { organizationId } from '../spec/naming.ts'
import { movedTenants, type Spec } from '../spec/spec.ts'
import { makeOperations } from './operationsOf.ts'
import { carriedOver, type Plan, schemasOf } from './plan.ts'
import { hasCore, refuseHazards, refuseNewIds, refuseTakenSchemas } from './refusals.ts'
import type { SourceAddress } from './source.ts'
import { type PlannedTable, type TableName, targetTable } from './targetTable.ts'
import { typicalQueries } from './typical.ts'

/** Where the tables go, when that is another server, and where they come from. */
export type OtherServer = { readonly target: Catalog; readonly source: SourceAddress }

/** @throws RowhouseError RH115, RH125 */
export function makePlan(
  found: Found,
  spec: Spec,
  roles: Roles,
  core: Core,
  other: OtherServer | null = null,
): Plan {
  const { catalog, inspection, shared } = found
  const target = other?.target ?? catalog
  refuseHazards(found, spec)
  const organizations = movedTenants(spec).map(({ schema, name, slug, domains }) => ({
    id: organizationId(inspection.registry?.table ?? 'shape', schema),
    schema,
    name,
    slug,
    domains,
  }))
  const { rename, typeName, ...planned } = plannedTables(found, target, spec)
  const { tables, types, functions, views, triggers } = adoptTargets(
    {
      tables: planned.tables,
      ...planned.code,
      types: plannedTypes(shared.types, spec.targetSchema, typeName, rename),
    },
    target,
    spec.scopeColumn,
  )
  const code = { functions, views, triggers }
  const models: ReadonlyMap<string, Table> = new Map(
    [...shared.tables].map(([name, { model }]) => [name, model]),
  )
  if (other !== null) refuseNewIds(found, tables)
  refuseTakenSchemas(target, other === null ? spec : { ...spec, tenants: [] })

  const draft = {
    version: 1 as const,
    kind: spec.kind,
    fingerprint: fingerprintOf(catalog, { organizations, tables, ...code }),
    roles,
    coreSchema: spec.coreSchema,
    usersSchema: spec.coreSchema,
    targetSchema: spec.targetSchema,
    scopeColumn: spec.scopeColumn,
    workspace: spec.workspace,
    keepOldFor: spec.keepOldFor,
    source: other?.source ?? null,
    discover: spec.discover,
    organizations,
    types,
    tables,
    ...code,
    identities: spec.identities,
    left: spec.tables.filter(({ target }) => target === null).map(({ source }) => source),
    skipped: spec.tenants.filter(({ skip }) => skip).map(({ schema }) => schema),
    blocked: spec.blocked,
    // A merged table's rows are not one tenant's, and have no old answer.
    typical: typicalQueries(
      tables.filter(({ merge }) => merge === null),
      models,
    ),
    scoping: null,
  }
  const targetSchemas = schemasOf(draft)
  const handOver = baseline({ ...draft, targetSchemas }, core.migrations.at(-1))
  const operations = makeOperations(draft, catalog, core, {
    targetSchemas,
    handOver,
    isFresh: !hasCore(target),
    target,
    keys: spec.keys,
  })
  return Object.freeze({ id: digest({ ...draft, operations }), ...draft, operations })
}

function plannedTables(
  { inspection, shared }: Found,
  target: Catalog,
  spec: Spec,
): {
  tables: PlannedTable[]
  rename: (object: string) => string
  typeName: (type: string) => string
  code: PlannedCode
} {
  const folded = spec.tables.filter(table => table.target !== null)
  const targets = new Map(folded.map(table => [table.source, table.target as TableName]))
  const rows = new Map(
    inspection.tables.filter(({ schema }) => schema === null).map(table => [table.name, table.rows]),
  )
  const taken = takenNames(target, targets)
  for (const { schema, name } of targets.values())
    taken.set(schema, (taken.get(schema) ?? new Set()).add(name))
  // A table brings a type of its own name.
  const inTarget = new Set(
    [...targets.values()].flatMap(({ schema, name }) => (schema === spec.targetSchema ? [name] : [])),
  )
  const typeName = (type: string) => (inTarget.has(type) ? `${type}_type` : type)
  const routines = new Set(shared.code.functions.map(({ one }) => one.about.routine))
  const isRoutine = (object: string) => routines.has(object) && !shared.types.types.has(object)
  const rename = (object: string) =>
    qualified(spec.targetSchema, isRoutine(object) ? object : typeName(object))
  const context = {
    scopeColumn: spec.scopeColumn,
    targets,
    taken,
    rename,
    orphans: shared.orphans,
    compressions: target.server.compressions,
    keys: spec.keys,
    organizations: { schema: spec.coreSchema, name: 'organizations' },
  }
  const tables = folded.flatMap(decision => {
    const { source, target } = decision
    const table = shared.tables.get(source)
    return table && target ? [targetTable(table, target, decision, rows.get(source) ?? 0, context)] : []
  })
  const secrets = new Map(spec.tables.map(({ source, secret }) => [source, new Set(secret)]))
  const code = planCode(shared.code, {
    targetSchema: spec.targetSchema,
    scopeColumn: spec.scopeColumn,
    organizations: context.organizations,
    tables: targets,
    rename,
    taken: taken.get(spec.targetSchema) ?? new Set(),
    isSecret: (table, column) => secrets.get(table)?.has(column) ?? false,
  })
  return { tables, rename, typeName, code }
}

/** By target schema: names of relations and of constraints that are there, but for the targets themselves. */
function takenNames(
  { tables, others }: Catalog,
  targets: ReadonlyMap<string, TableName>,
): Map<string, Set<string>> {
  const taken = new Map([...targets.values()].map(({ schema }) => [schema, new Set<string>()]))
  for (const { schema, name, constraints, indexes } of tables) {
    const names = taken.get(schema)
    for (const one of names ? [{ name }, ...constraints, ...indexes] : []) names?.add(one.name)
  }
  for (const { schema, name, kind } of others) if (/view$|sequence/.test(kind)) taken.get(schema)?.add(name)
  return taken
}

/** What a plan is made from; the same computation just before applying tells whether it still holds. */
export function fingerprintOf(
  catalog: Catalog,
  { organizations, tables, ...code }: Pick<Plan, 'organizations' | 'tables' | keyof PlannedCode>,
): string {
  const schemas = new Set(organizations.map(organization => organization.schema))
  const names = new Set(tables.map(table => table.source))
  const carried = carriedOver(code)
  /** Tables of the shared schema that some tenant reads. */
  const elsewhere = new Set(
    tables.flatMap(({ source, readings }) =>
      Object.values(readings).flatMap(({ schema }) => (schema === undefined ? [] : [`${schema}.${source}`])),
    ),
  )
  return digestOfLists(
    catalog.tables
      .filter(
        ({ schema, name }) => (schemas.has(schema) && names.has(name)) || elsewhere.has(`${schema}.${name}`),
      )
      .map(table => () => [table.schema, table.name, shapeOf(table)]),
    catalog.types
      .filter(type => schemas.has(type.schema))
      .map(({ schema, name, labels, definition }) => () => [schema, name, labels, definition]),
    catalog.others
      .filter(other => schemas.has(other.schema) && carried.has(`${other.kind} ${nameIn(other)}`))
      .map(({ schema, kind, name, definition }) => () => [schema, kind, name, definition]),
  )
}
