/** What there is to do in a database: a new plan, the rest of one that was interrupted, or nothing. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import type { Roles } from '../../postgres/roles.ts'
import { refuseFilledTargets } from '../adopt/adoptTargets.ts'
import { loadCore } from '../apply/core.ts'
import { type PlanRecord, readState } from '../apply/state.ts'
import { oldestSource, readCatalog } from '../catalog/catalog.ts'
import { type Found, inspect } from '../inspect/inspect.ts'
import { type AnyFound, inspectAny, isScopeFound, scopeFileOf } from '../inspect/inspectAny.ts'
import { fingerprintOfScoped } from '../scope/drift.ts'
import { prepareScope } from '../scope/prepare.ts'
import { movedTenants, resolveSpec, type Spec } from '../spec/spec.ts'
import type { AnySpecFile, SpecFile } from '../spec/specFile.ts'
import { requireNeeds } from './needs.ts'
import type { Plan } from './plan.ts'
import { fingerprintOf, makePlan } from './planner.ts'
import { refuseDuplicateLogins, requireReadable, requireRights } from './preflight.ts'
import { refuseScope, requireSource, type Source } from './source.ts'
import { isAsPlanned, readStamps, type Stamps, stampOf } from './stamps.ts'

export type Prepared =
  | { readonly stage: 'new'; readonly plan: Plan; readonly found: AnyFound }
  | { readonly stage: 'unfinished' | 'applied'; readonly plan: Plan; readonly record: PlanRecord }

/**
 * Reads; changes nothing. An unfinished plan is continued as it was made, whatever the spec file says by now.
 * @param source another server that the tenants are on; null: they are here
 * @throws RowhouseError as inspect, resolveSpec, makePlan do, and RH104, RH117, RH118, RH120
 */
export async function prepare(
  client: pg.ClientBase,
  decided: AnySpecFile,
  roles: Roles,
  path?: string,
  source: Source | null = null,
): Promise<Prepared> {
  const record = await readState(client)
  if (record !== null) {
    if (record.cancellingAt !== null) {
      throw new RowhouseError('RH124', {
        message: `cancelling plan ${record.id} was begun and is not done`,
        hint: 'finish it: rowhouse cancel',
      })
    }
    requireSource(record.plan, source?.address ?? null)
    const plan = await wholePlan(client, record)
    if (record.appliedAt === null) await refuseDrift(source?.client ?? client, plan)
    return { stage: record.appliedAt === null ? 'unfinished' : 'applied', plan, record }
  }
  if (source !== null) return prepareFrom(source, client, decided, roles, path)
  const stamps = await readStamps(client)
  const found = await inspectAny(client, decided, path)
  if (isScopeFound(found)) {
    const plan = await prepareScope(client, found, scopeFileOf(decided), roles, path)
    return { stage: 'new', plan, found }
  }
  const file = decided as SpecFile
  const spec = resolveSpec(found, file, path)
  const core = await loadCore(
    roles,
    { coreSchema: spec.coreSchema, usersSchema: spec.coreSchema },
    found.catalog.server.user,
  )
  requireRights(found.catalog, roles, core, movedSchemas(spec))
  const plan = stamped(makePlan(found, spec, roles, core), found, stamps)
  await refuseFilledTargets(client, plan)
  await refuseDuplicateLogins(client, plan)
  return { stage: 'new', plan, found }
}

/** A new plan whose tenants are on another server: each question is asked of the server that it is about. */
async function prepareFrom(
  source: Source,
  client: pg.ClientBase,
  decided: AnySpecFile,
  roles: Roles,
  path?: string,
): Promise<Prepared> {
  refuseScope(decided)
  const file = decided as SpecFile
  const here = await readCatalog(client)
  const stamps = await readStamps(source.client)
  const found = await inspect(source.client, file, here.server)
  const spec = resolveSpec(found, file, path)
  const core = await loadCore(
    roles,
    { coreSchema: spec.coreSchema, usersSchema: spec.coreSchema },
    here.server.user,
  )
  requireReadable(found.catalog, movedSchemas(spec))
  requireRights(here, roles, core, new Set())
  const plan = stamped(
    makePlan(found, spec, roles, core, { target: here, source: source.address }),
    found,
    stamps,
  )
  await refuseFilledTargets(client, plan)
  await requireNeeds(client, source.client, { here, there: found.catalog, plan })
  await refuseDuplicateLogins(source.client, plan)
  return { stage: 'new', plan, found }
}

const movedSchemas = (spec: Spec) => new Set(movedTenants(spec).map(({ schema }) => schema))

/** A plan as the database keeps it, whole again: the core's SQL stays in the files it came from. */
export async function wholePlan(client: pg.ClientBase, { plan }: Pick<PlanRecord, 'plan'>): Promise<Plan> {
  const { rows } = await client.query<{ login: string }>('select session_user as login')
  const core = await loadCore(plan.roles, plan, rows[0]?.login ?? '')
  const operations = plan.operations.map(operation =>
    operation.kind === 'install_core' ? { ...operation, ...core } : operation,
  )
  return { ...plan, operations }
}

/** Read before the tables were: what changes meanwhile makes another stamp, and is looked for. */
function stamped(plan: Plan, { inspection }: Found, stamps: Stamps): Plan {
  const { schema, table, column } = inspection.registry ?? {}
  const registry =
    schema === undefined || table === undefined || column === undefined
      ? null
      : { schema, table: table.slice(schema.length + 1), column }
  const organizations = new Set(plan.organizations.map(one => one.schema))
  const schemas = [...stamps.keys()].filter(one => !organizations.has(one)).sort()
  const stamp = stampOf(stamps, { ...plan, seen: { schemas } })
  return Object.freeze({ ...plan, seen: { stamp, schemas, registry } })
}

/**
 * Source tables that changed since the plan was made would be copied wrongly, or not at all.
 * @throws RowhouseError RH120
 */
export async function refuseDrift(source: pg.ClientBase, plan: Plan): Promise<void> {
  if (await isAsPlanned(source, plan)) return
  const catalog = await readCatalog(source, plan.source === null ? undefined : oldestSource)
  const now =
    plan.kind === 'single' ? fingerprintOfScoped(catalog, plan.tables) : fingerprintOf(catalog, plan)
  if (now === plan.fingerprint) return
  throw new RowhouseError('RH120', {
    message: `the source tables of database "${catalog.server.database}" changed since plan ${plan.id} was made`,
    hint: 'undo what was begun and plan anew: rowhouse cancel',
  })
}
