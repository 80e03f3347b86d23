/** The documented road, command by command, on a database that begins empty. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { sampleLogins } from '../../src/engine/sample/sample.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { ask, contents, expectRefusal, folder, query, rowhouse, rowhouseStarted, signIn } from './rowhouse.ts'

let db: TestDatabase
let directory: string
let env: Record<string, string>
beforeAll(async () => {
  db = await database()
  await ensureRoles(db.url)
  directory = folder()
  env = {
    DATABASE_URL: db.url,
    ROWHOUSE_HOME: join(directory, 'home'),
    AUTHENTICATOR_URL: await authenticatorUrl(db.url),
  }
})

/** Runs a command that must succeed; what it printed. */
async function does(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await rowhouse(argv, { directory, env })
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}`)
  return stdout
}
const json = async (...argv: string[]) => JSON.parse(await does(...argv, '--json'))

test('the whole road, and back', async () => {
  // sample → inspect → plan
  expect(await json('sample', 'hr', '--rows', '60', '--small')).toMatchObject({
    tenants: 3,
    rows: 60,
    totalRows: expect.any(Number),
  })
  const empty = await contents(db.url)
  expect(await does('inspect', '--write', 'tenancy.json5')).toContain(
    'wrote tenancy.json5; next: rowhouse plan',
  )
  expect(readFileSync(join(directory, 'tenancy.json5'), 'utf8')).toContain("to: 'hr.employees'")
  const sql = await does('plan', '--sql')
  expect(sql).toContain('create table hr.employees')
  expect(await does('plan')).toMatch(/next: rowhouse plan --sql .* rowhouse apply/)
  expect(await does('status')).toContain('no plan was begun')
  expect(await contents(db.url)).toBe(empty)

  // apply: progress on stderr, the result on stdout, the backup recorded.
  const applied = await rowhouse(['apply', '--yes', '--backup', 'snapshot 17'], { directory, env })
  expect([applied.code, applied.stdout]).toEqual([
    0,
    expect.stringMatching(/is applied: 3 organizations in 5 tables of hr/),
  ])
  expect(applied.stdout).not.toMatch(/\[ *\d+\/\d+\]/)
  expect(applied.stderr).toMatch(/\[ *\d+\/\d+\] copy/)
  const status = await json('status')
  expect(status).toMatchObject({ backup: 'snapshot 17', appliedAt: expect.any(String), servedAt: null })
  expect(status.organizations.map(({ state }: { state: string }) => state)).toEqual([
    'copied',
    'copied',
    'copied',
  ])
  expect(await json('apply', '--yes')).toMatchObject({ state: 'applied', steps: 0 })
  expect(await does('plan')).toMatch(/next: rowhouse verify/)

  // verify
  expect(await json('verify')).toMatchObject({ ok: true, organizations: 3, tables: 5, mismatches: [] })
  expect((await json('status')).organizations[0].state).toBe('verified')

  // serve, on a port that is free; another on the same port is refused.
  const serving = rowhouseStarted(['serve', '--port', '0'], { directory, env })
  const [url] = await serving.line(/http:\/\/127\.0\.0\.1:\d+/)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const [login] = sampleLogins(1)
  if (login === undefined) throw new Error('the sample has no logins')
  const token = await signIn(url, login)
  expect(await ask(url, token, '{ employees { totalCount } }')).toEqual({
    data: { employees: { totalCount: 60 } },
  })
  const second = await rowhouse(['serve', '--port', new URL(url).port], { directory, env })
  expectRefusal(second, 'RH140', new RegExp(`port ${new URL(url).port}`))
  expect(await serving.stop()).toMatchObject({ code: 0, signal: null })

  // cancel: what was served could be lost, so the name must be typed.
  const before = await contents(db.url)
  expectRefusal(
    await rowhouse(['cancel', '--yes'], { directory, env }),
    'RH122',
    new RegExp(`--confirm ${db.name}`),
    2,
  )
  expectRefusal(
    await rowhouse(['cancel', '--confirm', 'other'], { directory, env }),
    'RH122',
    /"other" is not the database's name, and the tables are served since/,
    2,
  )
  const dry = await does('cancel', '--dry-run')
  expect(dry).toMatch(/would undo \d+ steps .*\n {2}write the workspace .*note: the tables are served since/s)
  expect(await contents(db.url)).toBe(before)
  expect(await does('cancel', '--confirm', db.name)).toContain('is cancelled')
  expect(await contents(db.url)).toBe(empty)
  expect(existsSync(join(directory, 'workspace'))).toBe(false)
  expect(await does('status')).toContain('no plan was begun')
}, 120_000)

test('a port that somebody else has', async () => {
  const folded = await database('hr-folded')
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  const before = await contents(folded.url)
  const outcome = await rowhouse(['serve'], {
    directory,
    env: {
      ...env,
      DATABASE_URL: folded.url,
      AUTHENTICATOR_URL: await authenticatorUrl(folded.url),
      PORT: String(port),
    },
  })
  expectRefusal(outcome, 'RH140', new RegExp(`port ${port}`))
  other.close()
  // Not served, so not marked as served either.
  expect(await contents(folded.url)).toBe(before)
  expect(await query(folded.url, 'select served_at from rowhouse.plans')).toEqual([{ served_at: null }])
})
