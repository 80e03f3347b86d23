/** Bad input that commands meet: one message, a hint, and everything as it was. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDatabase } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { database } from '../helpers/database.ts'
import { serverUrl } from '../helpers/run.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { contents, expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

/** Every command that needs a database. */
const commands = [
  ['sample', 'hr'],
  ['inspect'],
  ['plan'],
  ['apply', '--yes'],
  ['verify'],
  ['status'],
  ['cancel', '--yes'],
  ['serve'],
]

test('no server at that address: every command says so', async () => {
  for (const argv of commands) {
    const outcome = await rowhouse([...argv, '--database', 'postgres://ann:secret@127.0.0.1:1/hr'])
    expectRefusal(outcome, 'RH101', /ann@127\.0\.0\.1:1\/hr/)
    expect(outcome.stderr).not.toContain('secret')
  }
})

test('no such database', async () => {
  for (const argv of [['inspect'], ['status']]) {
    const outcome = await rowhouse([...argv, '--database', withDatabase(serverUrl(), 'no_such_house')])
    expectRefusal(outcome, 'RH103', /createdb "no_such_house"/)
  }
})

test('a wrong password', async () => {
  const home = folder()
  const server = await startEmbedded({ home, durable: false })
  const url = new URL(server.url)
  url.password = 'guessed'
  const outcome = await rowhouse(['inspect', '--database', url.toString()])
  expectRefusal(outcome, 'RH102', /refused the login/)
  expect(outcome.stderr).not.toContain('guessed')
  await server.stop()
})

test('a role without the rights: which, and the SQL for a superuser', async () => {
  const { url } = await database('hr-legacy')
  await ensureRoles(url)
  const login = 'rowhouse_test_lodger_of_commands'
  await query(
    withDatabase(url, 'postgres'),
    `select pg_advisory_lock(7269);
     do $$ begin if to_regrole('${login}') is null then create role ${login} login; end if; alter role ${login} password 'lodger'; end $$;`,
  )
  const lodger = new URL(url)
  lodger.username = login
  lodger.password = 'lodger'
  const before = await contents(url)
  const refused = async (argv: string[], says: RegExp) => {
    const outcome = await rowhouse([...argv, '--database', lodger.toString()])
    expectRefusal(outcome, 'RH104', says)
    return outcome.stderr
  }
  // It may not even look; then, what it lacks is said at once.
  expect(await refused(['plan'], /permission denied for table tenants_tenant/)).toMatch(
    /grant pg_read_all_data to/,
  )
  await query(url, `grant pg_read_all_data to ${login}`)
  for (const argv of [['plan'], ['apply', '--yes']]) {
    const stderr = await refused(argv, new RegExp(`the login ${login} may not .*create schemas in database`))
    expect(stderr).toMatch(new RegExp(`grant create on database \\w+ to ${login};`))
    expect(stderr).toMatch(new RegExp(`grant rowhouse_owner, .* to ${login};`))
  }
  await query(url, `revoke pg_read_all_data from ${login}`)
  expect(await contents(url)).toBe(before)
})

test('no tenant schemas', async () => {
  const { url } = await database()
  const before = await contents(url)
  for (const argv of [['inspect'], ['plan'], ['apply', '--yes']]) {
    expectRefusal(await rowhouse([...argv, '--database', url]), 'RH110', /database/)
  }
  expect(await contents(url)).toBe(before)
  // With tables it is one customer's; not where the file says that there are tenants.
  await query(url, 'create table public.customers (id int primary key)')
  const directory = folder()
  writeFileSync(join(directory, 'tenancy.json5'), '{ kind: "schemas" }')
  for (const argv of [['inspect'], ['plan'], ['apply', '--yes']]) {
    expectRefusal(await rowhouse([...argv, '--database', url], { directory }), 'RH110', /database/)
  }
})

test("one customer's database that cannot be scoped as it is: everything in the way is named", async () => {
  const { url } = await database()
  await query(
    url,
    `create table public.users (id int primary key, company text, organization_id int); insert into public.users values (1, 'Acme');
    create table public.visits (id int, user_id int references public.users, primary key (id)) partition by hash (id)`,
  )
  const before = await contents(url)
  for (const argv of [['plan'], ['apply', '--yes']]) {
    const outcome = await rowhouse([...argv, '--database', url])
    expectRefusal(outcome, 'RH115', /users\.organization_id \(scope-column-taken\).*visits \(partitioned\)/)
  }
  const directory = folder()
  writeFileSync(
    join(directory, 'tenancy.json5'),
    `{ kind: 'single', scope_column: 'client_id', tables: { users: { owner: { column: 'company' } }, visits: { scope: false } } }`,
  )
  expectRefusal(
    await rowhouse(['plan', '--database', url], { directory }),
    'RH115',
    /users \(column company\): names organizations that do not exist: "Acme", 1 rows/,
  )
  writeFileSync(
    join(directory, 'tenancy.json5'),
    `{ kind: 'single', root: 'people', tables: { visitors: {} } }`,
  )
  for (const argv of [['inspect'], ['plan']])
    expectRefusal(await rowhouse([...argv, '--database', url], { directory }), 'RH114', /people/, 2)
  expect(await contents(url)).toBe(before)
})

test('a registry that names a schema which does not exist', async () => {
  const { url } = await database('hr-legacy')
  await query(
    url,
    `update public.tenants_tenant set schema_name = 'gone' where id = (select max(id) from public.tenants_tenant)`,
  )
  const before = await contents(url)
  for (const argv of [['inspect'], ['plan'], ['apply', '--yes']]) {
    expectRefusal(await rowhouse([...argv, '--database', url]), 'RH111', /tenants_tenant.*"gone"/)
  }
  expect(await contents(url)).toBe(before)
})

describe('a spec that is not right', () => {
  test.each([
    ['an unknown key', '{ target_shema: "hr" }', 'RH112', /target_shema/],
    [
      'a missing table',
      '{ tables: { employees_manager: { to: "hr.managers" } } }',
      'RH114',
      /employees_manager/,
    ],
    ['no JSON5', '{ tables: ', 'RH112', /tenancy\.json5.*1:11/],
  ])('%s', async (_, text, code, says) => {
    const { url } = await database('hr-legacy')
    const directory = folder()
    writeFileSync(join(directory, 'tenancy.json5'), text)
    const before = await contents(url)
    for (const argv of [['plan'], ['apply', '--yes']]) {
      const outcome = await rowhouse([...argv, '--database', url], { directory })
      expectRefusal(outcome, code, says, 2)
    }
    expect(await contents(url)).toBe(before)
  })
})

test('a sample in a database that is not empty', async () => {
  const { url } = await database('hr-legacy')
  const before = await contents(url)
  expectRefusal(await rowhouse(['sample', 'hr', '--database', url]), 'RH145', /not empty|has tables/)
  expect(await contents(url)).toBe(before)
})

test('nothing folded yet: verify, cancel and serve say what comes first', async () => {
  const { url } = await database('hr-legacy')
  const before = await contents(url)
  expectRefusal(await rowhouse(['verify', '--database', url]), 'RH123', /rowhouse apply/)
  expectRefusal(await rowhouse(['cancel', '--yes', '--database', url]), 'RH123', /rowhouse status/)
  expectRefusal(await rowhouse(['serve', '--database', url]), 'RH123', /core/)
  expect(await contents(url)).toBe(before)
})
