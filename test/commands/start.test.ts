/** `npm start` as a program: the first run, the later ones, beginning again, and a run that was killed. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { furnish, greeted, house } from './demonstration.ts'
import { ask, contents, expectRefusal, folder, query, rowhouse, rowhouseStarted, signIn } from './rowhouse.ts'

// The demonstration as it is, once: twelve tenants, 26 tables, 300,000 rows.
test('the first run greets, a later one has the data, a reset begins again', async () => {
  const { home, start } = house()
  const first = start()
  const began = performance.now()
  const { text, url, logins } = await greeted(first, 240_000)
  const seconds = (performance.now() - began) / 1000
  console.log(`the first start took ${seconds.toFixed(1)} s`)
  // Ninety are promised; the machine of a test runs other tests.
  expect(seconds).toBeLessThan(180)
  expect(logins).toHaveLength(3)
  expect(new Set(logins.map(({ organization }) => organization)).size).toBe(3)
  const [, rows] = /verified: (\d+) rows in 26 tables of 12 organizations/.exec(first.stderr()) ?? []
  expect(Number(rows)).toBeGreaterThan(290_000)
  expect(Number(rows)).toBeLessThan(310_000)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)

  // What it says to paste can be pasted.
  const pasted = /^TOKEN=[\s\S]+?\n\n/m.exec(text)?.[0] ?? ''
  const shell = spawnSync('sh', ['-c', `command -v curl >/dev/null || exit 99\n${pasted}`], {
    encoding: 'utf8',
  })
  if (shell.status !== 99) {
    expect(JSON.parse(shell.stdout).data.employees.nodes).toHaveLength(3)
  }

  const [login] = logins
  if (login === undefined) throw new Error('no login')
  const token = await signIn(url, login)
  const { data } = await ask(url, token, '{ departments(first: 1) { nodes { rowId name } } }')
  const [department] = (data as { departments: { nodes: { rowId: string }[] } }).departments.nodes
  const rename = `mutation { updateDepartment(input: {rowId: "${department?.rowId}", patch: {name: "Renamed"}}) { department { name } } }`
  expect(await ask(url, token, rename)).toEqual({
    data: { updateDepartment: { department: { name: 'Renamed' } } },
  })
  expect(await first.stop('SIGINT')).toMatchObject({ code: 0, signal: null })
  expect(existsSync(join(home, 'running.json'))).toBe(false)

  const second = start()
  const again = await greeted(second)
  // Nothing is built or folded again.
  expect(second.stderr()).not.toMatch(/building|folding|verifying/)
  const kept = `{ department(rowId: "${department?.rowId}") { name } }`
  expect(await ask(again.url, await signIn(again.url, login), kept)).toEqual({
    data: { department: { name: 'Renamed' } },
  })
  // While it runs, another is told, and a reset is refused.
  const other = start()
  expectRefusal(await other.ended, 'RH142', new RegExp(`process ${second.pid}`))
  expectRefusal(await start('--reset').ended, 'RH142', /process/)
  expect((await fetch(`${again.url}/readyz`)).status).toBe(200)
  await second.stop()

  writeFileSync(join(home, 'mine.txt'), 'kept')
  const third = start('--reset')
  // It begins with nothing; how it goes on was seen above.
  await third.line(/schema acme built/, 60_000)
  expect(third.stderr()).toContain('began again')
  expect(existsSync(join(home, 'hr'))).toBe(false)
  expect(readFileSync(join(home, 'mine.txt'), 'utf8')).toBe('kept')
  await third.stop('SIGKILL')
}, 480_000)

test('killed in the middle of the fold, the next start finishes', async () => {
  const { home, start } = house()
  await furnish(home, 'hr')
  const first = start()
  await first.line(/copy .*employees/, 60_000)
  await first.stop('SIGKILL')
  expect(first.stdout()).not.toContain('GraphQL')
  const second = start()
  const { url, logins } = await greeted(second)
  expect(second.stderr()).toMatch(/of \d+ steps are done, going on/)
  expect(second.stderr()).toMatch(/verified: \d+ rows/)
  for (const login of logins) {
    const token = await signIn(url, login)
    expect(await ask(url, token, '{ employees { totalCount } }')).toEqual({
      data: { employees: { totalCount: 200 } },
    })
  }
  await second.stop()
}, 120_000)

test('killed while the sample was built, the next start builds it again', async () => {
  const { start } = house()
  const first = start()
  await first.line(/schema acme built/, 60_000)
  await first.stop('SIGKILL')
  const second = start()
  await second.line(/the sample was not finished; building it again/, 60_000)
  await second.line(/schema acme built/, 60_000)
  await second.stop('SIGKILL')
}, 120_000)

describe('with DATABASE_URL', () => {
  const environment = async (url: string) => ({
    DATABASE_URL: url,
    AUTHENTICATOR_URL: await authenticatorUrl(url),
    ROWHOUSE_HOME: join(folder(), '.rowhouse'),
    PORT: '0',
  })

  test('an empty one is only built in when that was said', async () => {
    const { url } = await database()
    await ensureRoles(url)
    const env = await environment(url)
    const before = await contents(url)
    expectRefusal(await rowhouse(['start'], { env }), 'RH122', /npm start -- --yes/, 2)
    expectRefusal(await rowhouse(['start', '--reset'], { env }), 'RH200', /unset DATABASE_URL/, 2)
    expect(await contents(url)).toBe(before)
    const program = rowhouseStarted(['start', '--yes'], { env })
    await program.line(/schema acme built/, 60_000)
    await program.stop('SIGKILL')
  }, 120_000)

  test('one that is folded is served', async () => {
    const { url } = await database('hr-folded')
    const program = rowhouseStarted(['start'], { env: await environment(url) })
    const greeting = await greeted(program)
    const [login] = greeting.logins
    if (login === undefined) throw new Error('no login')
    const token = await signIn(greeting.url, login)
    expect(await ask(greeting.url, token, '{ employees { totalCount } }')).toEqual({
      data: { employees: { totalCount: 200 } },
    })
    await program.stop()
    expect(await query(url, 'select served_at is not null as served from rowhouse.plans')).toEqual([
      { served: true },
    ])
  }, 120_000)

  test("somebody's own is left alone", async () => {
    const { url } = await database()
    await query(url, 'create table public.customers (id int primary key)')
    const before = await contents(url)
    const env = await environment(url)
    for (const argv of [['start'], ['start', '--yes']]) {
      expectRefusal(await rowhouse(argv, { env }), 'RH145', /has tables and was not folded/)
    }
    expect(await contents(url)).toBe(before)
  })
})
