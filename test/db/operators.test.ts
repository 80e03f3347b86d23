/** Operators look across organizations through functions that write the audit log first; the log is only added to. */
import { acme, bolt, failure, people, type Role, type Room, room, undone } from './room.ts'

let house: Room
beforeAll(async () => {
  house = await room()
  await house.admin.query(`insert into app_private.operators (user_id) values ('${people.viewer}')`)
})

/** As the stranger, bolt's only member, who owns it. */
const inBolt = async <T>(work: Parameters<typeof house.as<T>>[1]) =>
  house.as(await house.sealed(people.stranger, bolt), work)

const everything = `select * from app_public.operator_organizations('ticket 4711')`
const members = `select * from app_public.operator_members('bolt', 'ticket 4711')`

describe('who may', () => {
  test.each<Role>(['owner', 'admin', 'member'])('%s of an organization: no', role =>
    house.member(role, async client => {
      for (const sql of [everything, members]) expect(await failure(client, sql)).toMatch(/^RH012 only oper/)
      expect(await failure(client, `select app_private.write_audit('x', null)`)).toMatch(/^42501/)
      expect(await failure(client, 'select * from app_private.operators')).toMatch(/^42501/)
    }),
  )

  test('an operator, whatever the role, who says why', () =>
    house.member('viewer', async client => {
      const { rows } = await client.query('select slug from app_public.operator_organizations($1)', ['why'])
      expect(rows).toEqual([{ slug: 'acme' }, { slug: 'bolt' }])
      expect((await client.query(members.replace('*', 'name'))).rows).toEqual([{ name: 'stranger' }])
      // Looking across is not acting across: everything else stays behind the wall.
      expect((await client.query('select slug from app_public.organizations')).rows).toEqual([
        { slug: 'acme' },
      ])
      expect(await failure(client, members.replace('bolt', 'nowhere'))).toMatch(/^RH005 there is no org/)
      for (const reason of ["''", "'  '", 'null']) {
        const sql = `select app_public.operator_organizations(${reason})`
        expect(await failure(client, sql)).toMatch(/^RH013 an operator must say why/)
      }
    }))

  test('no operator without a context, or from a membership that is switched off', async () => {
    await undone(house.admin, async () => {
      await house.admin.query('set local role rowhouse_visitor')
      expect(await failure(house.admin, everything)).toMatch(/^RH001/)
    })
    const off = `update app_public.user_organizations set is_active = false where user_id = '${people.viewer}'`
    await house.admin.query(off)
    await expect(house.member('viewer', async client => client.query(everything))).rejects.toMatchObject({
      code: 'RH004',
    })
    await house.admin.query(off.replace('false', 'true'))
  })
})

test('the log has an entry before the first row is read, and nothing of it where nothing was read', () =>
  undone(house.admin, async () => {
    const { userId, organizationId, expires, seal } = await house.sealed(people.viewer, acme)
    await house.admin.query('select app_hidden.enter_context($1, $2, $3, $4)', [
      userId,
      organizationId,
      expires,
      seal,
    ])
    const entries = () =>
      house.rows(
        'select organization_id, actor_id, action, details from app_public.audit_log order by action',
      )
    expect(await failure(house.admin, `select app_public.operator_members('bolt', '')`)).toMatch(/^RH013/)
    expect(await entries()).toEqual([])
    // A cursor is opened, and no row fetched.
    await house.admin.query(`declare c cursor for ${everything}; fetch 0 from c; fetch 1 from c; ${members}`)
    const details = { reason: 'ticket 4711' }
    expect(await entries()).toEqual([
      { organization_id: bolt, actor_id: people.viewer, action: 'operator_members', details },
      { organization_id: null, actor_id: people.viewer, action: 'operator_organizations', details },
    ])
  }))

describe('the log', () => {
  beforeAll(() =>
    house.admin.query(`select app_private.write_audit('test', '${people.viewer}', id) from app_public.organizations;
      select app_private.write_audit('test of all', null)`),
  )

  test('owners and admins read the own organization’s entries, nobody else any', async () => {
    const seen = (role: Role) =>
      house.member(
        role,
        async client => (await client.query('select organization_id, action from app_public.audit_log')).rows,
      )
    const own = [{ organization_id: acme, action: 'test' }]
    expect(await seen('owner')).toEqual(own)
    expect(await seen('admin')).toEqual(own)
    expect(await seen('member')).toEqual([])
    expect(await seen('viewer')).toEqual([])
    expect(
      await inBolt(
        async client => (await client.query('select organization_id from app_public.audit_log')).rows,
      ),
    ).toEqual([{ organization_id: bolt }])
  })

  const changes = [
    `update app_public.audit_log set action = 'nothing'`,
    `update app_public.audit_log set details = default where false`,
    'delete from app_public.audit_log',
    'delete from app_public.audit_log where false',
    'truncate app_public.audit_log',
  ]
  const additions = [`insert into app_public.audit_log (action) values ('forged')`]

  test.each([...changes, ...additions])('a tenant is refused: %s', sql =>
    house.member('owner', async client => {
      expect(await failure(client, sql)).toMatch(/^42501 permission denied/)
    }),
  )

  test.each([...changes, ...additions])('so is the owner role: %s', sql =>
    undone(house.admin, async () => {
      await house.admin.query('set local role rowhouse_owner')
      expect(await failure(house.admin, sql)).toMatch(/^42501 permission denied/)
    }),
  )

  test.each(changes)('so are the auditor and a superuser: %s', sql =>
    undone(house.admin, async () => {
      expect(await failure(house.admin, sql)).toMatch(/^RH011 the audit log is only added to/)
      await house.admin.query('set local role rowhouse_auditor')
      expect(await failure(house.admin, sql)).toMatch(/^RH011/)
    }),
  )
})
