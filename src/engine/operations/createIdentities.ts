/**
 * Every row of the old user table becomes a user with a membership, in its own organization: the same e-mail in two
 * tenants is two users, unless the spec merges them. Passwords keep working: the hash moves along, out of the API's reach.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { Identities } from '../spec/identities.ts'
import type { OperationType } from './operation.ts'

export type CreateIdentities = { readonly kind: 'create_identities'; readonly organization: string }

const identitiesOf = (plan: Plan): Identities => {
  if (plan.identities === null) throw new Error('the plan makes no users')
  return plan.identities
}

/** The namespace of people who are one person in several tenants: RFC 9562's nil uuid, for it is nobody's. */
const people = '00000000-0000-0000-0000-000000000000'

export const createIdentities: OperationType<CreateIdentities> = Object.freeze({
  describe: (op, plan) => `make users of ${qualified(op.organization, identitiesOf(plan).table)}`,
  object: (_op, plan) => qualified(plan.usersSchema, 'users'),
  up: (op, plan) => {
    const from = identitiesOf(plan)
    const organization = literal(organizationOf(plan, op.organization).id)
    const table = tableOf(plan, from.table)
    const column = (name: string) => `old.${ident(name)}`
    const key = `concat_ws(',', ${table.key.map(column).join(', ')})`
    const byRow = `app_private.stable_uuid(${organization}, ${literal(`${from.table}/`)} || ${key})`
    // Merged, the e-mail is the person; in capitals or not.
    const byEmail = `app_private.stable_uuid(${literal(people)}, lower(${column(from.email)}))`
    const user = from.merge
      ? `case when ${column(from.email)} <> '' then ${byEmail} else ${byRow} end`
      : byRow
    const once = from.merge ? '\non conflict do nothing' : ''
    const rows = `from ${nameOf(table)} old where old.${ident(plan.scopeColumn)} = ${organization}`
    const name =
      from.name.length > 0
        ? `concat_ws(' ', ${from.name.map(part => `nullif(${column(part)}, '')`).join(', ')})`
        : `''`
    const active = from.active === null ? 'true' : `coalesce(${column(from.active)}, false)`
    const role = [
      ...(from.owner === null ? [] : [`when ${column(from.owner)} then 'owner'`]),
      ...(from.admin === null ? [] : [`when ${column(from.admin)} then 'admin'`]),
    ]
    return [
      `insert into ${qualified(plan.usersSchema, 'users')} (id, organization_id, email, name, is_active, created_at)
select ${user}, ${organization}, nullif(${column(from.email)}, ''), ${name}, true, ${from.since === null ? 'now()' : `coalesce(${column(from.since)}, now())`}
${rows}${once}`,
      `insert into ${qualified(plan.coreSchema, 'user_organizations')} (organization_id, user_id, role, is_active)
select ${organization}, ${user}, ${role.length > 0 ? `case ${role.join(' ')} else 'member' end` : `'member'`}, ${active}
${rows}`,
      `insert into ${qualified(plan.coreSchema, 'legacy_identities')} (organization_id, legacy_id, user_id)
select ${organization}, ${key}, ${user}
${rows}`,
      ...(from.password === null
        ? []
        : [
            `insert into app_private.user_secrets (organization_id, user_id, password_hash)
select ${organization}, ${user}, ${column(from.password)}
${rows} and ${column(from.password)} <> ''`,
          ]),
      ...(from.operator === null
        ? []
        : [
            `insert into app_private.operators (user_id)
select ${user} ${rows} and ${column(from.operator)}${once}`,
          ]),
    ]
  },
  down: (op, plan) => {
    const organization = literal(organizationOf(plan, op.organization).id)
    const users = qualified(plan.usersSchema, 'users')
    const memberships = qualified(plan.coreSchema, 'user_organizations')
    const isLeft = `organization_id = ${organization} and id not in (select user_id from ${memberships})`
    return [
      `delete from ${qualified(plan.coreSchema, 'legacy_identities')} where organization_id = ${organization}`,
      `delete from ${qualified(plan.coreSchema, 'user_organizations')} where organization_id = ${organization}`,
      `delete from app_private.user_secrets where organization_id = ${organization}`,
      `delete from app_private.operators where user_id in (select id from ${users} where ${isLeft})`,
      `delete from ${users} where ${isLeft}`,
    ]
  },
  verify: (op, plan) => {
    const organization = organizationOf(plan, op.organization)
    const table = nameOf(tableOf(plan, identitiesOf(plan).table))
    return `select ${literal(`${organization.slug}: a row of ${table} has no user`)}
where (select count(*) from ${table} where ${ident(plan.scopeColumn)} = ${literal(organization.id)})
  > (select count(*) from ${qualified(plan.coreSchema, 'legacy_identities')} where organization_id = ${literal(organization.id)})`
  },
  lock: 'row locks on users, user_organizations, legacy_identities, user_secrets, operators',
})
