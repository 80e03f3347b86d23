/** Who may do what inside an organization: the default doors, and those of the core tables. */
import { acme, bolt, failure, people, type Role, type Room, room } from './room.ts'

let house: Room
beforeAll(async () => {
  house = await room()
})

/** How many rows a role's statement changed, or the code it failed with. */
const doing = (role: Role, sql: string) =>
  house.member(role, client =>
    client.query(sql).then(
      ({ rowCount }) => rowCount,
      error => error.code,
    ),
  )
const each = async (sql: string) => {
  const found: Record<string, unknown> = {}
  for (const role of ['owner', 'admin', 'member', 'viewer'] as const) found[role] = await doing(role, sql)
  return found
}

const everybody = (what: unknown) => ({ owner: what, admin: what, member: what, viewer: what })
const refused = '42501'

test('everybody reads, everybody but a viewer writes', async () => {
  expect(await each('select label from shop.orders')).toEqual(everybody(3))
  const writers = { owner: 1, admin: 1, member: 1 }
  expect(await each(`insert into shop.orders (label) values ('new')`)).toEqual({
    ...writers,
    viewer: refused,
  })
  expect(await each(`update shop.orders set total = 9 where id = 1`)).toEqual({ ...writers, viewer: 0 })
  expect(await each('delete from shop.orders where id = 1')).toEqual({ ...writers, viewer: 0 })
  expect(await each('truncate shop.orders')).toEqual(everybody(refused))
})

test('a member reads its own rows only', () =>
  house.member('member', async client => {
    const { rows } = await client.query('select distinct label ~ $1 as own from shop.orders', ['of acme$'])
    expect(rows).toEqual([{ own: true }])
  }))

describe('organizations', () => {
  test('administrators change name, e-mail and settings', async () => {
    const administrators = { owner: 1, admin: 1, member: 0, viewer: 0 }
    expect(await each(`update app_public.organizations set name = 'New'`)).toEqual(administrators)
    expect(await each(`update app_public.organizations set email = 'a@b.c', settings = '{"a": 1}'`)).toEqual(
      administrators,
    )
  })
  test.each(['features', 'plan', 'is_active', 'subscription_ends_at', 'slug', 'id', 'created_at'])(
    'nobody changes %s',
    async column => {
      expect(await each(`update app_public.organizations set ${column} = default`)).toEqual(
        everybody(refused),
      )
    },
  )
  test('nobody makes or removes one', async () => {
    expect(await each(`insert into app_public.organizations (name, slug) values ('x', 'x')`)).toEqual(
      everybody(refused),
    )
    expect(await each('delete from app_public.organizations')).toEqual(everybody(refused))
  })
  test('a change is dated', () =>
    house.member('owner', async client => {
      const { rows } = await client.query(
        `update app_public.organizations set name = 'New' returning updated_at = now() as dated, created_at = now() as made`,
      )
      expect(rows).toEqual([{ dated: true, made: false }])
    }))
})

describe('users', () => {
  test('a person changes the own name, and only that', async () => {
    const own = `where id = app_hidden.current_user_id()`
    expect(await each(`update app_public.users set name = 'Eve'`)).toEqual(everybody(1))
    expect(await each(`update app_public.users set name = 'Eve' where id = '${people.member}'`)).toEqual({
      owner: 0,
      admin: 0,
      member: 1,
      viewer: 0,
    })
    for (const column of ['email', 'is_active', 'organization_id', 'id']) {
      expect(await each(`update app_public.users set ${column} = default ${own}`)).toEqual(everybody(refused))
    }
  })
  test('nobody makes or removes one', async () => {
    expect(await each(`insert into app_public.users (name) values ('x')`)).toEqual(everybody(refused))
    expect(await each('delete from app_public.users')).toEqual(everybody(refused))
  })
  test('colleagues are seen, strangers are not', async () => {
    expect(await each('select * from app_public.users')).toEqual(everybody(4))
  })
})

