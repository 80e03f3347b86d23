/** `kill -9` amid a large table that is copied in ranges of its key: those that are done stay, the others follow. */
import { steps } from '../../src/engine/apply/render.ts'
import { mostRows } from '../../src/engine/catalog/large.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { prepared, verified, withFolder } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { type Moment, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishApply, journal, sessionEnded, startApply } from './struck.ts'

test('killed inside a range, and after the commit of the next', async () => {
  const { url } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', client =>
    client.query(`create schema acme; create schema brook;
      create table brook.readings (id int primary key); create table acme.readings (id int primary key);
      insert into acme.readings select generate_series(1, ${3 * mostRows});
      analyze acme.readings`),
  )
  await withFolder(async folder => {
    const { plan } = await prepared(url, { workspace: 'workspace' })
    const ranges = steps(plan).filter(({ operation }) => 'range' in operation)
    expect(ranges.map(({ units }) => units)).toEqual(
      [1, 2, 3].map(part => [`copy_rows readings acme ${part}/3`]),
    )
    const copied = async () => (await journal(url)).filter(unit => unit.startsWith('copy_rows'))
    const strike = async (part: number, moment: Moment, statement: string) => {
      const step = ranges[part - 1]
      if (step === undefined) throw new Error(`no range ${part}`)
      const proxy = await startProxy(url, strikeAt({ step, statement, moment }))
      const apply = startApply(proxy.url, folder)
      expect(await Promise.race([proxy.stopped(), apply.ended])).toMatchObject({ text: statement })
      expect((await apply.stop('SIGKILL')).signal).toBe('SIGKILL')
      await sessionEnded(url)
      await proxy.close()
    }
    await strike(2, 'inside', String(ranges[1]?.statements[1]))
    expect(await copied()).toEqual(['copy_rows readings acme 1/3'])
    await strike(2, 'after commit', 'commit')
    expect(await copied()).toEqual(['copy_rows readings acme 1/3', 'copy_rows readings acme 2/3'])
    await finishApply(url, folder)
    expect(await copied()).toHaveLength(4)
    expect(await verified(url)).toMatchObject({ ok: true, mismatches: [], rows: 3 * mostRows })
  })
}, 120_000)
