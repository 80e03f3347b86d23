/** The server as a process: what it needs to start, how it says that it is ready, how it ends. */
import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, withDatabase } from '../../src/postgres/connect.ts'
import { acme, house } from '../graphql/house.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { run } from '../helpers/program.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { jwtSecret, startServer } from './server.ts'

let db: TestDatabase
let login: string
beforeAll(async () => {
  db = await house()
  login = await authenticatorUrl(db.url)
})

const environment = () => ({
  DATABASE_URL: db.url,
  AUTHENTICATOR_URL: login,
  JWT_SECRET: jwtSecret,
  PORT: '0',
})

describe('what is missing ends the start with one message', () => {
  const fails = async (env: Record<string, string>, code: string, says: RegExp, exit = 1) => {
    const outcome = await run('src/server.ts', [], { env: { ...environment(), ...env } })
    expect(outcome).toMatchObject({ code: exit, stdout: '' })
    expect(outcome.stderr).toMatch(new RegExp(`^${code}: `, 'm'))
    expect(outcome.stderr).toMatch(says)
    expect(outcome.stderr).not.toMatch(/ at .*\.ts:\d/)
  }

  test('no address', () => fails({ DATABASE_URL: '' }, 'RH201', /DATABASE_URL is not set/, 2))
  test('nobody there', () =>
    fails({ DATABASE_URL: 'postgres://a:secret@127.0.0.1:1/x' }, 'RH101', /a@127\.0\.0\.1:1/))
  test('no such database', () => fails({ DATABASE_URL: `${db.url}_not` }, 'RH103', /createdb/))
  test('a database without the core', async () => {
    const empty = await database()
    await fails(
      { DATABASE_URL: empty.url, AUTHENTICATOR_URL: await authenticatorUrl(empty.url) },
      'RH123',
      /no tenancy core/,
    )
  })
  test('production without its secrets', async () => {
    await fails({ NODE_ENV: 'production', JWT_SECRET: '' }, 'RH201', /JWT_SECRET/, 2)
    await fails({ NODE_ENV: 'production', AUTHENTICATOR_URL: '' }, 'RH201', /AUTHENTICATOR_URL/, 2)
  })
  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await fails({ PORT: String(port) }, 'RH140', new RegExp(`port ${port} .* in use`))
    other.close()
  })
})

test('answers about itself, with harmless headers', async () => {
  const server = await startServer(db.url)
  expect(await server.get('/healthz')).toMatchObject({ status: 200, body: { status: 'alive' } })
  const { status, headers } = await server.get('/readyz')
  expect(status).toBe(200)
  expect(headers.get('x-powered-by')).toBeNull()
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(await server.get('/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'RH400' } } })
  await server.program.stop()
})

test('GraphiQL is there outside production, and everything it loads is here', async () => {
  const server = await startServer(db.url)
  // By redirect: the address that is printed is the one that is opened.
  const page = await server.get('/')
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/)
  const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1])
  expect(loaded).toEqual(expect.arrayContaining(['/graphiql/signIn.js', '/graphiql/static/ruru.js']))
  for (const path of loaded.filter(path => path !== 'data:,')) {
    expect(path).toMatch(/^\/graphiql\//)
    expect((await server.get(path)).status).toBe(200)
  }
  await server.program.stop()

  const real = await startServer(db.url, { NODE_ENV: 'production' })
  for (const path of ['/graphiql', '/graphiql/signIn.js']) expect((await real.get(path)).status).toBe(404)
  await real.program.stop()
})

test('in production an unexpected error is told by its id only, and the log has it', async () => {
  const server = await startServer(db.url, { NODE_ENV: 'production' })
  const token = await server.login(acme)
  const admin = await connect(db.url, 'test')
  await admin.query('alter table hr.employees rename to staff')
  const { body } = await server.ask(token, '{ employees { totalCount } }')
  await admin.query('alter table hr.staff rename to employees')
  await admin.end()
  expect(body.errors[0]).toMatchObject({ message: 'an error on our side', extensions: { code: 'RH500' } })
  const [, id] = /the log has it under (\S+)/.exec(body.errors[0].extensions.hint) ?? []
  expect(server.program.stderr()).toContain(`"errorId":"${id}"`)
  expect(JSON.stringify(body)).not.toMatch(/staff|relation|select/i)
  await server.program.stop()
})

test('a database that went away is noticed, and served again when it is back', async () => {
  const server = await startServer(db.url)
  const token = await server.login(acme)
  const admin = await connect(withDatabase(db.url, 'postgres'), 'test')
  await admin.query(`alter database ${db.name} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [db.name])
  const away = await server.get('/readyz')
  expect(away.status).toBe(503)
  expect(away.body.reason).toEqual(expect.any(String))
  expect((await server.get('/healthz')).status).toBe(200)
  const { body } = await server.ask(token, '{ employees { totalCount } }')
  expect(body.errors[0].extensions.code).toMatch(/^RH10[15]$/)
  await admin.query(`alter database ${db.name} allow_connections true`)
  await admin.end()
  expect((await server.get('/readyz')).status).toBe(200)
  expect((await server.ask(token, '{ employees { totalCount } }')).body.data.employees.totalCount).toBe(9)
  await server.program.stop()
})

test('a database that seals with a new key is served without a restart', async () => {
  const server = await startServer(db.url)
  const token = await server.login(acme)
  const admin = await connect(db.url, 'test')
  await admin.query('delete from app_private.context_keys; select app_private.add_context_key()')
  await admin.end()
  expect((await server.get('/readyz')).status).toBe(200)
  expect((await server.ask(token, '{ employees { totalCount } }')).status).toBe(200)
  await server.program.stop()
})

test('SIGTERM ends it after the requests that run', async () => {
  const server = await startServer(db.url)
  const token = await server.login(acme)
  const body = JSON.stringify({ query: '{ employees { totalCount } }' })
  const running = request(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: `Bearer ${token}`,
    },
  })
  const answer = new Promise<string>((resolve, reject) => {
    running.on('error', reject)
    running.on('response', async response => resolve((await response.toArray()).join('')))
  })
  running.write(body.slice(0, 10))
  await sleep(200)
  const began = performance.now()
  const outcome = server.program.stop()
  await sleep(200)
  await expect(server.get('/healthz')).rejects.toThrow()
  running.end(body.slice(10))
  expect(JSON.parse(await answer)).toEqual({ data: { employees: { totalCount: 9 } } })
  expect(await outcome).toMatchObject({ code: 0, signal: null })
  // The client's connections stay open for five seconds, waiting for another question: not waited for.
  expect(performance.now() - began).toBeLessThan(3000)
})
