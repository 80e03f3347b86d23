/**
 * Who is who in the database that the walk goes through: one organization that looks for the others, two that must
 * not be found, one that was closed; in each a person of every role, sealed and signed as the server would do it.
 */
import type pg from 'pg'
import { type Canary, canaryOf } from '../../src/engine/sample/canary.ts'
import { signToken } from '../../src/http/token.ts'
import { sealContext, type TenantContext } from '../../src/postgres/context.ts'
import { jwtSecret } from '../http/server.ts'
import type { System } from './systems.ts'

export const roles = ['member', 'viewer', 'admin', 'owner'] as const
export type Role = (typeof roles)[number]

export type Person = { readonly userId: string; readonly context: TenantContext; readonly token: string }

export type Organization = {
  readonly id: string
  readonly slug: string
  readonly no: number
  readonly canary: Canary
  readonly people: Readonly<Record<Role, Person>>
}

export type House = {
  readonly attacker: Organization
  readonly victims: readonly Organization[]
  /** Contexts that are sealed and must be refused all the same, by the code of the refusal. */
  readonly refused: Readonly<Record<'RH003' | 'RH004' | 'RH005', readonly TenantContext[]>>
  /** Every id of somebody else: organizations and users that no answer may name. */
  readonly foreignIds: ReadonlySet<string>
  /** Table → the key of the row that was planted for each victim, in their order. */
  readonly plants: ReadonlyMap<string, readonly string[]>
}

/** Gives the first active users of every organization the four roles, and makes those who must be refused. */
export async function settle(admin: pg.Client, { core, noOf }: System): Promise<House> {
  const tables = { core: core.schema, users: `${core.users}.users` }
  const { rows: found } = await admin.query<{ id: string; slug: string }>(
    `select id, slug from ${tables.core}.organizations where is_active order by slug`,
  )
  const key = (await admin.query<{ key: Buffer }>('select app_private.context_key() as key')).rows[0]?.key
  if (key === undefined) throw new Error('the database has no sealing key')
  const hour = String(Math.floor(Date.now() / 1000) + 3600)
  const seal = (userId: string, organizationId: string, expires = hour) =>
    sealContext(key, { userId, organizationId, expires })

  const organizations: Organization[] = []
  for (const { id, slug } of found) {
    const no = noOf(slug)
    await fillUp(admin, tables, id, canaryOf(no))
    const users = await activeUsers(admin, tables, id)
    const people: Partial<Record<Role, Person>> = {}
    for (const [at, role] of roles.entries()) {
      const userId = users[at] as string
      await admin.query(
        `update ${tables.core}.user_organizations set role = $3 where organization_id = $1 and user_id = $2`,
        [id, userId, role],
      )
      const { token } = await signToken(jwtSecret, { userId, organizationId: id, organizationSlug: slug })
      people[role] = { userId, context: seal(userId, id), token }
    }
    // An empty table shows nothing of its wall.
    await admin.query(
      `insert into ${tables.core}.domains (organization_id, domain) select $1, $2
       where not exists (select from ${tables.core}.domains where organization_id = $1)`,
      [id, `${canaryOf(no).word}home.example`],
    )
    const looked = { reason: `${canaryOf(no).word}-ticket` }
    await admin.query(
      `insert into ${tables.core}.audit_log (organization_id, actor_id, action, details) values ($1, $2, $3, $4)`,
      [id, people.owner?.userId, `${canaryOf(no).word}-looked`, looked],
    )
    organizations.push({ id, slug, no, canary: canaryOf(no), people: people as Record<Role, Person> })
  }
  organizations.sort((a, b) => a.no - b.no)
  const [attacker, ...victims] = organizations
  if (attacker === undefined || victims.length === 0) throw new Error('the walk needs several organizations')

  // Somebody who belongs to both, with another role in each: a role must not travel along.
  await admin.query(
    `insert into ${tables.core}.user_organizations (organization_id, user_id, role) values ($1, $2, 'owner')`,
    [victims[0]?.id, attacker.people.viewer.userId],
  )
  // Written again, so that it stands behind the other one: who takes the first that comes takes the wrong one.
  await admin.query(
    `update ${tables.core}.user_organizations set role = role where organization_id = $1 and user_id = $2`,
    [attacker.id, attacker.people.viewer.userId],
  )
  const [former, suspended] = (await activeUsers(admin, tables, attacker.id)).slice(roles.length)
  await admin.query(`update ${tables.core}.user_organizations set is_active = false where user_id = $1`, [
    former,
  ])
  await admin.query(`update ${tables.users} set is_active = false where id = $1`, [suspended])
  const { rows: closed } = await admin.query<{ id: string }>(
    `insert into ${tables.core}.organizations (name, slug, is_active) values ('Closed', 'closed', false) returning id`,
  )
  const closedId = closed[0]?.id as string
  const member = attacker.people.member.userId
  await admin.query(
    `insert into ${tables.core}.user_organizations (organization_id, user_id) values ($1, $2)`,
    [closedId, member],
  )
  const { rows: foreign } = await admin.query<{ id: string }>(
    `select id from ${tables.core}.organizations where id <> $1
     union all select id from ${tables.users} where organization_id <> $1`,
    [attacker.id],
  )
  return {
    attacker,
    victims,
    refused: {
      RH003: [seal(member, attacker.id, '1700000000')],
      RH004: [
        seal(former as string, attacker.id),
        seal(suspended as string, attacker.id),
        ...victims.map(victim => seal(member, victim.id)),
        ...victims.map(victim => seal(victim.people.owner.userId, attacker.id)),
      ],
      RH005: [seal(member, closedId), seal(member, '00000000-0000-4000-8000-000000000000')],
    },
    foreignIds: new Set(foreign.map(({ id }) => id)),
    plants: new Map(),
  }
}

type Tables = { readonly core: string; readonly users: string }

/** Four roles, somebody who left, and somebody who was suspended; a small sample may have fewer people. */
const needed = roles.length + 2

async function fillUp(admin: pg.Client, tables: Tables, organizationId: string, canary: Canary) {
  const there = (await activeUsers(admin, tables, organizationId)).length
  for (let at = there; at < needed; at++) {
    // Behind all others in the order of e-mails: roles go to people whom the old system knew.
    await admin.query(
      `with u as (insert into ${tables.users} (organization_id, email, name) values ($1, $2, $3) returning id)
       insert into ${tables.core}.user_organizations (organization_id, user_id) select $1, id from u`,
      [organizationId, `zz.${canary.word}${at}@people.example`, `${canary.word}more`],
    )
  }
}

async function activeUsers(admin: pg.Client, tables: Tables, organizationId: string): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>(
    `select u.id from ${tables.users} u
     join ${tables.core}.user_organizations m on m.user_id = u.id and m.organization_id = $1 and m.is_active
     where u.organization_id = $1 and u.is_active order by u.email`,
    [organizationId],
  )
  return rows.map(({ id }) => id)
}
