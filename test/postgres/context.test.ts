/**
 * What SQL that was injected into one tenant's transaction can do to the next one on the same connection: with a
 * pool of one, acme plants and bolt looks.
 */
import pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { sealContext, type TenantClient, type TenantContext, withTenant } from '../../src/postgres/context.ts'
import { acme, bolt, house, type Tenant } from '../graphql/house.ts'
import type { TestDatabase } from '../helpers/database.ts'
import { authenticatorUrl } from './login.ts'

let db: TestDatabase
let pool: pg.Pool
let key: Buffer
const errors: Error[] = []

const soon = () => String(Math.floor(Date.now() / 1000) + 60)
const contextOf = ({ userId, organizationId }: Tenant, expires = soon()): TenantContext =>
  sealContext(key, { userId, organizationId, expires })

const as = <T>(who: Tenant | TenantContext | null, work: (client: TenantClient) => Promise<T>): Promise<T> =>
  withTenant(
    pool,
    who !== null && 'slug' in who ? contextOf(who) : who,
    { visitor: 'rowhouse_visitor' },
    work,
  )

const rows = async (who: Tenant | TenantContext, text: string) => (await as(who, c => c.query(text))).rows
const value = async (who: Tenant, text: string) => Object.values((await rows(who, text))[0] ?? {})[0]
const backend = () => value(bolt, 'select pg_backend_pid()')

beforeAll(async () => {
  db = await house()
  const admin = await connect(db.url, 'test')
  key = (await admin.query('select app_private.context_key() as key')).rows[0].key
  await admin.query('create sequence public.spy; grant usage on sequence public.spy to rowhouse_visitor')
  await admin.end()
  pool = new pg.Pool({ connectionString: await authenticatorUrl(db.url), max: 1, pipeline: true })
  pool.on('error', error => errors.push(error))
  pool.on('connect', client => {
    client.on('error', error => errors.push(error))
  })
})
afterAll(() => pool.end())

test('a transaction sees its own organization only, as the visitor', async () => {
  expect(await value(acme, 'select count(*)::int from hr.employees')).toBe(9)
  expect(await value(bolt, 'select count(*)::int from hr.employees')).toBe(10)
  expect(await value(bolt, 'select current_user::text')).toBe('rowhouse_visitor')
})

describe('a context that does not hold is refused before the first row', () => {
  const refused = async (context: TenantContext | null, code: string) => {
    let reached = false
    await expect(
      as(context, async client => {
        await client.query('select 1')
        reached = true
      }),
    ).rejects.toMatchObject({ name: 'RowhouseError', code })
    expect(reached).toBe(false)
  }
  test('none', () => refused(null, 'RH001'))
  test('empty', () => refused({ userId: '', organizationId: '', expires: '', seal: '' }, 'RH001'))
  test('another organization under the seal', () =>
    refused({ ...contextOf(acme), organizationId: bolt.organizationId }, 'RH002'))
  test('another user under the seal', () => refused({ ...contextOf(acme), userId: bolt.userId }, 'RH002'))
  test('a later end under the seal', () => refused({ ...contextOf(acme), expires: '9999999999' }, 'RH002'))
  test('sealed with another key', () => refused(sealContext(Buffer.alloc(32), contextOf(acme)), 'RH002'))
  test('expired', () => refused(contextOf(acme, '1000000000'), 'RH003'))
  test('not a member', () => refused(contextOf({ ...acme, organizationId: bolt.organizationId }), 'RH004'))
  test('no such organization', () => refused(contextOf({ ...acme, organizationId: acme.userId }), 'RH005'))
})

