/**
 * People who can sign in, kept in step with the old user table while that goes on living: whoever is new gets a user,
 * and whose row went to another organization goes along. A user's id does not depend on the organization, so it stays.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { defaultOrganization } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'

/** `after`: the phase that it ends. */
export type SyncIdentities = { readonly kind: 'sync_identities'; readonly after: string }

export const syncIdentities: OperationType<SyncIdentities> = Object.freeze({
  describe: (op, plan) => `bring users in step with ${nameOf(peopleOf(plan))} (${op.after})`,
  object: (_op, plan) => qualified(plan.usersSchema, 'users'),
  up: (_op, plan) => {
    const from = identitiesOf(plan)
    const column = (name: string) => `old.${ident(name)}`
    const scope = column(plan.scopeColumn)
    const [users, memberships, links] = coreOf(plan)
    const key = `concat_ws(',', ${peopleOf(plan).key.map(column).join(', ')})`
    const user = `app_private.stable_uuid(${literal(defaultOrganization(plan))}, ${literal(`${from.table}/`)} || ${key})`
    const name =
      from.name.length > 0
        ? `concat_ws(' ', ${from.name.map(part => `nullif(${column(part)}, '')`).join(', ')})`
        : `''`
    const active = from.active === null ? 'true' : `coalesce(${column(from.active)}, false)`
    const roles = [
      ...(from.owner === null ? [] : [`when ${column(from.owner)} then 'owner'`]),
      ...(from.admin === null ? [] : [`when ${column(from.admin)} then 'admin'`]),
    ]
    const rows = `from ${nameOf(peopleOf(plan))} old`
    const elsewhere = (alias: string) =>
      `where exists (select ${rows} where ${user} = ${alias}.user_id and ${scope} <> ${alias}.organization_id)`
    const gone = `(select l.user_id from ${links} l where not exists (select ${rows} where ${user} = l.user_id))`
    return [
      // People sign up between one statement and the next.
      'set transaction isolation level repeatable read',
      // Who is no longer there cannot sign in any more, and his address is somebody else's.
      `delete from app_private.operators where user_id in ${gone}`,
      `delete from app_private.user_secrets where user_id in ${gone}`,
      `delete from ${memberships} where user_id in ${gone}`,
      `with gone as (delete from ${links} where user_id in ${gone} returning user_id)
delete from ${users} where id in (select user_id from gone)`,
      // Where somebody has gone from, nothing of him stays.
      `delete from ${links} l ${elsewhere('l')}`,
      `delete from ${memberships} m ${elsewhere('m')}`,
      `delete from app_private.user_secrets s ${elsewhere('s')}`,
      // Two may have exchanged their addresses.
      `update ${users} u set email = null ${rows} where ${user} = u.id and u.email <> ${column(from.email)}`,
      `insert into ${users} as u (id, organization_id, email, name, is_active, created_at)
select ${user}, ${scope}, nullif(${column(from.email)}, ''), ${name}, true, ${from.since === null ? 'now()' : `coalesce(${column(from.since)}, now())`}
${rows}
on conflict (id) do update set organization_id = excluded.organization_id, email = excluded.email, name = excluded.name
where (u.organization_id, u.email, u.name) is distinct from (excluded.organization_id, excluded.email, excluded.name)`,
      // Until the last phase it is in the old table that people are let in, promoted and switched off.
      `insert into ${memberships} as m (organization_id, user_id, role, is_active)
select ${scope}, ${user}, ${roles.length > 0 ? `case ${roles.join(' ')} else 'member' end` : `'member'`}, ${active}
${rows}
on conflict (organization_id, user_id) do update set role = excluded.role, is_active = excluded.is_active
where (m.role, m.is_active) is distinct from (excluded.role, excluded.is_active)`,
      `insert into ${links} (organization_id, legacy_id, user_id)
select ${scope}, ${key}, ${user} ${rows}
on conflict (organization_id, legacy_id) do nothing`,
      ...(from.password === null
        ? []
        : [
            `insert into app_private.user_secrets as s (organization_id, user_id, password_hash)
select ${scope}, ${user}, ${column(from.password)} ${rows} where ${column(from.password)} <> ''
on conflict (organization_id, user_id) do update set password_hash = excluded.password_hash, updated_at = now()
where s.password_hash <> excluded.password_hash`,
            `delete from app_private.user_secrets s where exists (
  select ${rows} where ${user} = s.user_id and coalesce(${column(from.password)}, '') = ''
)`,
          ]),
      ...(from.operator === null
        ? []
        : [
            `insert into app_private.operators (user_id)
select ${user} ${rows} where ${column(from.operator)}
on conflict do nothing`,
            `delete from app_private.operators o where exists (
  select ${rows} where ${user} = o.user_id and ${column(from.operator)} is not true
)`,
          ]),
    ]
  },
  // Only the first makes what goes: the others follow the rows, wherever they are.
  down: (op, plan) => {
    if (op.after !== 'expand') return []
    const [users, memberships, links] = coreOf(plan)
    const ours = `(select user_id from ${links})`
    return [
      `delete from app_private.operators where user_id in ${ours}`,
      `delete from app_private.user_secrets where user_id in ${ours}`,
      `delete from ${memberships} where user_id in ${ours}`,
      `with gone as (delete from ${links} returning user_id) delete from ${users} where id in (select user_id from gone)`,
    ]
  },
  verify: (op, plan) =>
    op.after === 'expand'
      ? `select ${literal(`a row of ${nameOf(peopleOf(plan))} has no user in its organization: rowhouse apply --phase enforce brings them in step`)}
where exists (
  select from ${nameOf(peopleOf(plan))} old where not exists (
    select from ${coreOf(plan)[2]} l
    where l.organization_id = old.${ident(plan.scopeColumn)} and l.legacy_id = concat_ws(',', ${peopleOf(plan)
      .key.map(name => `old.${ident(name)}`)
      .join(', ')})
  )
)`
      : null,
  lock: 'row locks on users, user_organizations, legacy_identities, user_secrets',
})

function identitiesOf(plan: Plan) {
  if (plan.identities === null) throw new Error('the plan makes no users')
  return plan.identities
}

const peopleOf = (plan: Plan) => tableOf(plan, identitiesOf(plan).table)

const coreOf = (plan: Plan) =>
  [
    qualified(plan.usersSchema, 'users'),
    qualified(plan.coreSchema, 'user_organizations'),
    qualified(plan.coreSchema, 'legacy_identities'),
  ] as const
