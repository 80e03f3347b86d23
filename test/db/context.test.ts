/** Entering a context: what is refused, with which code, and what a key that comes or goes changes. */
import { sealContext, type TenantContext } from '../../src/postgres/context.ts'
import { acme, bolt, enter, failure, people, type Room, room, undone } from './room.ts'

let house: Room
let good: TenantContext
beforeAll(async () => {
  house = await room()
  good = await house.sealed(people.member, acme)
})

/** Enters as the visitor after `before` (as the superuser); the organization, or the code it was refused with. */
const entering = (context: Partial<TenantContext>, before?: string) =>
  undone(house.admin, async () => {
    if (before) await house.admin.query(before)
    await house.admin.query('set local role rowhouse_visitor')
    return enter(house.admin, { ...good, ...context }).then(
      ({ rows }) => rows[0]?.enter_context,
      error => error.code,
    )
  })

test('a good context is entered, and says who and where', async () => {
  expect(await entering({})).toBe(acme)
  await house.as(good, async client => {
    const { rows } = await client.query(`select app_hidden.current_organization_id() as organization,
      app_hidden.current_user_id() as "user", app_hidden.current_member_role() as role, app_hidden.can_write() as writes`)
    expect(rows).toEqual([{ organization: acme, user: people.member, role: 'member', writes: true }])
  })
})

test('it ends with the transaction', async () => {
  await house.as(good, async () => {})
  const { rows } = await house.admin.query(`select
    current_setting('app.user_id', true) as "user", current_setting('app.context_seal', true) as seal`)
  expect(rows).toEqual([{ user: '', seal: '' }])
})

const nothing = [null, ''] as unknown as string[]
describe('RH001: one of the four is missing', () => {
  test.each(['userId', 'organizationId', 'expires', 'seal'] as const)('%s', async key => {
    for (const value of nothing) expect(await entering({ [key]: value })).toBe('RH001')
  })

  test('nothing was entered at all: every table and function refuses', () =>
    undone(house.admin, async () => {
      await house.admin.query('set local role rowhouse_visitor')
      for (const sql of [
        'select label from shop.orders',
        'select count(*) from app_public.users',
        'select * from app_public.current_organization()',
        `select app_public.get_user_organization_id('${people.member}')`,
        `select app_public.validate_client_access('${people.member}', '${acme}')`,
        `insert into shop.orders (label) values ('x')`,
        `update shop.orders set label = 'x'`,
        'delete from shop.orders',
      ]) {
        expect([sql, await failure(house.admin, sql)]).toEqual([sql, 'RH001 no organization context'])
      }
    }))
})

describe('RH002: not sealed by this database', () => {
  const later = String(Number.MAX_SAFE_INTEGER)
  test.each<[string, Partial<TenantContext>]>([
    ['another user', { userId: people.owner }],
    ['another organization', { organizationId: bolt }],
    ['a stranger in his own organization, with our seal', { userId: people.stranger, organizationId: bolt }],
    ['a later end', { expires: later }],
    ['another seal', { seal: '0'.repeat(64) }],
    ['no hex', { seal: "' or true --" }],
    ['no uuid', { userId: 'me' }],
    ['the separator moved', { userId: `${people.member}|${acme}`, organizationId: 'x' }],
  ])('%s', async (_, change) => {
    expect(await entering(change)).toBe('RH002')
  })

  test('a seal with a key of somebody else', async () => {
    expect(await entering(sealContext(Buffer.alloc(32, 7), { ...good }))).toBe('RH002')
  })

  test('settings changed by hand after entering', () =>
    house.as(good, async client => {
      await client.query(`set local app.current_organization_id to '${bolt}'`)
      expect(await failure(client, 'select label from shop.orders')).toMatch(/^RH002/)
      await client.query(`select set_config('app.current_organization_id', '${acme}', true)`)
      expect(await failure(client, 'select label from shop.orders')).toBe('none')
    }))
})

test('RH003: expired, at the second', async () => {
  expect(await entering(await house.sealed(people.member, acme, -1))).toBe('RH003')
  expect(await entering(await house.sealed(people.member, acme, 0))).toBe('RH003')
  expect(await entering(await house.sealed(people.member, acme, 30))).toBe(acme)
})

describe('RH004: not an active member', () => {
  test('the membership is switched off', async () => {
    const off = `update app_public.user_organizations set is_active = false where user_id = '${people.member}'`
    expect(await entering({}, off)).toBe('RH004')
  })
  test('the user is switched off', async () => {
    const off = `update app_public.users set is_active = false where id = '${people.member}'`
    expect(await entering({}, off)).toBe('RH004')
  })
  test('the membership is gone', async () => {
    const gone = `delete from app_public.user_organizations where user_id = '${people.member}'`
    expect(await entering({}, gone)).toBe('RH004')
  })
  test('a member of another organization only, and a user who does not exist', async () => {
    expect(await entering(await house.sealed(people.stranger, acme))).toBe('RH004')
    expect(await entering(await house.sealed(bolt, acme))).toBe('RH004')
  })
  test('switched off while the transaction runs: the next statement is refused', () =>
    house.as(good, async client => {
      expect(await failure(client, 'select label from shop.orders')).toBe('none')
      await client.query('reset role')
      await client.query(
        `update app_public.user_organizations set is_active = false where user_id = '${people.member}'`,
      )
      await client.query('set local role rowhouse_visitor')
      expect(await failure(client, 'select label from shop.orders')).toMatch(/^RH004/)
    }))
})

test('RH005: the organization is inactive or unknown', async () => {
  const off = `update app_public.organizations set is_active = false where id = '${acme}'`
  expect(await entering({}, off)).toBe('RH005')
  expect(await entering(await house.sealed(people.member, people.member))).toBe('RH005')
})

describe('keys', () => {
  const add = 'select app_private.add_context_key()'

  test('they are of 32 random bytes, and no tenant can read one', async () => {
    await undone(house.admin, async () => {
      await house.admin.query(`${add}; ${add}`)
      const [found] = await house.rows(
        'select count(distinct key)::int as keys, min(length(key)) as shortest from app_private.context_keys',
      )
      expect(found).toEqual({ keys: 3, shortest: 32 })
    })
    await house.member('owner', async client => {
      for (const sql of [
        'select * from app_private.context_keys',
        'select app_private.context_key()',
        'select app_private.add_context_key()',
      ]) {
        expect(await failure(client, sql)).toMatch(/^42501 permission denied for schema app_private/)
      }
    })
  })

  test('a second one: what the first sealed still holds, the newest seals', () =>
    undone(house.admin, async () => {
      await house.admin.query(add)
      const [newest] = await house.rows('select app_private.context_key() as key')
      const fresh = sealContext(newest?.key as Buffer, good)
      expect(fresh.seal).not.toBe(good.seal)
      await house.admin.query('set local role rowhouse_visitor')
      for (const context of [good, fresh]) {
        expect((await enter(house.admin, context)).rows[0]?.enter_context).toBe(acme)
      }
    }))

  test('one that was deleted: what it sealed is refused', async () => {
    expect(await entering({}, `${add}; delete from app_private.context_keys where id = 1`)).toBe('RH002')
    expect(await entering({}, 'delete from app_private.context_keys')).toBe('RH002')
  })
})
