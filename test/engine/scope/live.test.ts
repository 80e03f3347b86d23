/** The old application goes on while its database is scoped under it: nothing fails, nothing is lost or astray. */
import { setTimeout as wait } from 'node:timers/promises'
import { ident } from '../../../src/postgres/identifiers.ts'
import { database, type TestDatabase } from '../../helpers/database.ts'
import { type Application, application, dropApplication } from './application.ts'
import { change } from './customer.ts'
import { applyUntil, sellout, verifiedScope } from './scoped.ts'
import { strays } from './strays.ts'

const made: { at: TestDatabase; app: Application }[] = []
afterAll(async () => {
  for (const { at, app } of made) {
    await at.drop()
    await dropApplication(app)
  }
})

async function living(name: string): Promise<{ url: string; app: Application }> {
  const at = await database('sellout-legacy')
  const app = await application(at.url, name)
  made.push({ at, app })
  return { url: at.url, app }
}

test('writers and readers from before the first phase until after the fourth', async () => {
  const { url, app } = await living('live')
  const spec = await sellout()
  let moving = true
  const work = app.start(4, 2, { moving: () => moving })
  await wait(300)
  for (const phase of ['expand', 'assign', 'index', 'protect'] as const) {
    // From then on, a spreadsheet that goes to another company without its lines is refused.
    if (phase === 'index') moving = false
    await wait(200)
    await applyUntil(url, spec, phase)
    await wait(200)
    expect({ phase, failures: work.failures }).toEqual({ phase, failures: [] })
  }
  const kept = await work.stop()
  expect(work.failures).toEqual([])
  expect(work.statements()).toBeGreaterThan(500)
  for (const [table, keys] of kept) {
    const key = table === 'email_domains' ? 'domain' : 'id'
    const { rows } = await change(
      url,
      `select k from unnest(array[${[...keys].map(one => `'${one}'`).join(', ')}]::text[]) k where not exists (select from ${ident(table)} t where t.${key}::text = k)`,
    )
    expect({ table, lost: rows }).toEqual({ table, lost: [] })
  }
  expect(await strays(url)).toEqual({})
  expect(await verifiedScope(url)).toMatchObject({ ok: true, mismatches: [] })
}, 120_000)
