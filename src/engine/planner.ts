/**
 * (Catalog, Spec, Core) → Plan: an ordered list of operations, pure data. The same input gives the same bytes.
 * What may fail here: something stands in the way of folding (RH115), or it was done before (RH125).
 */
import { qualified } from '../postgres/identifiers.ts'
import type { Roles } from '../postgres/roles.ts'
import { baseline } from './baseline.ts'
import type { Catalog, Table } from './catalog.ts'
import type { Core } from './core.ts'
import type { Found } from './inspect.ts'
import { organizationId } from './naming.ts'
import { makeOperations } from './operationsOf.ts'
import type { Plan } from './plan.ts'
import { hasCore, refuseExistingTargets, refuseHazards, refuseTakenSchemas } from './refusals.ts'
import { digest, shapeOf } from './shapes/shape.ts'
import { plannedTypes } from './shapes/sharedTypes.ts'
import type { SourceAddress } from './source.ts'
import { movedTenants, type Spec } from './spec.ts'
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
  const { tables, rename, typeName } = plannedTables(found, spec)
  const models: ReadonlyMap<string, Table> = new Map(
    [...shared.tables].map(([name, { model }]) => [name, model]),
  )
  refuseExistingTargets(target, tables)
  refuseTakenSchemas(target, other === null ? spec : { ...spec, tenants: [] })

  const draft = {
    version: 1 as const,
    kind: spec.kind,
    fingerprint: fingerprintOf(catalog, { organizations, tables }),
    roles,
    coreSchema: spec.coreSchema,
    targetSchema: spec.targetSchema,
    scopeColumn: spec.scopeColumn,
    workspace: spec.workspace,
    keepOldFor: spec.keepOldFor,
    source: other?.source ?? null,
    discover: spec.discover,
    organizations,
    types: plannedTypes(shared.types, spec.targetSchema, typeName, rename),
    tables,
    identities: spec.identities,
    left: spec.tables.filter(({ target }) => target === null).map(({ source }) => source),
    skipped: spec.tenants.filter(({ skip }) => skip).map(({ schema }) => schema),
    blocked: spec.blocked,
    typical: typicalQueries(tables, models),
  }
  const targetSchemas = [...new Set([...draft.types, ...tables].map(({ target }) => target.schema))]
  const handOver = baseline({ ...draft, targetSchemas }, core.migrations.at(-1))
  const operations = makeOperations(draft, catalog, core, {
    targetSchemas,
    handOver,
    isFresh: !hasCore(target),
    existing: target.schemas,
  })
  return Object.freeze({ id: digest({ ...draft, operations }), ...draft, operations })
}

function plannedTables(
  { inspection, shared }: Found,
  spec: Spec,
): { tables: PlannedTable[]; rename: (object: string) => string; typeName: (type: string) => string } {
  const folded = spec.tables.filter(table => table.target !== null)
  const targets = new Map(folded.map(table => [table.source, table.target as TableName]))
  const rows = new Map(
    inspection.tables.filter(({ schema }) => schema === null).map(table => [table.name, table.rows]),
  )
  const taken = new Map<string, Set<string>>()
  for (const { schema, name } of targets.values())
    taken.set(schema, (taken.get(schema) ?? new Set()).add(name))
  // A table brings a type of its own name.
  const inTarget = new Set(taken.get(spec.targetSchema))
  const typeName = (type: string) => (inTarget.has(type) ? `${type}_type` : type)
  const rename = (object: string) => qualified(spec.targetSchema, typeName(object))
  const context = {
    scopeColumn: spec.scopeColumn,
    targets,
    taken,
    rename,
    orphans: shared.orphans,
    organizations: { schema: spec.coreSchema, name: 'organizations' },
  }
  const tables = folded.flatMap(decision => {
    const { source, target } = decision
    const table = shared.tables.get(source)
    return table && target ? [targetTable(table, target, decision, rows.get(source) ?? 0, context)] : []
  })
  return { tables, rename, typeName }
}

/** What a plan is made from; the same computation just before applying tells whether it still holds. */
export function fingerprintOf(
  catalog: Catalog,
  { organizations, tables }: Pick<Plan, 'organizations' | 'tables'>,
): string {
  const schemas = new Set(organizations.map(organization => organization.schema))
  const names = new Set(tables.map(table => table.source))
  /** Tables of the shared schema that some tenant reads. */
  const elsewhere = new Set(
    tables.flatMap(({ source, readings }) =>
      Object.values(readings).flatMap(({ schema }) => (schema === undefined ? [] : [`${schema}.${source}`])),
    ),
  )
  return digest([
    catalog.tables
      .filter(
        ({ schema, name }) => (schemas.has(schema) && names.has(name)) || elsewhere.has(`${schema}.${name}`),
      )
      .map(table => [table.schema, table.name, shapeOf(table)]),
    catalog.types
      .filter(type => schemas.has(type.schema))
      .map(({ schema, name, labels, definition }) => [schema, name, labels, definition]),
  ])
}
