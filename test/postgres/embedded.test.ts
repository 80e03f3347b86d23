import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../src/postgres/connect.ts'
import { isAlive } from '../../src/postgres/embedded/predecessor.ts'
import { type EmbeddedEvent, removeEmbedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { start } from '../helpers/program.ts'

const homes: string[] = []

async function newHome(mode = 0o711): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse embedded '))
  await chmod(home, mode)
  homes.push(home)
  return home
}

afterAll(async () => {
  for (const home of homes) {
    await removeEmbedded(home).catch(() => {})
    rmSync(home, { recursive: true, force: true })
  }
})

const one = async (url: string, sql: string) =>
  withClient(url, 'test', async client => (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0])

/** A house in a process of its own, as `npm start` is. */
const owner = (home: string) => start('test/postgres/embedded-owner.ts', [home])

/** Ended: a container's first process may be slow to collect what it inherited, so a zombie has no command left. */
async function gone(pid: number): Promise<boolean> {
  const running = () => isAlive(pid) && /postgres/.test(ps('command=', '-p', String(pid)))
  for (let waited = 0; running() && waited < 2000; waited += 20) await sleep(20)
  return !running()
}

const ps = (columns: string, ...argv: readonly string[]) =>
  spawnSync('ps', ['-ww', '-o', columns, ...argv], { encoding: 'utf8' }).stdout.replace(/^.*defunct.*$/gm, '')

test('the first start makes a server, a later one keeps its rows and is fast', async () => {
  const home = await newHome()
  const events: EmbeddedEvent[] = []
  const first = await startEmbedded({ home, onEvent: event => events.push(event) })
  await one(first.url, 'create table kept as select 42 as n')
  expect(await one(first.url, 'show data_checksums')).toBe('on')
  expect(await one(first.url, 'show fsync')).toBe('on')
  expect(await one(first.url, 'show listen_addresses')).toBe('127.0.0.1')
  expect(await one(first.url, 'show unix_socket_directories')).toBe('')
  expect(await one(first.url, "select datlocale from pg_database where datname = 'template1'")).toBe(
    'C.UTF-8',
  )
  await first.stop()
  expect(await gone(first.pid)).toBe(true)

  const second = await startEmbedded({
    home,
    settings: { work_mem: '7MB' },
    onEvent: event => events.push(event),
  })
  expect(await one(second.url, 'select n from kept')).toBe(42)
  expect(await one(second.url, 'show work_mem')).toBe('7MB')
  await second.stop()
  expect(events.map(({ kind }) => kind)).toEqual(['embedded-created', 'embedded-ready', 'embedded-ready'])
  const last = events.at(-1)
  expect(last?.kind === 'embedded-ready' && last.milliseconds).toBeLessThan(1000)
})

test('a login without the password is refused', async () => {
  const home = await newHome()
  const server = await startEmbedded({ home, durable: false })
  const bare = new URL(server.url)
  bare.password = 'guess'
  await expect(one(bare.toString(), 'select 1')).rejects.toMatchObject({ code: 'RH102' })
  expect(statSync(join(server.dataDirectory, '..', 'rowhouse-embedded.json')).mode & 0o077).toBe(0)
  await server.stop()
})

test('a second owner at the same time is told who has it, and disturbs nothing', async () => {
  const home = await newHome()
  const first = owner(home)
  await first.line(/ready (\d+)/)
  await expect(startEmbedded({ home })).rejects.toMatchObject({
    code: 'RH142',
    message: expect.stringContaining(`process ${first.pid}`),
  })
  await expect(removeEmbedded(home)).rejects.toMatchObject({ code: 'RH142' })
  expect(first.stdout()).not.toContain('lost')
  await first.stop()
})

test('its owner killed: the server ends by itself', async () => {
  const home = await newHome()
  const first = owner(home)
  const pid = Number((await first.line(/ready (\d+)/))[1])
  await first.stop('SIGKILL')
  expect(await gone(pid)).toBe(true)
})

test('its owner and the watch killed: the next start stops the orphan and goes on', async () => {
  const home = await newHome()
  const first = owner(home)
  const pid = Number((await first.line(/ready (\d+)/))[1])
  const watch = ps('pid=,args=', '-A')
    .split('\n')
    .find(line => line.includes(`while read`) && line.endsWith(` ${pid}`))
  process.kill(Number.parseInt(watch ?? '', 10), 'SIGKILL')
  await first.stop('SIGKILL')
  expect(await gone(pid)).toBe(false)
  const events: EmbeddedEvent[] = []
  const second = await startEmbedded({ home, onEvent: event => events.push(event) })
  expect(events).toContainEqual({ kind: 'embedded-orphan-stopped', pid })
  expect(await gone(pid)).toBe(true)
  expect(await one(second.url, 'select 1')).toBe(1)
  await second.stop()
})

