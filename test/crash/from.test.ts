/** The same with the rows coming from another server: `kill -9` of apply, and a source that goes away amid a copy. */
import { isDone, steps } from '../../src/engine/apply/render.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { moments, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishApply, folder, journal, resultOf, sessionEnded, startApply } from './struck.ts'

const patience = 240_000

async function ends() {
  const [source, target] = [await database('hr-legacy'), await database()]
  await ensureRoles(target.url)
  return { source: source.url, target: target.url, at: await folder() }
}

test.each(moments)(
  `kill -9 of apply with two jobs, seed ${seed}, %s: nothing is lost, the same command goes on`,
  async moment => {
    const { source, target, at } = await ends()
    const undisturbed = await database()
    const expectedAt = await folder()
    await finishApply(undisturbed.url, expectedAt, 2, undefined, source)
    const { plan } = await prepared(target, { workspace: 'workspace' }, source)
    const random = randomOf(seed + 20 + moments.indexOf(moment))
    const struck = new Set<string>()
    for (;;) {
      const done = new Set(await journal(target))
      const point = pointsOf(plan, moment, random, done).find(
        ({ step }) => !struck.has(step.operation.kind) && kinds.includes(step.operation.kind),
      )
      if (point === undefined) break
      struck.add(point.step.operation.kind)
      const proxy = await startProxy(target, strikeAt(point))
      const apply = startApply(proxy.url, at, 2, undefined, source)
      expect(await Promise.race([proxy.stopped(), apply.ended])).toHaveProperty('text')
      expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
      await sessionEnded(target)
      await proxy.close()
      const names = await journal(target)
      expect(new Set(names).size).toBe(names.length)
      expect(isDone(point.step, new Set(names))).toBe(moment === 'after commit')
    }
    expect([...struck]).toEqual(kinds)
    await finishApply(target, at, 2, undefined, source)
    expect((await journal(target)).toSorted()).toEqual(
      steps(plan)
        .flatMap(step => step.units)
        .toSorted(),
    )
    expect(await verified(target, source)).toMatchObject({ ok: true, mismatches: [] })
    expect(await resultOf(target, at)).toEqual(await resultOf(undisturbed.url, expectedAt))
  },
  patience,
)

/** Those that are otherwise than in place, and what surrounds them. */
const kinds = ['install_core', 'create_table', 'copy_rows', 'add_constraint', 'set_sequence', 'finish']

test('kill -9 between the tenants of one transaction leaves none of their rows', async () => {
  const { source, target, at } = await ends()
  // The second tenant's rows never come, when the first one's have arrived.
  const proxy = await startProxy(source, ({ text }) =>
    /^copy .* from globex\.employees_employee /s.test(text) ? 'hold' : 'pass',
  )
  const apply = startApply(target, at, 1, undefined, proxy.url)
  await proxy.stopped()
  expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
  await proxy.close()
  await sessionEnded(target)
  expect((await journal(target)).filter(step => step.startsWith('copy_rows'))).toEqual([])
  await withClient(target, 'test', async client => {
    expect((await client.query('select from hr.employees')).rowCount).toBe(0)
  })
  await finishApply(target, at, 1, undefined, source)
  expect(await verified(target, source)).toMatchObject({ ok: true, mismatches: [] })
})

test('a source that goes away amid a copy: said so, nothing half done, the same command goes on', async () => {
  const { source, target, at } = await ends()
  const proxy = await startProxy(source, ({ text }) =>
    /^copy .* from globex\.employees_employee /s.test(text) ? 'hold' : 'pass',
  )
  const apply = startApply(target, at, 1, undefined, proxy.url)
  await proxy.stopped()
  await proxy.close()
  const { code, stderr } = await apply.ended
  expect([code, stderr]).toEqual([1, expect.stringMatching(/RH105.*hr\.employees/)])
  expect((await journal(target)).filter(step => step.startsWith('copy_rows'))).toEqual([])
  await finishApply(target, at, 1, undefined, source)
  expect(await verified(target, source)).toMatchObject({ ok: true, mismatches: [] })
})
