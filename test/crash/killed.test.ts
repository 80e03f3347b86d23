/** `kill -9` of apply, once inside every kind of operation, and before and after each kind's commit. */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { steps } from '../../src/engine/apply/render.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { moments, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import {
  finishApply,
  folder,
  journal,
  type Result,
  resultOf,
  sessionEnded,
  startApply,
  undisturbed,
} from './struck.ts'

/** Fifteen commands one after the other: 8 s on two idle cores, many times that on busy ones. */
const patience = 240_000

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