test('the server itself killed: the owner hears of it, and the next start recovers', async () => {
  const home = await newHome()
  const events: EmbeddedEvent[] = []
  const first = await startEmbedded({ home, onEvent: event => events.push(event) })
  await one(first.url, 'create table kept as select 42 as n')
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await sleep(50)
  expect(events.map(({ kind }) => kind)).toContain('embedded-lost')
  expect(existsSync(join(first.dataDirectory, 'postmaster.pid'))).toBe(true)
  const second = await startEmbedded({ home })
  expect(await one(second.url, 'select n from kept')).toBe(42)
  await second.stop()
})

test('a postmaster.pid whose process is somebody else now is no obstacle', async () => {
  const home = await newHome()
  const first = await startEmbedded({ home, durable: false })
  await first.stop()
  const stale = [process.pid, first.dataDirectory, 1, first.port, '', '127.0.0.1', '', 'ready   ', ''].join(
    '\n',
  )
  writeFileSync(join(first.dataDirectory, 'postmaster.pid'), stale)
  const second = await startEmbedded({ home, durable: false })
  expect(await one(second.url, 'select 1')).toBe(1)
  await second.stop()
})

test('a killed backend does not open the door to a second owner', async () => {
  const home = await newHome()
  const first = owner(home)
  await first.line(/ready/)
  const port = Number((await first.line(/port (\d+)/))[1])
  const marker = JSON.parse(readFileSync(join(home, 'embedded.json'), 'utf8')) as { place: string }
  const { password } = JSON.parse(
    readFileSync(join(home, marker.place, 'rowhouse-embedded.json'), 'utf8'),
  ) as { password: string }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await one(
    url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'rowhouse house%'",
  )
  for (let waited = 0; waited < 5000; waited += 100) {
    if ((await one(url, "select count(*)::int from pg_locks where locktype = 'advisory'")) === 1) break
    await sleep(100)
  }
  await expect(startEmbedded({ home })).rejects.toMatchObject({ code: 'RH142' })
  await first.stop()
})

test('data of another version is named, and left as it is', async () => {
  const home = await newHome()
  const first = await startEmbedded({ home, durable: false })
  await first.stop()
  const version = join(first.dataDirectory, 'PG_VERSION')
  writeFileSync(version, '13\n')
  await expect(startEmbedded({ home })).rejects.toMatchObject({
    code: 'RH141',
    message: expect.stringMatching(/Postgres 13.*Postgres 18/),
    hint: expect.stringContaining('--reset'),
  })
  expect(readFileSync(version, 'utf8')).toBe('13\n')
})

test('removing takes what carries our marker, and nothing else', async () => {
  const home = await newHome()
  const server = await startEmbedded({ home, durable: false })
  await server.stop()
  writeFileSync(join(home, 'mine.txt'), 'kept')
  await removeEmbedded(home)
  expect(existsSync(server.dataDirectory)).toBe(false)
  expect(readFileSync(join(home, 'mine.txt'), 'utf8')).toBe('kept')
  await removeEmbedded(home)

  mkdirSync(join(home, 'postgres'))
  writeFileSync(join(home, 'postgres', 'thesis.txt'), 'years of work')
  await expect(removeEmbedded(home)).rejects.toMatchObject({ code: 'RH144' })
  await expect(startEmbedded({ home })).rejects.toMatchObject({ code: 'RH144' })
  expect(readFileSync(join(home, 'postgres', 'thesis.txt'), 'utf8')).toBe('years of work')
})

const root = process.getuid?.() === 0 ? test : test.skip

root('root under a closed home: the server lives elsewhere, is found again, and is removed', async () => {
  const home = await newHome(0o700)
  const first = await startEmbedded({ home, durable: false })
  expect(first.dataDirectory.startsWith(home)).toBe(false)
  await one(first.url, 'create table kept as select 42 as n')
  await first.stop()
  const second = await startEmbedded({ home, durable: false })
  expect(second.dataDirectory).toBe(first.dataDirectory)
  expect(await one(second.url, 'select n from kept')).toBe(42)
  await second.stop()
  await removeEmbedded(home)
  expect(existsSync(join(first.dataDirectory, '..'))).toBe(false)
})

root("root in a house that a user started: the server stays the user's", async () => {
  const home = await newHome()
  const first = await startEmbedded({ home, durable: false })
  await first.stop()
  const other = 54321
  spawnSync('chown', ['-R', `${other}:${other}`, first.dataDirectory])
  const second = await startEmbedded({ home, durable: false })
  expect(await one(second.url, 'select 1')).toBe(1)
  await second.stop()
  expect(statSync(join(first.dataDirectory, 'PG_VERSION')).uid).toBe(other)
})

root('data that went out of reach is named, not replaced by an empty server elsewhere', async () => {
  const home = await newHome()
  const first = await startEmbedded({ home, durable: false })
  await first.stop()
  await chmod(home, 0o700)
  await expect(startEmbedded({ home, durable: false })).rejects.toMatchObject({
    code: 'RH143',
    message: expect.stringContaining('no longer reach'),
  })
  await chmod(home, 0o711)
  const again = await startEmbedded({ home, durable: false })
  expect(again.dataDirectory).toBe(first.dataDirectory)
  await again.stop()
})
