/** What came into an old schema after it was verified does not go with it: not even what comes in the last moment. */
import { setTimeout as wait } from 'node:timers/promises'
import { obstacles } from '../../src/engine/apply/completable.ts'
import { type PlanRecord, readState, recordVerification } from '../../src/engine/apply/state.ts'
import { verify } from '../../src/engine/verify/verify.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { completed, fold } from './fold.ts'

const run = (url: string, sql: string) => withClient(url, 'test', client => client.query(sql))

/** Folded, verified, and old enough. */
async function folded(): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  const elsewhere =
    'create schema elsewhere; create table elsewhere.years (year int primary key) partition by range (year)'
  await run(url, `${elsewhere}; create table public.shared (id int primary key)`)
  for (const name of ['t1', 't2']) {
    await run(
      url,
      `create schema ${name}; set search_path to ${name};
       create table item (id int primary key, v text); insert into item values (1, 'a');
       create table days (day int primary key) partition by range (day);
       create table d1 partition of days for values from (0) to (10); insert into days values (1);
       create table notes (id int primary key); create table notes_1 () inherits (notes); insert into notes_1 values (1);
       create table schema_migrations (version text primary key)`,
    )
  }
  await run(url, 'alter table t2.item add more text')
  await fold(url)
  await withClient(url, 'test', async client => {
    const { plan } = await record(url)
    await recordVerification(client, plan, await verify(client, plan, () => {}))
    await client.query(`update rowhouse.plans set applied_at = now() - interval '8 days'`)
  })
  return url
}

const record = (url: string) =>
  withClient(url, 'test', async client => (await readState(client)) as PlanRecord)

const inTheWay = (url: string) =>
  withClient(url, 'test', async client => obstacles(client, await record(url)))

const later: [string, string, RegExp][] = [
  ['a table', 'create table t1.late (id int); insert into t1.late values (1)', /table t1\.late/],
  ['a column', 'alter table t1.item add price int default 5', /column t1\.item\.price/],
  ['a column that only others had', `alter table t1.item add more text default 'x'`, /column t1\.item\.more/],
  [
    "a part of another schema's table",
    'create table t1.y1 partition of elsewhere.years for values from (0) to (10)',
    /table t1\.y1/,
  ],
  ['an heir with more', 'create table t1.heir (more int) inherits (t1.notes)', /table t1\.heir/],
]

test('what came after the verification is refused before anything is dropped', async () => {
  const url = await folded()
  expect(await inTheWay(url)).toEqual([])
  for (const [, change, found] of later) {
    await run(url, change)
    expect(await inTheWay(url)).toMatchObject([{ code: 'RH127', message: expect.stringMatching(found) }])
    await run(
      url,
      'drop table if exists t1.late, t1.y1, t1.heir; alter table t1.item drop if exists price, drop if exists more',
    )
    expect(await inTheWay(url)).toEqual([])
  }
  // Partitions and heirs are rows of their table, and those are compared.
  await run(
    url,
    'create table t1.d2 partition of t1.days for values from (10) to (20); create table t1.notes_2 () inherits (t1.notes)',
  )
  expect(await inTheWay(url)).toEqual([])
  expect(await completed(url)).toBe(2)
})

test.each(later)(
  '%s that comes between the look and the drop stays, and its schema',
  async (_, change, found) => {
    const url = await folded()
    await expect(completed(url, () => run(url, change))).rejects.toMatchObject({
      code: 'RH127',
      message: expect.stringMatching(found),
    })
    expect((await run(url, 'select * from t1.item')).rowCount).toBe(1)
  },
)

test('a table that is being made while its schema is dropped stays, and the schema', async () => {
  const url = await folded()
  await withClient(url, 'test', async other => {
    await other.query('begin; create table t1.late (id int); insert into t1.late values (1)')
    const dropping = completed(url).catch(error => error)
    await wait(1000)
    await other.query('commit')
    expect(await dropping).toMatchObject({ code: 'RH127', message: expect.stringMatching(/table t1\.late/) })
    expect((await run(url, 'select from t1.late')).rowCount).toBe(1)
  })
})