describe('memberships', () => {
  const setRole = (who: Role, role: Role) =>
    each(`update app_public.user_organizations set role = '${role}' where user_id = '${people[who]}'`)

  test('administrators change what others are', async () => {
    expect(await setRole('viewer', 'admin')).toEqual({ owner: 1, admin: 1, member: 0, viewer: 0 })
    expect(
      await each(
        `update app_public.user_organizations set is_active = false where user_id = '${people.member}'`,
      ),
    ).toEqual({ owner: 1, admin: 1, member: 0, viewer: 0 })
  })
  test('nobody changes his own', async () => {
    for (const who of ['owner', 'admin', 'member', 'viewer'] as const) {
      expect(
        await doing(
          who,
          `update app_public.user_organizations set role = 'owner' where user_id = '${people[who]}'`,
        ),
      ).toBe(0)
      expect(
        await doing(
          who,
          `update app_public.user_organizations set is_active = true where user_id = '${people[who]}'`,
        ),
      ).toBe(0)
    }
  })
  test('only an owner makes an owner', async () => {
    expect(await setRole('viewer', 'owner')).toEqual({ owner: 1, admin: refused, member: 0, viewer: 0 })
  })
  test('only an owner touches an owner', async () => {
    // Another owner, made for this once.
    await house.admin.query(`update app_public.user_organizations set role = 'owner' where user_id = $1`, [
      people.viewer,
    ])
    expect(
      await doing(
        'admin',
        `update app_public.user_organizations set role = 'viewer' where user_id = '${people.viewer}'`,
      ),
    ).toBe(0)
    expect(
      await doing(
        'owner',
        `update app_public.user_organizations set role = 'viewer' where user_id = '${people.viewer}'`,
      ),
    ).toBe(1)
    await house.admin.query(`update app_public.user_organizations set role = 'viewer' where user_id = $1`, [
      people.viewer,
    ])
  })
  test('nobody adds, moves or removes one', async () => {
    const table = 'app_public.user_organizations'
    expect(
      await each(`insert into ${table} (user_id, role) values ('${people.stranger}', 'viewer')`),
    ).toEqual(everybody(refused))
    expect(await each(`update ${table} set user_id = '${people.stranger}'`)).toEqual(everybody(refused))
    expect(await each(`update ${table} set organization_id = '${bolt}'`)).toEqual(everybody(refused))
    expect(await each(`delete from ${table}`)).toEqual(everybody(refused))
  })
})

test('host names are read, and changed by nobody; legacy identities and secrets are not even read', async () => {
  await house.admin.query(
    `insert into app_public.domains (organization_id, domain) values ('${acme}', 'acme.test'), ('${bolt}', 'bolt.test')`,
  )
  expect(await each('select * from app_public.domains')).toEqual(everybody(1))
  expect(await each('update app_public.domains set is_primary = true')).toEqual(everybody(refused))
  expect(await each(`insert into app_public.domains (domain) values ('x.test')`)).toEqual(everybody(refused))
  expect(await each('select * from app_public.legacy_identities')).toEqual(everybody(refused))
  expect(await each('select * from app_private.user_secrets')).toEqual(everybody(refused))
  expect(await each('select * from rowhouse.journal')).toEqual(everybody(refused))
  expect(await each('select * from app_public.migration_log')).toEqual(everybody(refused))
})

describe('the scope column cannot be set or changed', () => {
  test.each([
    [`insert into shop.orders (organization_id, label) values ('${bolt}', 'x')`],
    [`insert into shop.orders (organization_id, label) values ('${acme}', 'x')`],
    [`insert into shop.orders (organization_id, label) values (default, 'x')`],
    [`insert into shop.orders values ('${bolt}', 1, 'x')`],
    [`insert into shop.orders (organization_id, label) select '${bolt}', 'x'`],
    [`update shop.orders set organization_id = '${bolt}'`],
    ['update shop.orders set organization_id = organization_id'],
    [`update shop.orders set (label, organization_id) = ('x', '${bolt}')`],
    [
      `insert into shop.orders (label) values ('order 1 of acme')
      on conflict (organization_id, label) do update set organization_id = '${bolt}'`,
    ],
    [
      `merge into shop.orders o using (select 1) s on o.id = 1 when matched then update set organization_id = '${bolt}'`,
    ],
    [
      `merge into shop.orders o using (select 1) s on false
      when not matched then insert (organization_id, label) values ('${bolt}', 'x')`,
    ],
    [`copy shop.orders (organization_id, label) from stdin`],
    [`copy shop.orders from stdin`],
  ])('%s', sql =>
    house.member('owner', async client => {
      expect(await failure(client, sql)).toMatch(/^42501 permission denied/)
    }),
  )

  test('the rows that are made are where the maker is', () =>
    house.member('member', async client => {
      const { rows } = await client.query(
        `insert into shop.orders (label) values ('new') on conflict (organization_id, label) do nothing returning organization_id`,
      )
      expect(rows).toEqual([{ organization_id: acme }])
    }))

  test("another organization's key is free, its row is neither updated nor deleted, no row can point to it", () =>
    house.member('owner', async client => {
      expect(await failure(client, `insert into shop.orders (label) values ('order 1 of bolt')`)).toBe('none')
      await client.query(`delete from shop.orders where label = 'order 3 of acme'`)
      // Row 3 is bolt's alone now.
      expect((await client.query(`update shop.orders set label = 'mine' where id = 3`)).rowCount).toBe(0)
      expect((await client.query('delete from shop.orders where id = 3')).rowCount).toBe(0)
      expect(await failure(client, 'insert into shop.lines (order_id) values (3)')).toMatch(/^23503/)
      expect(await failure(client, 'insert into shop.lines (order_id) values (2)')).toBe('none')
    }))
})
