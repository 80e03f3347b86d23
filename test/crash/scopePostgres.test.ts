/** `kill -9` of Postgres while a database is scoped in place: also where commits do not wait for the disk. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { steps } from '../../src/engine/apply/render.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { type EmbeddedServer, removeEmbedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { preparedScope, sellout, verifiedScope } from '../engine/scope/scoped.ts'
import { strays } from '../engine/scope/strays.ts'
import { killAll } from './killAll.ts'
import { moments, pick, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishCommand, journal, startCommand } from './struck.ts'

const patience = 240_000
const home = mkdtempSync(join(tmpdir(), 'rowhouse-test-'))
chmodSync(home, 0o711)
let server: EmbeddedServer
afterAll(async () => {
  await server.stop()
  await removeEmbedded(home)
  rmSync(home, { recursive: true, force: true })
})

test(
  `kill -9 of Postgres amid the rows and at four points, seed ${seed}`,
  async () => {
    server = await startEmbedded({ home, durable: true })
    const url = () => withDatabase(server.url, 'struck')
    await withClient(server.url, 'test', client => client.query('create database struck'))
    await withClient(url(), 'test', client =>
      buildSample(client, { system: 'sellout', tenants: 3, rows: 1000 }),
    )
    const folder = join(home, 'struck')
    mkdirSync(folder)
    const spec = { ...(await sellout()), workspace: 'workspace' }
    writeFileSync(join(folder, 'tenancy.json5'), JSON.stringify(spec))
    const argv = (to: string) => [
      ...['apply', '--database', to, '--spec', 'tenancy.json5', '--yes', '--jobs', '1'],
      ...['--phase', 'enforce', '--override'],
    ]
    const { plan } = await preparedScope(url(), spec)
    const all = steps(plan).flatMap(step => step.units)
    const crash = async () => {
      killAll(server.pid)
      await server.exited
    }

    // Amid the rows: what was committed and not yet on the disk is gone whole, progress included.
    const amid = startCommand(argv(url()), folder)
    for (;;) {
      await wait(5)
      const seen = await withClient(url(), 'test', client =>
        client.query('select from rowhouse.assignments where rows_seen > 0'),
      ).catch(() => ({ rowCount: 0 }))
      if (seen.rowCount) break
    }
    await crash()
    expect((await amid.ended).code).toBe(1)
    server = await startEmbedded({ home, durable: true })

    const random = randomOf(seed)
    const done = new Set(await journal(url()))
    const every = moments.flatMap(moment => pointsOf(plan, moment, random, done))
    const four = new Map<number, (typeof every)[number]>()
    while (four.size < 4) {
      const point = pick(every, random)
      four.set(point.journalled, point)
    }
    for (const point of [...four.values()].sort((a, b) => a.journalled - b.journalled)) {
      const proxy = await startProxy(url(), strikeAt(point))
      const command = startCommand(argv(proxy.url), folder)
      expect(await Promise.race([proxy.stopped(), command.ended])).toMatchObject({ text: point.statement })
      await crash()
      await proxy.close()
      expect(await command.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('RH105') })
      server = await startEmbedded({ home, durable: true })
      expect(await journal(url())).toEqual(all.slice(0, point.journalled))
    }
    await finishCommand(argv(url()), folder)
    expect(await journal(url())).toEqual(all)
    expect(await strays(url())).toEqual({})
    expect(await verifiedScope(url())).toMatchObject({ ok: true, phase: 'enforce', mismatches: [] })
  },
  patience,
)
