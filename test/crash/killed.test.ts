/** `kill -9` of apply, once inside every kind of operation, and before and after each kind's commit. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { isDone, steps } from '../../src/engine/render.ts'
import { readSpecFile } from '../../src/engine/specFile.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
import { moments, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishApply, journal, type Result, resultOf, sessionEnded, startApply } from './struck.ts'

/** Fifteen commands one after the other: 8 s on two idle cores, many times that on busy ones. */
const patience = 240_000

const folders: string[] = []
const folder = async () => {
  folders.push(await mkdtemp(join(tmpdir(), 'rowhouse-test-')))
  return folders.at(-1) as string
}
afterAll(() => Promise.all(folders.map(one => rm(one, { recursive: true, force: true }))))

/** What a run that nobody disturbs makes of the template. */
async function undisturbed(template: string, spec?: string): Promise<Result> {
  const { url } = await database(template)
  const at = await folder()
  await finishApply(url, at, 1, spec)
  return resultOf(url, at)
}

describe(`kill -9 of apply, seed ${seed}`, () => {
  let expected: Result
  beforeAll(async () => {
    expected = await undisturbed('hr-legacy')
  })

  // One database is struck at every kind in turn, each time by the same command begun again.
  test.each(moments)(
    '%s: nothing is lost, the same command goes on',
    async moment => {
      const { url } = await database('hr-legacy')
      const at = await folder()
      const { plan } = await prepared(url, { workspace: 'workspace' })
      const all = steps(plan).flatMap(step => step.units)
      const points = pointsOf(plan, moment, randomOf(seed + moments.indexOf(moment)))
      expect(points.length).toBe(new Set(plan.operations.map(operation => operation.kind)).size)

      for (const point of points) {
        const proxy = await startProxy(url, strikeAt(point))
        const apply = startApply(proxy.url, at)
        const first = await Promise.race([proxy.stopped(), apply.ended])
        // It must not have come to its end, or failed, before the point.
        expect(first).toMatchObject({ text: point.statement })
        expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
        expect({ at: point.step.name, journal: await journal(url) }).toEqual({
          at: point.step.name,
          journal: all.slice(0, point.journalled),
        })
      }

      await finishApply(url, at)
      expect(await journal(url)).toEqual(all)
      expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
      expect(await resultOf(url, at)).toEqual(expected)
    },
    patience,
  )
})

describe(`kill -9 of apply that renumbers and merges, seed ${seed}`, () => {
  const file = 'renumbered.json5'
  const kinds = ['merge_rows', 'number_keys', 'copy_rows']
  let expected: Result
  beforeAll(async () => {
    expected = await undisturbed('hr-legacy', file)
  }, patience)

  test.each(moments)(
    '%s: each id is given out once',
    async moment => {
      const { url } = await database('hr-legacy')
      const at = await folder()
      const { plan } = await prepared(url, await readSpecFile(join(checkout, 'test/crash', file)))
      const points = pointsOf(plan, moment, randomOf(seed + 20 + moments.indexOf(moment))).filter(
        ({ step }) => kinds.includes(step.operation.kind),
      )
      expect(points.map(({ step }) => step.operation.kind)).toEqual(kinds)
      for (const point of points) {
        const proxy = await startProxy(url, strikeAt(point))
        const apply = startApply(proxy.url, at, 1, file)
        expect(await Promise.race([proxy.stopped(), apply.ended])).toMatchObject({ text: point.statement })
        expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
        expect(await journal(url)).toHaveLength(point.journalled)
      }
      await finishApply(url, at, 1, file)
      expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
      expect(await resultOf(url, at)).toEqual(expected)
    },
    patience,
  )
})

describe(`kill -9 of apply with two jobs on the whole system, seed ${seed}`, () => {
  let expected: Result
  beforeAll(async () => {
    expected = await undisturbed('hr-whole')
  }, patience)

  // Two connections go ahead of each other, so the journal is no prefix of the plan; what it has is done once.
  test.each(moments)(
    '%s: nothing is lost, the same command goes on',
    async moment => {
      const { url } = await database('hr-whole')
      const at = await folder()
      const { plan } = await prepared(url, { workspace: 'workspace' })
      const all = steps(plan).flatMap(step => step.units)
      const random = randomOf(seed + 10 + moments.indexOf(moment))
      const struck = new Set<string>()
      for (;;) {
        const done = new Set(await journal(url))
        const point = pointsOf(plan, moment, random, done).find(
          ({ step }) => !struck.has(step.operation.kind),
        )
        if (point === undefined) break
        struck.add(point.step.operation.kind)
        const proxy = await startProxy(url, strikeAt(point))
        const apply = startApply(proxy.url, at, 2)
        expect(await Promise.race([proxy.stopped(), apply.ended])).toMatchObject({ text: point.statement })
        expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
        const names = await journal(url)
        expect(new Set(names).size).toBe(names.length)
        expect(isDone(point.step, new Set(names))).toBe(moment === 'after commit')
        expect(names).toEqual(expect.arrayContaining([...done]))
      }
      expect(struck.size).toBeGreaterThanOrEqual(10)

      await finishApply(url, at, 2)
      expect((await journal(url)).toSorted()).toEqual(all.toSorted())
      expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
      expect(await resultOf(url, at)).toEqual(expected)
    },
    patience,
  )
})

test('a killed apply lets go although its statement would go on', async () => {
  const { url } = await database('hr-legacy')
  const at = await folder()
  await withClient(url, 'test', async client => {
    await client.query(`create function public.dawdle() returns event_trigger language plpgsql as 'begin perform pg_sleep(60); end';
      create event trigger dawdle on ddl_command_start when tag in ('CREATE INDEX') execute function public.dawdle()`)
    const apply = startApply(url, at)
    await waiting(client)
    expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
    await sessionEnded(url)
    await client.query('drop event trigger dawdle')
  })
  await finishApply(url, at)
  expect(await verified(url)).toMatchObject({ ok: true })

  async function waiting(client: pg.Client) {
    for (;;) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where datname = current_database() and application_name = 'rowhouse apply' and wait_event = 'PgSleep'`,
      )
      if (rowCount === 1) return
      await wait(20)
    }
  }
})
