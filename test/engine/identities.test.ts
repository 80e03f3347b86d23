/** Who the people of the old system are afterwards: users with memberships, one or several, and operators if said. */
import type pg from 'pg'
import { cancel } from '../../src/engine/apply/apply.ts'
import { connect } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, verified, withFolder } from './fold.ts'

const identities = {
  table: 'authentication_user',
  email: 'email',
  password: 'password',
  name: ['first_name', 'last_name'],
  active: 'is_active',
  owner: 'is_superuser',
  admin: 'is_staff',
  since: 'date_joined',
}

const open: pg.Client[] = []
afterAll(async () => {
  for (const client of open) await client.end()
})
async function connected(url: string): Promise<(sql: string) => Promise<Record<string, unknown>[]>> {
  const client = await connect(url, 'test')
  open.push(client)
  return async sql => (await client.query(sql)).rows
}

/** Every person of the old system, from the old schemas, with what should have become of them. */
const people = ['acme', 'globex', 'initech']
  .map(
    schema => `select '${schema}' as slug, id::text as legacy, email, is_active, password,
      concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')) as name,
      case when is_superuser then 'owner' when is_staff then 'admin' else 'member' end as role
      from ${schema}.authentication_user`,
  )
  .join(' union all ')

/** The same, from the core. */
const found = `select o.slug, l.legacy_id as legacy, u.email, m.is_active, s.password_hash as password, u.name, m.role
  from app_public.legacy_identities l
  join app_public.organizations o on o.id = l.organization_id
  join app_public.users u on u.id = l.user_id
  join app_public.user_organizations m on m.organization_id = l.organization_id and m.user_id = l.user_id
  left join app_private.user_secrets s on s.organization_id = l.organization_id and s.user_id = l.user_id`

const differences = (a: string, b: string) =>
  `((${a}) except all (${b})) union all ((${b}) except all (${a}))`

/** Tenants of the sample share an accountant's address, in capitals here and there. */
const accountants = `select u.id, count(m)::int as memberships from app_public.users u
  join app_public.user_organizations m on m.user_id = u.id
  where lower(u.email) = 'accountant@office.cnry-many.example' group by u.id`

test('every person is a user with a membership; one address in three tenants is three users; nobody is an operator', async () => {
  const rows = await connected((await database('hr-whole-folded')).url)
  expect(await rows(differences(people, found))).toEqual([])
  expect(await rows(`select count(*)::int as n from (${people}) p`)).toEqual([{ n: expect.any(Number) }])
  expect(
    await rows(
      'select (select count(*)::int from app_public.users) = (select count(*)::int from app_public.user_organizations) as one_each',
    ),
  ).toEqual([{ one_each: true }])
  expect((await rows(accountants)).map(({ memberships }) => memberships)).toEqual([1, 1, 1])
  expect(await rows('select * from app_private.operators')).toEqual([])
})

test('merged, the accountant is one person with three memberships, and three passwords', async () => {
  const { url } = await database('hr-legacy')
  await ensureRoles(url)
  await fold(url, { spec: { identities: { ...identities, merge: true } } })
  const rows = await connected(url)
  const columns = (query: string) =>
    `select slug, legacy, lower(email), is_active, password, role from (${query}) q`
  expect(await rows(differences(columns(people), columns(found)))).toEqual([])
  expect((await rows(accountants)).map(({ memberships }) => memberships)).toEqual([3])
  expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
})

test('superusers are operators where the spec says so, and cancelling takes that back', async () => {
  const { url } = await database('hr-legacy')
  await ensureRoles(url)
  await fold(url, { spec: { identities: { ...identities, merge: true, operator: 'is_superuser' } } })
  const rows = await connected(url)
  const operators = `select o.slug, l.legacy_id as legacy from app_private.operators
    join app_public.legacy_identities l using (user_id) join app_public.organizations o on o.id = l.organization_id`
  const superusers = `select slug, legacy from (${people}) p where role = 'owner'`
  expect(await rows(differences(operators, superusers))).toEqual([])
  expect(await rows('select count(*)::int as n from app_private.operators')).toEqual([{ n: 3 }])
  expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })

  const { plan } = await prepared(url)
  await withFolder(workspace => cancel(url, plan, { workspace, listen: () => {} }))
  expect(await rows(`select to_regclass('app_private.operators') as there`)).toEqual([{ there: null }])
})

test.each([
  ['is_god', 'have: column "authentication_user.is_god" (identities)'],
  ['username', 'have: boolean column "authentication_user.username" (identities)'],
])('an operator column that cannot be is named: %s', async (operator, message) => {
  const { url } = await database('hr-legacy')
  await expect(prepared(url, { identities: { ...identities, operator } })).rejects.toMatchObject({
    code: 'RH114',
    message: expect.stringContaining(message),
  })
})
