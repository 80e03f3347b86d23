/** What there is to do in a database: a new plan, the rest of one that was interrupted, or nothing. */
import type pg from 'pg'
import { RowhouseError } from '../errors.ts'
import type { Roles } from '../postgres/roles.ts'
import { refuseFilledTargets } from './adopt/adoptTargets.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { loadCore } from './core.ts'
import { type AnyFound, inspectAny, isScopeFound, scopeFileOf } from './inspectAny.ts'
import type { Plan } from './plan.ts'
import { fingerprintOf, makePlan } from './planner.ts'
import { refuseDuplicateLogins, requireRights } from './preflight.ts'
import { fingerprintOfScoped } from './scope/drift.ts'
import { prepareScope } from './scope/prepare.ts'
import { movedTenants, resolveSpec } from './spec.ts'
import type { AnySpecFile, SpecFile } from './specFile.ts'
import { type PlanRecord, readState } from './state.ts'

export type Prepared =
  | { readonly stage: 'new'; readonly plan: Plan; readonly found: AnyFound }
  | { readonly stage: 'unfinished' | 'applied'; readonly plan: Plan; readonly record: PlanRecord }

/**
 * Reads; changes nothing. An unfinished plan is continued as it was made, whatever the spec file says by now.
 * @throws RowhouseError as inspect, resolveSpec, makePlan do, and RH104, RH120
 */
export async function prepare(
  client: pg.ClientBase,
  decided: AnySpecFile,
  roles: Roles,
  path?: string,
): Promise<Prepared> {
  const record = await readState(client)
  if (record !== null) {
    if (record.cancellingAt !== null) {
      throw new RowhouseError('RH124', {
        message: `cancelling plan ${record.id} was begun and is not done`,
        hint: 'finish it: rowhouse cancel',
      })
    }
    const { plan, catalog } = await recorded(client, record)
    if (record.appliedAt === null) refuseDrift(catalog, plan)
    return { stage: record.appliedAt === null ? 'unfinished' : 'applied', plan, record }
  }
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
  requireRights(found.catalog, roles, core, new Set(movedTenants(spec).map(t => t.schema)))
  const plan = makePlan(found, spec, roles, core)
  await refuseFilledTargets(client, plan)
  await refuseDuplicateLogins(client, plan)
  return { stage: 'new', plan, found }
}

/** A plan as the database keeps it, whole again: the core's SQL stays in the files it came from. */
export async function recorded(
  client: pg.ClientBase,
  { plan }: PlanRecord,
): Promise<{ plan: Plan; catalog: Catalog }> {
  const catalog = await readCatalog(client)
  const core = await loadCore(plan.roles, plan, catalog.server.user)
  const operations = plan.operations.map(operation =>
    operation.kind === 'install_core' ? { ...operation, ...core } : operation,
  )
  return { plan: { ...plan, operations }, catalog }
}

/** Source tables that changed since the plan was made would be copied wrongly, or not at all. */
export function refuseDrift(catalog: Catalog, plan: Plan): void {
  const now =
    plan.kind === 'single' ? fingerprintOfScoped(catalog, plan.tables) : fingerprintOf(catalog, plan)
  if (now === plan.fingerprint) return
  throw new RowhouseError('RH120', {
    message: `the source tables of database "${catalog.server.database}" changed since plan ${plan.id} was made`,
    hint: 'undo what was begun and plan anew: rowhouse cancel',
  })
}
