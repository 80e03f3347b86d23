/** (found, spec) → the plan that scopes a customer's database in place, phase by phase. Pure; the same input gives the same bytes. */
import { qualified } from '../../postgres/identifiers.ts'
import type { Roles } from '../../postgres/roles.ts'
import type { Core } from '../apply/core.ts'
import type { Catalog, Table } from '../catalog/catalog.ts'
import { houseSchemas } from '../inspect/classify.ts'
import type { Plan } from '../plan/plan.ts'
import { hasCore } from '../plan/refusals.ts'
import { digest } from '../shapes/shape.ts'
import { organizationId } from '../spec/naming.ts'
import { scopeBaseline } from './baseline.ts'
import { fingerprintOfScoped } from './drift.ts'
import { isReplaced, keyText, placeOf } from './keys.ts'
import { scopeOperations } from './operations.ts'
import type { Rule, Scoping } from './plan.ts'
import type { ScopeSpec } from './spec.ts'
import { scopedTable } from './tables.ts'

/** What the planner needs of an inspection. */
export type ScopeSource = {
  readonly catalog: Catalog
  readonly inspection: {
    readonly database: string
    readonly tables: readonly {
      readonly source: string
      readonly owner: string
    }[]
    readonly roles: readonly string[]
  }
}

/** Where the core's `users` go: beside the rest, unless a table of that name is there. */
export const usersSchemaOf = (catalog: Catalog, coreSchema: string): string =>
  !hasCore(catalog) && catalog.tables.some(({ schema, name }) => schema === coreSchema && name === 'users')
    ? 'app_public'
    : coreSchema

export function makeScopePlan(found: ScopeSource, spec: ScopeSpec, roles: Roles, core: Core): Plan {
  const { catalog, inspection } = found
  const models = new Map(catalog.tables.map(table => [placeOf(table), table]))
  const chosen = spec.tables.filter(({ scoped }) => scoped)
  const scoped = new Map(
    chosen.flatMap(decision => {
      const model = models.get(placeOf(decision))
      return model === undefined ? [] : [[placeOf(decision), model] as const]
    }),
  )
  const taken = new Map<string, Set<string>>()
  for (const { schema, name, indexes, constraints } of catalog.tables) {
    const names = taken.get(schema) ?? new Set()
    taken.set(schema, names)
    for (const one of [name, ...indexes.map(index => index.name), ...constraints.map(rule => rule.name)])
      names.add(one)
  }
  const leaning = Map.groupBy(
    catalog.tables.flatMap(table =>
      table.constraints.filter(
        constraint => !scoped.has(placeOf(table)) || !isReplaced(constraint, { spec, scoped }),
      ),
    ),
    ({ references: to }) => (to === null ? '' : placeOf({ schema: to.schema, name: to.table })),
  )
  const leantOn = (table: Table) =>
    new Set(leaning.get(placeOf(table))?.map(({ references: to }) => keyText(to?.columns ?? [])))
  const usersSchema = usersSchemaOf(catalog, spec.coreSchema)
  const made = chosen.flatMap(decision => {
    const model = scoped.get(placeOf(decision))
    if (model === undefined) return []
    return [{ decision, ...scopedTable(model, decision, { spec, usersSchema, scoped, taken, leantOn }) }]
  })
  const known = new Map(inspection.tables.map(table => [table.source, table]))
  const scoping: Scoping = {
    defaultOrganization: spec.defaultOrganization.slug,
    values: Object.fromEntries(spec.organizations.map(({ slug, match }) => [slug, match])),
    tables: made.map(({ decision, replaced }) => ({
      source: decision.source,
      rule: decision.rule,
      owner: known.get(decision.source)?.owner ?? '',
      waits: waitsFor(scoped.get(placeOf(decision)), decision.rule),
      replaced,
    })),
    references: made.flatMap(({ decision: { source, rule } }) =>
      rule?.by === 'parent'
        ? [{ from: source, columns: rule.columns, to: rule.parent, keys: rule.keys }]
        : [],
    ),
    global: catalog.tables
      .filter(table => !scoped.has(placeOf(table)) && !houseSchemas.includes(table.schema))
      .map(({ schema, name }) => qualified(schema, name)),
    // The house's own are on the other side of the wall.
    roles: inspection.roles.filter(role => !Object.values(roles).includes(role)),
  }
  const organizations = [spec.defaultOrganization, ...spec.organizations].map(({ slug, name }) => ({
    id: organizationId('single', slug),
    schema: slug,
    name,
    slug,
    domains: [],
  }))
  const draft = {
    version: 1 as const,
    kind: 'single' as const,
    fingerprint: fingerprintOfScoped(
      catalog,
      made.map(({ table }) => table),
    ),
    roles,
    coreSchema: spec.coreSchema,
    usersSchema,
    targetSchema: made[0]?.table.target.schema ?? 'public',
    scopeColumn: spec.scopeColumn,
    workspace: spec.workspace,
    keepOldFor: '0 days',
    source: null,
    discover: null,
    organizations,
    types: [],
    functions: [],
    views: [],
    triggers: [],
    tables: made.map(({ table }) => table),
    identities: spec.identities,
    left: [],
    skipped: [],
    blocked: [],
    typical: [],
    scoping,
  }
  const handOver = scopeBaseline(draft, catalog, core.migrations.at(-1))
  const operations = scopeOperations(draft, catalog, core, handOver, !hasCore(catalog))
  return Object.freeze({ id: digest({ ...draft, operations }), ...draft, operations })
}

/** Whether Postgres locks the parent anyhow, in the statement that writes the row. */
const waitsFor = (table: Table | undefined, rule: Rule | null): boolean =>
  rule?.by === 'parent' &&
  table !== undefined &&
  table.constraints.some(
    ({ type, columns, deferrable }) =>
      type === 'foreign' && !deferrable && JSON.stringify(columns) === JSON.stringify(rule.columns),
  )
