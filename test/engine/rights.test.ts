/** A login that is no superuser, as on a managed Postgres: it takes the whole road, or is told what it lacks. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type pg from 'pg'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import { type PlanRecord, readState } from '../../src/engine/apply/state.ts'
import { prepare } from '../../src/engine/plan/prepare.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { phases } from '../../src/engine/scope/plan.ts'
import { verifyScope } from '../../src/engine/scope/verify.ts'
import type { SpecFile } from '../../src/engine/spec/specFile.ts'
import { verify } from '../../src/engine/verify/verify.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { type Roles, rolesOf } from '../../src/postgres/roles.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { dropRoles } from '../helpers/roles.ts'
import { serverUrl } from '../helpers/run.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { withFolder } from './fold.ts'
import { sellout } from './scope/scoped.ts'

const asAdmin = <T>(work: (client: pg.Client) => Promise<T>, url = serverUrl()) =>
  withClient(url, 'test', work)

/** Roles belong to the server: each test has its own, and takes them away again. */
let login: string
let roles: Roles
let one: TestDatabase
let url: string
const password = 'only for tests'
beforeEach(async () => {
  const name = `rht_${randomBytes(4).toString('hex')}`
  login = `${name}_login`
  roles = rolesOf(name)
  one = await database()
  const address = new URL(one.url)
  address.username = login
  address.password = password
  url = address.toString()
})
afterEach(async () => {
  await one.drop()
  await dropRoles(login, application(), ...Object.values(roles))
})

/** Who owns the tables of a database in use. */
const application = () => `${login}_application`

const createLogin = (attributes: string) =>
  asAdmin(client => client.query(`create role ${ident(login)} login ${attributes} password '${password}'`))

const refusal = () =>
  road().then(
    () => undefined,
    error => error,
  )

/** Prepare, apply, verify, as the login. */
async function road(spec: SpecFile = {}) {
  const { plan } = await withClient(url, 'inspect', client => prepare(client, spec, roles))
  await withFolder(async folder => {
    await apply(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} })
  })
  const report = await withClient(url, 'verify', client => verify(client, plan, () => {}))
  return { plan, report }
}

test('with CREATEROLE and a database of its own it goes all the way, and back', async () => {
  await createLogin('createrole')
  await asAdmin(client => client.query(`alter database ${ident(one.name)} owner to ${ident(login)}`))
  await withClient(url, 'sample', client => buildSample(client, { rows: 60, small: true }))
  const { plan, report } = await road()
  expect(report).toMatchObject({ ok: true, organizations: 3, mismatches: [] })
  const { rows } = await withClient(one.url, 'test', client =>
    client.query(
      `select relowner::regrole::text as owner from pg_class where oid = 'hr.employees'::regclass`,
    ),
  )
  expect(rows).toEqual([{ owner: roles.owner }])
  await withFolder(folder => cancel(url, plan, { workspace: folder, listen: () => {} }))
  const { rows: left } = await withClient(one.url, 'test', client =>
    client.query(
      `select nspname from pg_namespace where nspname in ('hr', 'rowhouse', 'app_public', 'app_private', 'app_hidden')`,
    ),
  )
  expect(left).toEqual([])
})

test('it renumbers and merges as well', async () => {
  await createLogin('createrole')
  await asAdmin(client => client.query(`alter database ${ident(one.name)} owner to ${ident(login)}`))
  await withClient(url, 'sample', client => buildSample(client, { rows: 60, small: true }))
  const merge = ['app_label', 'model']
  const { report } = await road({
    keys: 'renumber',
    tables: { django_content_type: { to: 'content_types', merge } },
  })
  expect(report).toMatchObject({ ok: true, organizations: 3, mismatches: [] })
})

test('in place it scopes the tables of another login, to the last phase, and gives them back', async () => {
  await createLogin('createrole')
  await asAdmin(client =>
    client.query(`create role ${ident(application())} login password '${password}';
      grant ${ident(application())} to ${ident(login)};
      alter database ${ident(one.name)} owner to ${ident(application())};
      grant create on database ${ident(one.name)} to ${ident(login)}`),
  )
  const theirs = new URL(url)
  theirs.username = application()
  await buildSample(() => connect(theirs.toString(), 'sample'), { system: 'sellout', tenants: 3, rows: 300 })
  const shape = () => withClient(one.url, 'test', client => snapshot(client))
  const before = await shape()
  const prepared = async () => {
    const spec = await sellout()
    return withClient(url, 'inspect', client => prepare(client, spec, roles))
  }
  // One more right than it has: the sample's triggers would say that the old application touched each row.
  await expect(prepared()).rejects.toMatchObject({
    code: 'RH115',
    hint: expect.stringContaining('grant set on parameter session_replication_role'),
  })
  await asAdmin(client => client.query(`grant set on parameter session_replication_role to ${ident(login)}`))
  const { plan } = await prepared()
  await withFolder(async folder => {
    const road = { workspace: join(folder, 'workspace'), listen: () => {} }
    for (const until of phases) {
      await apply(url, plan, { ...road, until })
      const report = await withClient(url, 'verify', async client =>
        verifyScope(client, (await readState(client)) as PlanRecord, () => {}),
      )
      expect(report).toMatchObject({ ok: true, phase: until, mismatches: [] })
    }
    await cancel(url, plan, road)
  })
  expect(await shape()).toEqual(before)
})

test('without rights it is told which, with SQL that is enough', async () => {
  await createLogin('nocreaterole')
  await withClient(one.url, 'sample', client => buildSample(client, { rows: 60, small: true }))
  const said: string[] = []
  // What may not be read is not known before it may; everything else is said at once.
  for (let refused = await refusal(); refused !== undefined; refused = await refusal()) {
    expect(refused).toMatchObject({ code: 'RH104', hint: expect.stringMatching(/^as a superuser/) })
    said.push(refused.message)
    const sql = refused.hint.replace(/^as a superuser.*?:/, '')
    await asAdmin(client => client.query(sql), one.url)
    expect(said.length).toBeLessThan(3)
  }
  expect(said).toEqual([
    expect.stringContaining(`the login ${login} may not read`),
    expect.stringMatching(
      `the login ${login} may not create the roles .*, and may not create schemas in database "${one.name}"`,
    ),
  ])
  const { report } = await withClient(url, 'test', async client => {
    const { plan } = await prepare(client, {}, roles)
    return { report: await verify(client, plan, () => {}) }
  })
  expect(report).toMatchObject({ ok: true, mismatches: [] })
})
