/** `kill -9` of Postgres under a running apply: started again, it has what was committed, and the command goes on. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { steps } from '../../src/engine/apply/render.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { type EmbeddedServer, removeEmbedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { prepared, verified } from '../engine/fold.ts'
import { killAll } from './killAll.ts'
import { moments, pick, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishApply, journal, type Result, resultOf, startApply } from './struck.ts'

/** Five crashes and recoveries: 11 s on two idle cores. */
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
  `kill -9 of Postgres at five points, seed ${seed}`,
  async () => {
    server = await startEmbedded({ home, durable: true })
    const urlOf = (name: string) => withDatabase(server.url, name)
    await withClient(server.url, 'test', client => client.query('create database undisturbed'))
    await withClient(urlOf('undisturbed'), 'test', client => buildSample(client, { rows: 60, small: true }))
    await withClient(server.url, 'test', client =>
      client.query('create database struck template undisturbed'),
    )
    const [calm, struck] = ['calm', 'struck'].map(name => join(home, name)) as [string, string]
    for (const folder of [calm, struck]) mkdirSync(folder)
    await finishApply(urlOf('undisturbed'), calm)

    const { plan } = await prepared(urlOf('struck'), { workspace: 'workspace' })
    const all = steps(plan).flatMap(step => step.units)
    const points = chosen()
    for (const point of points) {
      const proxy = await startProxy(urlOf('struck'), strikeAt(point))
      const apply = startApply(proxy.url, struck)
      expect(await Promise.race([proxy.stopped(), apply.ended])).toMatchObject({ text: point.statement })
      killAll(server.pid)
      await server.exited
      // What the person at the keyboard sees: the connection is lost, run the same command again.
      await proxy.close()
      expect(await apply.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('RH105') })
      server = await startEmbedded({ home, durable: true })
      expect(await journal(urlOf('struck'))).toEqual(all.slice(0, point.journalled))
    }
    await finishApply(urlOf('struck'), struck)
    expect(await journal(urlOf('struck'))).toEqual(all)
    expect(await verified(urlOf('struck'))).toMatchObject({ ok: true, mismatches: [] })
    const result = withoutSequences(await resultOf(urlOf('struck'), struck))
    expect(result).toEqual(withoutSequences(await resultOf(urlOf('undisturbed'), calm)))

    /** Five of all, in the plan's order, so that one database meets them one after the other. */
    function chosen() {
      const random = randomOf(seed)
      const every = moments.flatMap(moment => pointsOf(plan, moment, random))
      const five = new Map<number, (typeof every)[number]>()
      while (five.size < 5) {
        const point = pick(every, random)
        five.set(point.journalled, point)
      }
      return [...five.values()].sort((a, b) => a.journalled - b.journalled)
    }
  },
  patience,
)

/** Recovery moves a sequence up to 32 numbers ahead: Postgres writes its log that far in advance. */
const withoutSequences = ({ rows, ...rest }: Result) => ({
  ...rest,
  rows: Object.fromEntries(Object.entries(rows).filter(([, sum]) => sum.includes(' rows '))),
})
