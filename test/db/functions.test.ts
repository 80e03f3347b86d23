/** Functions that answer: about the own organization only, and as their documentation says. */
import { createHash } from 'node:crypto'
import { acme, bolt, people, type Room, room, undone } from './room.ts'

let house: Room
beforeAll(async () => {
  house = await room()
})

const asked = async (role: 'member' | 'viewer', sql: string, values: unknown[]) =>
  house.member(
    role,
    async client => (await client.query({ text: sql, values, rowMode: 'array' })).rows[0]?.[0],
  )

test('validate_client_access tells members of the own organization, and no to everything else', async () => {
  const access = (user: string, organization: string) =>
    asked('viewer', 'select app_public.validate_client_access($1, $2)', [user, organization])
  expect(await access(people.owner, acme)).toBe(true)
  expect(await access(people.stranger, acme)).toBe(false)
  // He is its owner: true, and none of our business.
  expect(await access(people.stranger, bolt)).toBe(false)
  expect(await access(people.owner, bolt)).toBe(false)
  expect(await access(acme, acme)).toBe(false)
})

test('validate_client_access says no for what is switched off', () =>
  undone(house.admin, async () => {
    const access = async () => {
      const { userId, organizationId, expires, seal } = await house.sealed(people.owner, acme)
      const settings = [
        ['app.user_id', userId],
        ['app.current_organization_id', organizationId],
        ['app.context_expires', expires],
        ['app.context_seal', seal],
      ]
      for (const setting of settings) await house.admin.query('select set_config($1, $2, true)', setting)
      return (
        await house.rows('select app_public.validate_client_access($1, $2) as yes', [people.member, acme])
      )[0]?.yes
    }
    expect(await access()).toBe(true)
    for (const table of ['users', 'user_organizations']) {
      const column = table === 'users' ? 'id' : 'user_id'
      await house.admin.query(`update app_public.${table} set is_active = false where ${column} = $1`, [
        people.member,
      ])
      expect(await access()).toBe(false)
      await house.admin.query(`update app_public.${table} set is_active = true where ${column} = $1`, [
        people.member,
      ])
    }
  }))

test('get_user_organization_id knows the own people only', async () => {
  const home = (user: string) => asked('member', 'select app_public.get_user_organization_id($1)', [user])
  expect(await home(people.viewer)).toBe(acme)
  expect(await home(people.stranger)).toBeNull()
  expect(await home(bolt)).toBeNull()
})

test('who am I, where am I', () =>
  house.member('viewer', async client => {
    const { rows } = await client.query(
      'select a.name, o.slug from app_public.current_account() a, app_public.current_organization() o',
    )
    expect(rows).toEqual([{ name: 'viewer', slug: 'acme' }])
  }))

test('has_feature: only true is yes', async () => {
  const feature = (name: string) =>
    asked('member', 'select app_public.organizations_has_feature(o, $1) from app_public.organizations o', [
      name,
    ])
  expect(await feature('payroll')).toBe(true)
  expect(await feature('kpi')).toBe(false)
  expect(await feature('odd')).toBe(false)
  expect(await feature('unheard of')).toBe(false)
})

test.each([
  ['no end', 'null', true, true],
  ['an end to come', `now() + interval '1 minute'`, true, true],
  ['an end that passed', `now() - interval '1 minute'`, true, false],
  ['inactive', 'null', false, false],
])('is_subscription_active: %s', (_, ends, active, expected) =>
  undone(house.admin, async () => {
    await house.admin.query(
      `update app_public.organizations set subscription_ends_at = ${ends}, is_active = ${active} where id = '${acme}'`,
    )
    const [found] = await house.rows(
      `select app_public.organizations_is_subscription_active(o) as yes from app_public.organizations o where id = '${acme}'`,
    )
    expect(found).toEqual({ yes: expected })
  }),
)

test('stable_uuid is a version 8 uuid over SHA-256, as RFC 9562 says', async () => {
  const namespace = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  for (const name of ['', 'www.example.com', 'public.tenants_tenant/acme', 'Müller 🏠']) {
    const digest = createHash('sha256')
      .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
      .update(name)
      .digest()
    const bytes = digest.subarray(0, 16)
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    const expected = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    const [found] = await house.rows('select app_private.stable_uuid($1, $2) as id', [namespace, name])
    expect(found).toEqual({ id: expected })
  }
  // The RFC's own example (appendix B.2).
  const [example] = await house.rows('select app_private.stable_uuid($1, $2) as id', [
    namespace,
    'www.example.com',
  ])
  expect(example).toEqual({ id: '5c146b14-3c52-8afd-938a-375d0df1fbf6' })
})

describe('find_login', () => {
  const login = (email: string, slug: string) =>
    house.rows('select * from app_private.find_login($1, $2)', [email, slug])
  const secrets = `insert into app_private.user_secrets (organization_id, user_id, password_hash)
    select o.id, u.id, 'hash of ' || u.name from app_public.users u cross join app_public.organizations o`
  const found = (user: string, name: string) => ({
    user_id: user,
    organization_id: acme,
    slug: 'acme',
    role: name,
    password_hash: `hash of ${name}`,
  })

  test('one row for who may sign in, none for anybody else', () =>
    undone(house.admin, async () => {
      await house.admin.query(secrets)
      expect(await login('member@example.test', 'acme')).toEqual([found(people.member, 'member')])
      expect(await login('member@example.test', 'bolt')).toEqual([])
      expect(await login('nobody@example.test', 'acme')).toEqual([])
      expect(await login('member@example.test', 'nowhere')).toEqual([])
    }))

  test.each([
    `update app_public.users set is_active = false where id = '${people.member}'`,
    `update app_public.user_organizations set is_active = false where user_id = '${people.member}'`,
    `update app_public.organizations set is_active = false where id = '${acme}'`,
    `delete from app_private.user_secrets where user_id = '${people.member}'`,
  ])('none after %s', change =>
    undone(house.admin, async () => {
      await house.admin.query(`${secrets}; ${change}`)
      expect(await login('member@example.test', 'acme')).toEqual([])
    }),
  )

  test('a guest signs in with the address of home; the own user of that address comes first', () =>
    undone(house.admin, async () => {
      await house.admin.query(`${secrets};
        insert into app_public.user_organizations (organization_id, user_id, role) values ('${acme}', '${people.stranger}', 'viewer')`)
      expect(await login('stranger@example.test', 'acme')).toEqual([
        { ...found(people.stranger, 'stranger'), role: 'viewer' },
      ])
      await house.admin.query(
        `update app_public.users set email = 'stranger@example.test' where id = '${people.member}'`,
      )
      expect(await login('stranger@example.test', 'acme')).toEqual([found(people.member, 'member')])
    }))

  test('no tenant can call it', () =>
    house.member('owner', async client => {
      await expect(client.query(`select * from app_private.find_login('a', 'b')`)).rejects.toThrow(
        /permission denied/,
      )
    }))
})
