/** `rowhouse apply --phase enforce` as users meet it: who would lose access is named, and asked about. */
import { join } from 'node:path'
import { type Application, application, dropApplication } from '../engine/scope/application.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
import { expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

let made: TestDatabase
let app: Application
beforeAll(async () => {
  made = await database('sellout-legacy')
  app = await application(made.url, 'leaving')
})
afterAll(async () => {
  await made.drop()
  await dropApplication(app)
})

test('refused while somebody may be at work; done where that is overridden', async () => {
  const directory = folder()
  const spec = join(checkout, 'db/samples/sellout/tenancy.json5')
  const enforce = (...more: string[]) =>
    rowhouse(['apply', '--spec', spec, '--yes', '--phase', 'enforce', ...more], {
      directory,
      env: { DATABASE_URL: made.url },
    })
  const client = await app.connect()
  // Everything before it is done: only then is it known who still has rights.
  const refused = await enforce()
  expect(refused.code).toBe(1)
  expect(refused.stdout).toBe('')
  expect(refused.stderr).toMatch(new RegExp(`^will lose access: .*${app.role}`, 'm'))
  expect(refused.stderr).toMatch(
    new RegExp(
      `error RH131: .*${app.role}.* nobody knows whether they are at work \\(pg_stat_statements is not installed, or not readable\\); .*${app.role}: 1 sessions are connected`,
    ),
  )
  expect(refused.stderr).toMatch(/hint: stop the old application .* --override/)
  expect((await client.query('select count(*)::int as n from users')).rows[0].n).toBeGreaterThan(0)
  await client.end()
  expectRefusal(await enforce(), 'RH131', /nobody knows/)
  const done = await enforce('--override')
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('applied: enforce')])
  const late = await app.connect()
  await expect(late.query('select from users')).rejects.toMatchObject({ code: '42501' })
  await late.end()
  expect(
    await query(made.url, `select distinct phase from migration_log where status = 'done' order by 1`),
  ).toHaveLength(5)
}, 120_000)
