/** `kill -9` while a database is scoped in place: in every kind of operation nothing is lost, the same command goes on. */
import { steps } from '../../src/engine/apply/render.ts'
import { preparedScope, sellout, verifiedScope } from '../engine/scope/scoped.ts'
import { strays } from '../engine/scope/strays.ts'
import { database } from '../helpers/database.ts'
import { moments, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { applyScope as apply, scopeFolder as folder } from './scoped.ts'
import { finishCommand, journal, type Result, resultOf, sessionEnded, startCommand } from './struck.ts'

/** Two dozen commands one after the other. */
const patience = 240_000

/** What was tried is not what was done. */
const withoutAttempts = ({ rows, ...rest }: Result) => ({
  ...rest,
  rows: Object.fromEntries(Object.entries(rows).filter(([name]) => !name.startsWith('rowhouse.attempts'))),
})

describe(`kill -9 of apply, seed ${seed}`, () => {
  let expected: Result
  beforeAll(async () => {
    const { url } = await database('sellout-legacy')
    const at = await folder(await sellout())
    await finishCommand(apply(url), at)
    expected = withoutAttempts(await resultOf(url, at))
  }, patience)

  test.each(moments)(
    '%s of every kind of operation: nothing is lost, the same command goes on',
    async moment => {
      const { url } = await database('sellout-legacy')
      const at = await folder(await sellout())
      const { plan } = await preparedScope(url, { ...(await sellout()), workspace: 'workspace' })
      const all = steps(plan).flatMap(step => step.units)
      const points = pointsOf(plan, moment, randomOf(seed + moments.indexOf(moment))).sort(
        (a, b) => a.journalled - b.journalled,
      )
      expect(points.length).toBe(new Set(plan.operations.map(({ kind }) => kind)).size)
      for (const point of points) {
        const proxy = await startProxy(url, strikeAt(point))
        const command = startCommand(apply(proxy.url), at)
        expect(await Promise.race([proxy.stopped(), command.ended])).toMatchObject({ text: point.statement })
        expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
        expect({ at: point.step.name, journal: await journal(url) }).toEqual({
          at: point.step.name,
          journal: all.slice(0, point.journalled),
        })
      }
      await finishCommand(apply(url), at)
      expect(await journal(url)).toEqual(all)
      expect(await verifiedScope(url)).toMatchObject({ ok: true, mismatches: [] })
      expect(await strays(url)).toEqual({})
      expect(withoutAttempts(await resultOf(url, at))).toEqual(expected)
    },
    patience,
  )
})
