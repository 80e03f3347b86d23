/** `kill -9` of apply where more goes on beside: ids are given out anew, or two connections go ahead of each other. */
import { join } from 'node:path'
import { isDone, steps } from '../../src/engine/apply/render.ts'
import { readSpecFile } from '../../src/engine/spec/specFile.ts'
import { prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
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

/** Many commands one after the other. */
const patience = 240_000

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