/** What acme's SQL leaves on the connection, and how bolt would notice. Each is seen to be a plant that takes. */
const plants: [name: string, plant: string, look: string, clean: unknown][] = [
  [
    'a cursor that outlives the transaction',
    'declare spy cursor with hold for select 1',
    'select count(*)::int from pg_cursors',
    0,
  ],
  ['a prepared statement', 'prepare spy as select 1', 'select count(*)::int from pg_prepared_statements', 0],
  ['a channel', 'listen spy', 'select count(*)::int from pg_listening_channels()', 0],
  [
    'a session lock',
    'select pg_advisory_lock(7)',
    `select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
    0,
  ],
  [
    'a search path',
    'set session search_path to hr',
    `select current_setting('search_path')`,
    '"$user", public',
  ],
  [
    'a read-only session',
    'set session characteristics as transaction read only',
    `select current_setting('transaction_read_only')`,
    'off',
  ],
  [
    'an isolation level',
    'set session characteristics as transaction isolation level serializable',
    `select current_setting('transaction_isolation')`,
    'read committed',
  ],
  [
    'no statement timeout',
    'set session statement_timeout to 0',
    `select current_setting('statement_timeout')`,
    '30s',
  ],
  [
    'another encoding',
    `set session client_encoding to 'LATIN1'`,
    `select current_setting('client_encoding')`,
    'UTF8',
  ],
  [
    'another string syntax',
    'set session standard_conforming_strings to off',
    `select current_setting('standard_conforming_strings')`,
    'on',
  ],
  [
    'a setting of its own',
    `set session app.spy to 'here'`,
    `select coalesce(nullif(current_setting('app.spy', true), ''), 'none')`,
    'none',
  ],
  [
    'a context for the session',
    `set session app.current_organization_id to '${acme.organizationId}'`,
    `select current_setting('app.current_organization_id')`,
    bolt.organizationId,
  ],
]

describe('what acme plants, bolt does not find', () => {
  test.each(plants)('%s', async (_name, plant, look, clean) => {
    const before = await backend()
    await as(acme, client => client.query(plant))
    expect(await value(bolt, look)).toBe(clean)
    expect(await value(bolt, 'select count(*)::int from hr.employees')).toBe(10)
    // The same connection, or nothing was proved.
    expect(await backend()).toBe(before)
  })

  test('lastval() of another organization', async () => {
    await as(acme, client => client.query(`select nextval('public.spy')`))
    await expect(rows(bolt, 'select lastval()')).rejects.toThrow(/lastval is not yet defined/)
  })

  test('a statement prepared under the name that the driver uses', async () => {
    const statement = { name: 'page', text: 'select first_name from hr.employees where id = 1' }
    await as(acme, async client => {
      await client.query(statement)
      await client.query('deallocate all')
      await client.query(`prepare page as select 'planted'::text as first_name`)
    })
    const result = await as(bolt, client => client.query(statement))
    expect(result.rows).toEqual([{ first_name: 'Employee 1 bolt' }])
  })

  test('a role for the session', async () => {
    await as(acme, client => client.query('commit; set session role rowhouse_visitor'))
    const { rows } = await as(bolt, async client => {
      await client.query('commit')
      return client.query('select current_user::text as name')
    })
    expect(rows).toEqual([{ name: 'rowhouse_authenticator_of_tests' }])
  })

  test('a temporary table, where somebody gave the right back', async () => {
    const admin = await connect(db.url, 'test')
    await admin.query(`grant temporary on database ${db.name} to rowhouse_visitor`)
    await as(acme, client => client.query('create temporary table spy (id int)'))
    const look = `select count(*)::int from pg_class where relname = 'spy' and relpersistence = 't'`
    expect(await value(bolt, look)).toBe(0)
    await admin.query(`revoke temporary on database ${db.name} from rowhouse_visitor`)
    await admin.end()
  })

  test('a transaction that it ended itself, with a role and settings for the session', async () => {
    await as(acme, client =>
      client.query(`commit; set session role rowhouse_visitor; set session search_path to pg_temp`),
    )
    expect(await value(bolt, 'select count(*)::int from hr.employees')).toBe(10)
    expect(await value(bolt, `select current_setting('search_path')`)).toBe('"$user", public')
  })
})

describe('SQL inside a transaction cannot become another tenant', () => {
  const attempts = [
    `set local app.current_organization_id to '${bolt.organizationId}'`,
    `set local app.user_id to '${bolt.userId}'; set local app.current_organization_id to '${bolt.organizationId}'`,
    `set local app.context_expires to '9999999999'`,
  ]
  test.each(attempts)('%s', async attempt => {
    await expect(
      as(acme, async client => {
        await client.query(attempt)
        return client.query('select id from hr.employees')
      }),
    ).rejects.toMatchObject({ code: 'RH002' })
  })
  test('reset role', async () => {
    await expect(rows(acme, 'reset role; select id from hr.employees')).rejects.toThrow(/permission denied/)
  })
  test.each(['rowhouse_owner', 'rowhouse_definer', 'postgres'])('set role %s', async role => {
    await expect(rows(acme, `reset role; set role ${role}`)).rejects.toThrow(/permission denied/)
    await expect(rows(acme, `set session authorization ${role}`)).rejects.toThrow(/permission denied/)
  })
  test('no temporary tables', async () => {
    await expect(rows(acme, 'create temporary table spy (id int)')).rejects.toThrow(/permission denied/)
  })
  test('the sealing key is out of reach', async () => {
    await expect(rows(acme, 'select app_private.context_key()')).rejects.toThrow(/permission denied/)
  })
})

test('a client that is kept is of no use after its transaction', async () => {
  const kept = await as(acme, async client => client)
  await expect(kept.query('select 1')).rejects.toThrow(/has ended/)
})

test('a failed statement rolls back, and the connection stays', async () => {
  const before = await backend()
  const failed = as(acme, async client => {
    await client.query(`update hr.employees set first_name = 'gone'`)
    await client.query('select 1 / 0')
  })
  await expect(failed).rejects.toThrow(/division by zero/)
  expect(await value(acme, `select count(*)::int from hr.employees where first_name = 'gone'`)).toBe(0)
  expect(await backend()).toBe(before)
})

test('a failure that was swallowed does not pass for a commit', async () => {
  const swallowed = as(acme, async client => {
    await client.query(`update hr.employees set first_name = 'gone'`)
    await client.query('select 1 / 0').catch(() => {})
    return 'fine'
  })
  await expect(swallowed).rejects.toThrow(/rolled back/)
})

test('a connection that breaks is replaced', async () => {
  const before = await backend()
  const broken = as(acme, async client => {
    const admin = await connect(db.url, 'test')
    await admin.query('select pg_terminate_backend($1)', [before])
    await admin.end()
    return client.query('select 1')
  })
  await expect(broken).rejects.toThrow()
  expect(await value(bolt, 'select count(*)::int from hr.employees')).toBe(10)
  expect(await backend()).not.toBe(before)
  expect(pool.totalCount).toBe(1)
})

test('a statement that takes too long is cancelled', async () => {
  const options = { visitor: 'rowhouse_visitor', statementTimeout: 50 }
  const slow = withTenant(pool, contextOf(acme), options, client => client.query('select pg_sleep(5)'))
  await expect(slow).rejects.toMatchObject({ code: '57014' })
})
