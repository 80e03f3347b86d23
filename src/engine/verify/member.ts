/**
 * To ask as a tenant would: a member of an organization, with a sealed context. The member exists only inside a
 * transaction that is rolled back.
 */
import type pg from 'pg'
import { sealContext } from '../../postgres/context.ts'
import { qualified } from '../../postgres/identifiers.ts'
import type { Organization, Plan } from '../plan/plan.ts'

/**
 * Runs `work` as visitor in the context of an owner of the organization: who may read whatever a tenant can read.
 * @returns null for an organization that is switched off
 */
export async function asMember<T>(
  client: pg.ClientBase,
  plan: Plan,
  { id }: Organization,
  work: () => Promise<T>,
): Promise<T | null> {
  const core = (name: string) => qualified(plan.coreSchema, name)
  await client.query('begin; set local search_path to pg_catalog')
  try {
    const { rows } = await client.query<{ user: string; key: Buffer }>(
      `with member as (
  insert into ${qualified(plan.usersSchema, 'users')} (organization_id, email) select id, null from ${core('organizations')} where id = $1 and is_active
  returning id, organization_id
), membership as (
  insert into ${core('user_organizations')} (organization_id, user_id, role) select organization_id, id, 'owner' from member
)
select id as user, app_private.context_key() as key from member`,
      [id],
    )
    const [member] = rows
    if (member === undefined) return null
    const expires = String(Math.floor(Date.now() / 1000) + 3600)
    const { seal } = sealContext(member.key, { userId: member.user, organizationId: id, expires })
    await client.query(`set local role ${plan.roles.visitor}; set local row_security to on`)
    await client.query('select app_hidden.enter_context($1, $2, $3, $4)', [member.user, id, expires, seal])
    return await work()
  } finally {
    await client.query('rollback').catch(() => {})
  }
}
