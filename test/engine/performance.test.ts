/** Before and after: another answer is a difference; a worse plan or a longer time is told and decides nothing. */
import type pg from 'pg'
import { undo } from '../../src/engine/apply/render.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, roles, verified } from './fold.ts'

let one: TestDatabase
let client: pg.Client
beforeEach(async () => {
  one = await database('hr-folded')
  client = await connect(one.url, 'test')
})
afterEach(async () => {
  await client.end()
  await one.drop()
})

const recorded = async () =>
  (
    await client.query(
      `select o.slug, b.query, b.constants from rowhouse.baselines b join app_public.organizations o on o.id = b.organization_id`,
    )
  ).rows as { slug: string; query: string; constants: string[] }[]

/** The key that acme's "employees by key" asked for. */
async function askedKey(): Promise<string> {
  const found = (await recorded()).find(row => row.slug === 'acme' && row.query === 'hr.employees by key')
  const [key] = found?.constants ?? []
  if (key === undefined) throw new Error('no employee was asked for by key')
  return key
}

test('every organization is asked every typical query, once before and once after, and answers alike', async () => {
  const { plan } = await prepared(one.url)
  const all = await recorded()
  expect(all).toHaveLength(plan.typical.length * 3)
  const { rows: journal } = await client.query(
    `select step, count(*)::int as times from rowhouse.journal where operation = 'record_baseline' group by step order by step`,
  )
  expect(journal).toEqual(
    ['acme', 'globex', 'initech'].map(name => ({ step: `record_baseline ${name}`, times: 1 })),
  )
  const report = await verified(one.url)
  expect(report).toMatchObject({ ok: true, mismatches: [], performance: { queries: all.length } })
  // Something was asked: a row was found by its key, and a page was full.
  const { rows: answers } = await client.query(
    `select answer from rowhouse.baselines where query = 'hr.employees page by page'`,
  )
  expect(answers.map(({ answer }) => answer.slice(0, 8))).toEqual(['50 rows ', '50 rows ', '50 rows '])
})

test('what changed alike on both sides after the recording is no difference', async () => {
  const key = await askedKey()
  await client.query(`update acme.employees_employee set notes = 'other' where id = ${key}`)
  await client.query(
    `update hr.employees set notes = 'other' where id = ${key}
     and organization_id = (select id from app_public.organizations where slug = 'acme')`,
  )
  expect(await verified(one.url)).toMatchObject({ ok: true, mismatches: [] })
})

test('an answer that differs is a difference that names the query, though rows are equal on both sides', async () => {
  await client.query(
    `update rowhouse.baselines set answer = '1 rows other', statement = 'select 1' where query = 'hr.employees by key'
     and organization_id = (select id from app_public.organizations where slug = 'acme')`,
  )
  const { ok, mismatches } = await verified(one.url)
  expect(ok).toBe(false)
  expect(mismatches).toEqual([
    {
      organization: 'acme',
      table: 'hr.employees',
      key: null,
      reason:
        'the typical query "hr.employees by key" is answered otherwise than before the fold: 1 rows, other values or another order',
    },
  ])
})

test('a row that differs is told by its key, and not again by each query that reads it', async () => {
  const key = await askedKey()
  await client.query(
    `update hr.employees set notes = 'other' where id = ${key}
     and organization_id = (select id from app_public.organizations where slug = 'acme')`,
  )
  expect((await verified(one.url)).mismatches).toEqual([
    { organization: 'acme', table: 'hr.employees', key, reason: 'changed: notes' },
  ])
})

test('a query that a member may not ask any more is a difference', async () => {
  await client.query(`revoke select on hr.employees from ${roles.visitor}`)
  await client.query(`grant select (id, organization_id) on hr.employees to ${roles.visitor}`)
  const { mismatches } = await verified(one.url)
  expect(mismatches).toContainEqual(
    expect.objectContaining({
      organization: 'globex',
      table: 'hr.employees',
      reason:
        'the typical query "hr.employees by key" fails for a member: permission denied for table employees',
    }),
  )
})

test('a door that takes time is told with both figures, and is no difference', async () => {
  await client.query(`alter policy select_member on hr.employees using ((select pg_sleep(0.01)) is not null)`)
  const { ok, performance } = await verified(one.url)
  expect(ok).toBe(true)
  const told = performance.slower.find(({ query }) => query === 'hr.employees by key')
  expect(told).toMatchObject({ table: 'hr.employees', reason: 'takes longer' })
  expect(told?.after).toBeGreaterThan(10)
  expect(told?.before).toBeLessThan(10)
})

test('a plan that reads past the rows of others is told', async () => {
  const large = await database()
  await ensureRoles(large.url)
  await withClient(large.url, 'test', admin => buildSample(admin, { tenants: 3, rows: 1_200, small: true }))
  await fold(large.url)
  const reads = ({ performance }: Awaited<ReturnType<typeof verified>>) =>
    performance.slower.filter(({ reason }) => reason.startsWith('reads'))
  expect(reads(await verified(large.url))).toEqual([])

  await withClient(large.url, 'test', async admin => {
    const { rows } = await admin.query<{ drop: string }>(
      `select format('alter table hr.employees drop constraint %I cascade', conname) as drop
         from pg_constraint where conrelid = 'hr.employees'::regclass and contype in ('p', 'u')
       union all
       select format('drop index %s', indexrelid::regclass) from pg_index i where indrelid = 'hr.employees'::regclass
         and not exists (select from pg_constraint where conindid = i.indexrelid)`,
    )
    for (const { drop } of rows) await admin.query(drop)
    await admin.query('create index employees_by_id on hr.employees (id); analyze hr.employees')
  })
  const told = reads(await verified(large.url))
  const reasons = new Set(told.map(({ query, reason }) => `${query}: ${reason}`))
  const past = 'led by organization_id, past 2400 rows of others'
  expect(reasons).toContain(`hr.employees by email: reads hr.employees without an index ${past}`)
  expect(reasons).toContain(
    `hr.employees by key: reads hr.employees through index employees_by_id, which is not ${past}`,
  )
  await large.drop()
})

test('undone, an organization has no baseline any more', async () => {
  const { plan } = await prepared(one.url)
  const before = (await recorded()).length
  const operation = plan.operations.find(op => op.kind === 'record_baseline' && op.organization === 'acme')
  if (operation === undefined) throw new Error('no baseline in the plan')
  for (const statement of undo(operation, plan)) await client.query(statement)
  const left = await recorded()
  expect(left).toHaveLength(before - plan.typical.length)
  expect(left.map(({ slug }) => slug)).not.toContain('acme')
})

test('a tenant cannot measure', async () => {
  await client.query(`begin; set local role ${roles.visitor}`)
  await expect(client.query(`select * from rowhouse.measure('select 1')`)).rejects.toMatchObject({
    code: '42501',
  })
  await client.query('rollback')
})
