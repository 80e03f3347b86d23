/** What was found in one customer's database, and what the file decides → a plan, or everything that stands in its way. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident } from '../../postgres/identifiers.ts'
import type { Roles } from '../../postgres/roles.ts'
import { loadCore } from '../apply/core.ts'
import type { Plan } from '../plan/plan.ts'
import { requireRights } from '../plan/preflight.ts'
import type { ScopeFound } from './inspect.ts'
import { refuseUnowned } from './owners.ts'
import { makeScopePlan, usersSchemaOf } from './planner.ts'
import { refuseScope } from './refusals.ts'
import { resolveScope } from './spec.ts'
import type { ScopeFile } from './specFile.ts'

/**
 * Reads; changes nothing.
 * @throws RowhouseError RH104 (a right is missing), RH112, RH114 (the spec), RH115 (the rows, or what is in the way), RH125
 */
export async function prepareScope(
  client: pg.ClientBase,
  found: ScopeFound,
  decided: ScopeFile,
  roles: Roles,
  path?: string,
): Promise<Plan> {
  const { catalog } = found
  const spec = resolveScope(found, decided, path)
  refuseScope(found, spec)
  await refuseUnowned(client, found, spec, path)
  const core = await loadCore(
    roles,
    { coreSchema: spec.coreSchema, usersSchema: usersSchemaOf(catalog, spec.coreSchema) },
    catalog.server.user,
  )
  // Whether its tables may be changed is a hazard of each table.
  requireRights(catalog, roles, core, new Set())
  const plan = makeScopePlan(found, spec, roles, core)
  await refuseSameLogins(client, plan)
  return plan
}

/** Two people of one address cannot both sign in with it; all of them begin in the default organization. */
async function refuseSameLogins(client: pg.ClientBase, plan: Plan): Promise<void> {
  const { identities } = plan
  const table = plan.tables.find(({ source }) => source === identities?.table)
  if (identities === null || table === undefined) return
  const { rows } = await client.query<{ address: string }>(
    `select ${ident(identities.email)}::text as address from ${ident(table.target.schema)}.${ident(table.target.name)}
where ${ident(identities.email)} <> '' group by ${ident(identities.email)} having count(*) > 1 order by 1 limit 5`,
  )
  if (rows.length === 0) return
  throw new RowhouseError('RH115', {
    message: `addresses belong to several people of ${identities.table}: ${rows.map(({ address }) => address).join(', ')}`,
    hint: 'give each an address of its own, or make no users for now: identities: null in the spec',
  })
}
