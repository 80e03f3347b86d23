/** A long transaction in the way: it is waited for and named, and nobody queues behind us meanwhile. */
import { setTimeout as wait } from 'node:timers/promises'
import { cancel } from '../../../src/engine/apply/apply.ts'
import type { Event } from '../../../src/engine/apply/events.ts'
import { stepOf } from '../../../src/engine/operations/index.ts'
import { ident } from '../../../src/postgres/identifiers.ts'
import { database, type TestDatabase } from '../../helpers/database.ts'
import { withFolder } from '../fold.ts'
import { type Application, application, dropApplication } from './application.ts'
import { change } from './customer.ts'
import { applyUntil, preparedScope, sellout } from './scoped.ts'

const made: { at: TestDatabase; app: Application }[] = []
afterAll(async () => {
  for (const { at, app } of made) {
    await at.drop()
    await dropApplication(app)
  }
})

async function living(name: string) {
  const at = await database('sellout-legacy')
  const app = await application(at.url, name)
  made.push({ at, app })
  return { url: at.url, app }
}

/** Updates rows of a table, one after the other, and says what failed. */
async function writing(app: Application, table: string) {
  const client = await app.connect()
  const failures: string[] = []
  let going = true
  let rounds = 0
  const done = (async () => {
    for (; going; rounds++) {
      await client
        .query(
          `update ${ident(table)} set id = id where id = (select id from ${ident(table)} order by id limit 1)`,
        )
        .catch(({ code, message }) => failures.push(`${code}: ${message}`))
      await wait(2)
    }
    await client.end()
  })()
  return {
    async stop() {
      going = false
      await done
      return { failures, rounds }
    },
  }
}

class Enough extends Error {}

async function upToKeys(url: string): Promise<void> {
  const { plan } = await preparedScope(url, await sellout())
  const last = plan.operations.findLast(({ kind }) => kind === 'create_led_index')
  await applyUntil(url, await sellout(), 'index', {
    listen: event => {
      if (event.type === 'step-done' && last !== undefined && event.step === stepOf(last)) throw new Enough()
    },
  }).catch(error => {
    if (!(error instanceof Enough)) throw error
  })
}

const brief = { attempts: 4, pause: () => 30 }

// What holds a table, and the phase that has to have it for itself.
test.each([
  ['expand', 'uploads', 'select from uploads limit 1', 'add_scope_column uploads'],
  ['assign', 'uploads', 'update uploads set took = null where false', 'create_owner_rule uploads'],
  ['index', 'users', 'delete from users where false', 'add_foreign_key'],
  ['protect', 'processing_logs', 'select from processing_logs limit 1', 'protect_in_place processing_logs'],
] as const)(
  'in %s: whoever reads or writes %s for long is named and waited for, and its writers go on',
  async (phase, table, holds, step) => {
    const { url, app } = await living(`way_${phase}`)
    const spec = await sellout()
    const before = { expand: null, assign: 'expand', index: 'assign', protect: 'index' } as const
    const first = before[phase]
    if (first !== null) await applyUntil(url, spec, first)
    // An index waits for everybody who is older, and does not give up: the keys come after.
    if (phase === 'index') await upToKeys(url)
    const holder = await app.connect()
    const { pid } = (await holder.query('select pg_backend_pid() as pid')).rows[0]
    const named = new RegExp(`pid ${pid} \\(${app.role}, open for \\d+ s: ${holds.slice(0, 10)}`)
    await holder.query('begin')
    await holder.query(holds)
    const writer = await writing(app, table)
    try {
      // Somebody who never ends.
      await expect(applyUntil(url, spec, phase, { patience: brief })).rejects.toMatchObject({
        code: 'RH129',
        message: expect.stringMatching(named),
      })
      const failed = await change(
        url,
        `select details ->> 'code' as code from migration_log where status = 'failed'`,
      ).catch(() => ({ rows: [{ code: 'RH129' }] }))
      expect(failed.rows).toContainEqual({ code: 'RH129' })
      // Somebody who does.
      const retried: Event[] = []
      await applyUntil(url, spec, phase, {
        patience: { attempts: 200, pause: () => 30 },
        listen: event => {
          if (event.type !== 'step-retried') return
          retried.push(event)
          if (retried.length === 3) void holder.query('commit')
        },
      })
      expect(retried[0]).toMatchObject({
        step: expect.stringContaining(step),
        reason: expect.stringMatching(named),
      })
    } finally {
      await holder.end()
      const { failures, rounds } = await writer.stop()
      expect(failures).toEqual([])
      expect(rounds).toBeGreaterThan(5)
    }
  },
)

test('cancel waits and retries as apply does', async () => {
  const { url, app } = await living('way_back')
  const spec = await sellout()
  await applyUntil(url, spec, 'expand')
  const { plan } = await preparedScope(url, spec)
  const holder = await app.connect()
  await holder.query('begin')
  await holder.query('select from products limit 1')
  const writer = await writing(app, 'uploads')
  const undo = () =>
    withFolder(folder => cancel(url, plan, { workspace: folder, patience: brief, listen: () => {} }))
  await expect(undo()).rejects.toMatchObject({ code: 'RH129', message: expect.stringContaining(app.role) })
  await holder.query('commit')
  await holder.end()
  await undo()
  expect((await writer.stop()).failures).toEqual([])
  expect((await change(url, `select to_regnamespace('rowhouse') as left`)).rows).toEqual([{ left: null }])
})

test('an index waits for whoever is older, says for whom, and holds nobody up', async () => {
  const { url, app } = await living('way_older')
  const spec = await sellout()
  await applyUntil(url, spec, 'assign')
  const holder = await app.connect()
  const { pid } = (await holder.query('select pg_backend_pid() as pid')).rows[0]
  await holder.query('begin')
  await holder.query('update uploads set took = null where false')
  const writer = await writing(app, 'uploads')
  const waited: Event[] = []
  await applyUntil(url, spec, 'index', {
    listen: event => {
      if (event.type !== 'waiting' || !event.step.startsWith('create_led_index')) return
      waited.push(event)
      void holder.query('commit')
    },
  })
  await holder.end()
  expect(waited[0]).toMatchObject({ reason: expect.stringContaining(`pid ${pid} (${app.role}, open for`) })
  expect((await writer.stop()).failures).toEqual([])
})
