/** How the server logs in when nobody chose a password: on a server that asks for one. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { type Config, readConfig } from '../../src/config.ts'
import { connect } from '../../src/postgres/connect.ts'
import { type EmbeddedServer, startEmbedded } from '../../src/postgres/embedded.ts'
import { openPools } from '../../src/postgres/pools.ts'
import { derivedSecret } from '../../src/postgres/secrets.ts'

const homes: string[] = []
function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse-pools-'))
  homes.push(home)
  return home
}

let server: EmbeddedServer
let admin: pg.Client
beforeAll(async () => {
  server = await startEmbedded({ home: newHome(), durable: false })
  admin = await connect(server.url, 'test')
  await admin.query('create role rowhouse_visitor; create role rowhouse_owner')
  await admin.query('create role rowhouse_authenticator login noinherit in role rowhouse_visitor')
  await admin.query(`create role weak login password 'weak'`)
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

const configFor = (home: string, more: Record<string, string> = {}): Config =>
  readConfig({ ROWHOUSE_HOME: home, ...more })

async function whoServes(config: Config): Promise<string> {
  const pools = await openPools(config, server.url)
  try {
    return (await pools.requests.query('select current_user::text as name')).rows[0].name
  } finally {
    await pools.end()
  }
}
const storedPassword = async () =>
  (await admin.query(`select rolpassword from pg_authid where rolname = 'rowhouse_authenticator'`)).rows[0]
    .rolpassword

test('the password is set once, as a verifier, and found again', async () => {
  const config = configFor(newHome())
  expect(await whoServes(config)).toBe('rowhouse_authenticator')
  const stored = await storedPassword()
  expect(stored).toMatch(/^SCRAM-SHA-256\$4096:/)
  expect(await whoServes(config)).toBe('rowhouse_authenticator')
  expect(await storedPassword()).toBe(stored)
})

test('another home sets another one', async () => {
  const stored = await storedPassword()
  expect(await whoServes(configFor(newHome()))).toBe('rowhouse_authenticator')
  expect(await storedPassword()).not.toBe(stored)
})

test('a login that may not set it is told the SQL for whoever may', async () => {
  const url = new URL(server.url)
  url.username = 'weak'
  url.password = 'weak'
  await expect(openPools(configFor(newHome()), url.toString())).rejects.toMatchObject({
    code: 'RH104',
    hint: expect.stringMatching(/alter role rowhouse_authenticator login password 'SCRAM-SHA-256\$.*';$/),
  })
})

test('a server without the roles is told apart', async () => {
  const config = configFor(newHome(), { ROWHOUSE_ROLE_PREFIX: 'elsewhere' })
  await expect(openPools(config, server.url)).rejects.toMatchObject({
    code: 'RH104',
    message: expect.stringMatching(/has no role elsewhere_authenticator/),
  })
})

describe('a login that is named', () => {
  const named = (user: string) => {
    const url = new URL(server.url)
    url.username = user
    url.password = 'named'
    return configFor(newHome(), { AUTHENTICATOR_URL: url.toString() })
  }
  test('serves when it is the visitor and nothing else', async () => {
    await admin.query(`create role plain login password 'named' in role rowhouse_visitor`)
    expect(await whoServes(named('plain'))).toBe('plain')
  })
  test.each([
    ['a superuser', 'superuser'],
    ['one that bypasses row-level security', 'bypassrls in role rowhouse_visitor'],
    ['one that can become the owner', 'in role rowhouse_visitor, rowhouse_owner'],
  ])('is refused: %s', async (_name, attributes) => {
    await admin.query(`drop role if exists strong; create role strong login password 'named' ${attributes}`)
    await expect(openPools(named('strong'), server.url)).rejects.toMatchObject({
      code: 'RH201',
      message: expect.stringMatching(/strong must not serve/),
    })
  })
  test('that may not become the visitor is told the SQL', async () => {
    await admin.query(`create role lost login password 'named'`)
    await expect(openPools(named('lost'), server.url)).rejects.toMatchObject({
      code: 'RH104',
      hint: expect.stringMatching(/grant rowhouse_visitor to lost;/),
    })
  })
})

test('a wrong password of the migrator is one message without the password', async () => {
  const url = new URL(server.url)
  url.password = 'wrong-secret'
  const refused = openPools(configFor(newHome()), url.toString())
  await expect(refused).rejects.toMatchObject({ code: 'RH102' })
  await expect(refused).rejects.not.toThrow(/wrong-secret/)
})

test('in production nothing is derived', async () => {
  const config = configFor(newHome(), { NODE_ENV: 'production' })
  await expect(openPools(config, server.url)).rejects.toMatchObject({ code: 'RH201' })
})

describe('the file of secrets', () => {
  test('is for its owner only, and every purpose gets its own', () => {
    const home = join(newHome(), 'not', 'there', 'yet')
    const one = derivedSecret(home, 'one')
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(derivedSecret(home, 'one')).toBe(one)
    expect(derivedSecret(home, 'two')).not.toBe(one)
    expect(derivedSecret(newHome(), 'one')).not.toBe(one)
    expect(statSync(join(home, 'secret')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(home, 'secret'), 'utf8')).not.toContain(one)
  })

  test('that is something else is left alone', () => {
    const home = newHome()
    writeFileSync(join(home, 'secret'), 'my diary')
    expect(() => derivedSecret(home, 'one')).toThrow(expect.objectContaining({ code: 'RH144' }))
    expect(readFileSync(join(home, 'secret'), 'utf8')).toBe('my diary')
  })
})
