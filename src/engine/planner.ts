/**
 * (Catalog, Spec, Core) → Plan: an ordered list of operations, pure data. The same input gives the same bytes.
 * What may fail here: something stands in the way of folding (RH115), or it was done before (RH125).
 */
import type { Roles } from '../postgres/roles.ts'
import { baseline } from './baseline.ts'
import type { Catalog, Table } from './catalog.ts'
import type { Core } from './core.ts'
import type { Found } from './inspect.ts'
import { organizationId } from './naming.ts'
import type { Operation } from './operations/index.ts'
import type { Plan } from './plan.ts'
import { hasCore, refuseExistingTargets, refuseHazards, refuseTakenSchemas } from './refusals.ts'
import { digest, shapeOf } from './shape.ts'
import { modelTables, movedTenants, type Spec } from './spec.ts'
import { type PlannedTable, type TableName, targetTable } from './targetTable.ts'
import { typicalQueries } from './typical.ts'

/** @throws RowhouseError RH115, RH125 */
export function makePlan(found: Found, spec: Spec, roles: Roles, core: Core): Plan {
  const { catalog, inspection } = found
  refuseHazards(found, spec)
  const organizations = movedTenants(spec).map(({ schema, name, slug, domains }) => ({
    id: organizationId(inspection.registry?.table ?? 'shape', schema),
    schema,
    name,
    slug,
    domains,
  }))
  const models = foldedModels(found, spec)
  const tables = plannedTables(found, spec, models)
  refuseExistingTargets(found, tables)
  refuseTakenSchemas(catalog, spec)

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
    organizations,
    tables,
    identities: spec.identities,
    left: spec.tables.filter(({ target }) => target === null).map(({ source }) => source),
    skipped: spec.tenants.filter(({ skip }) => skip).map(({ schema }) => schema),
    typical: typicalQueries(tables, models),
  }
  const targetSchemas = [...new Set(tables.map(table => table.target.schema))]
  const last = core.migrations.at(-1)
  const handOver = baseline({ ...draft, targetSchemas }, last)
  const operations: Operation[] = [
    {
      kind: 'install_core',
      fresh: !hasCore(catalog),
      roles: core.roles,
      migrations: core.migrations,
      uninstall: core.uninstall,
    },
    ...targetSchemas.map(schema => ({
      kind: 'create_schema' as const,
      schema,
      existed: catalog.schemas.includes(schema),
    })),
    { kind: 'create_organizations' },
    // Before the copying: what is measured is the old database, at rest.
    ...organizations.map(({ schema }) => ({ kind: 'record_baseline' as const, organization: schema })),
    ...tables.map(table => ({ kind: 'create_table' as const, table: table.source })),
    // The largest table first; within it one organization after the other, so that an organization's rows lie together.
    ...[...tables]
      .sort((a, b) => b.rows - a.rows || a.source.localeCompare(b.source))
      .flatMap(table =>
        organizations.map(({ schema }) => ({
          kind: 'copy_rows' as const,
          table: table.source,
          organization: schema,
        })),
      ),
    ...tables.flatMap(table =>
      table.keys.map(({ name }) => ({ kind: 'add_constraint' as const, table: table.source, name })),
    ),
    ...tables.flatMap(table =>
      table.indexes.map(({ name }) => ({ kind: 'create_index' as const, table: table.source, name })),
    ),
    ...tables.flatMap(table =>
      table.foreignKeys.map(({ name }) => ({ kind: 'add_foreign_key' as const, table: table.source, name })),
    ),
    ...tables.flatMap(table =>
      table.foreignKeys.map(({ name }) => ({
        kind: 'validate_foreign_key' as const,
        table: table.source,
        name,
      })),
    ),
    ...tables.flatMap(table =>
      table.numbered.map(column => ({ kind: 'set_sequence' as const, table: table.source, column })),
    ),
    ...(spec.identities === null
      ? []
      : organizations.map(({ schema }) => ({ kind: 'create_identities' as const, organization: schema }))),
    ...tables.map(table => ({ kind: 'protect_table' as const, table: table.source })),
    {
      kind: 'hand_over',
      filename: handOver.filename,
      hash: handOver.hash,
      previousHash: handOver.previousHash,
    },
    { kind: 'finish' },
  ]
  return Object.freeze({ id: digest({ ...draft, operations }), ...draft, operations })
}

/** The old tables by name, as the first tenant that is folded has them; comments only where all say the same. */
function foldedModels({ catalog }: Found, spec: Spec): Map<string, Table> {
  const schemas = new Set(movedTenants(spec).map(({ schema }) => schema))
  const copies = Map.groupBy(
    catalog.tables.filter(table => schemas.has(table.schema)),
    table => table.name,
  )
  return new Map(
    [...modelTables(catalog.tables, movedTenants(spec))].map(([name, model]) => [
      name,
      common(model, copies.get(name) ?? []),
    ]),
  )
}

/** One tenant's remarks are not for the others, who read comments as the API's descriptions. */
function common(model: Table, copies: readonly Table[]): Table {
  const same = (of: (table: Table) => string | null | undefined) =>
    copies.every(copy => of(copy) === of(model)) ? (of(model) ?? null) : null
  return {
    ...model,
    comment: same(table => table.comment),
    columns: model.columns.map(column => ({
      ...column,
      comment: same(table => table.columns.find(({ name }) => name === column.name)?.comment),
    })),
  }
}

function plannedTables(
  { inspection }: Found,
  spec: Spec,
  models: ReadonlyMap<string, Table>,
): PlannedTable[] {
  const folded = spec.tables.filter(table => table.target !== null)
  const targets = new Map(folded.map(table => [table.source, table.target as TableName]))
  const rows = new Map(inspection.tables.map(table => [table.name, table.rows]))
  const taken = new Map<string, Set<string>>()
  for (const { schema, name } of targets.values())
    taken.set(schema, (taken.get(schema) ?? new Set()).add(name))
  const context = {
    scopeColumn: spec.scopeColumn,
    targets,
    taken,
    organizations: { schema: spec.coreSchema, name: 'organizations' },
  }
  return folded.flatMap(decision => {
    const { source, target } = decision
    const model = models.get(source)
    return model && target ? [targetTable(model, target, decision, rows.get(source) ?? 0, context)] : []
  })
}

/** What a plan is made from; the same computation just before applying tells whether it still holds. */
export function fingerprintOf(
  catalog: Catalog,
  { organizations, tables }: Pick<Plan, 'organizations' | 'tables'>,
): string {
  const schemas = new Set(organizations.map(organization => organization.schema))
  const names = new Set(tables.map(table => table.source))
  return digest(
    catalog.tables
      .filter(table => schemas.has(table.schema) && names.has(table.name))
      .map(table => [table.schema, table.name, shapeOf(table)]),
  )
}
