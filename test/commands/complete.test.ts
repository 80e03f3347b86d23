/** The old schemas go: never too early, never unproven, never with somebody else's objects, and for good. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { database, type TestDatabase } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { contents, expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

const dumps = spawnSync('pg_dump', ['--version']).status === 0
let db: TestDatabase
const run = (...argv: string[]) => rowhouse([...argv, '--database', db.url], { directory: folder() })
const old = () => query(db.url, `update rowhouse.plans set applied_at = now() - interval '8 days'`)

beforeEach(async () => {
  db = await database('hr-folded')
})

test('it waits, for the time that was promised and for the proof', async () => {
  const before = await contents(db.url)
  expectRefusal(
    await run('complete', '--confirm', db.name),
    'RH127',
    /not verified since they were moved.*rowhouse verify/s,
  )
  expect((await run('verify')).code).toBe(0)
  expectRefusal(await run('complete', '--confirm', db.name), 'RH127', /kept for 7 days: until \d{4}-/)
  await query(
    db.url,
    `delete from rowhouse.verifications; delete from rowhouse.journal where operation = 'verified'`,
  )
  expect(await contents(db.url)).toBe(before)
})

test('a dry run says what would go and everything that is in the way, and drops nothing', async () => {
  await query(
    db.url,
    'create table acme.late (id int); create view public.report as select id from globex.employees_employee',
  )
  const before = await contents(db.url)
  const dry = async () => {
    const { code, stdout } = await run('complete', '--dry-run', '--json')
    const { wouldDrop, obstacles } = JSON.parse(stdout)
    return {
      code,
      wouldDrop,
      reasons: obstacles.map(({ message }: { message: string }) => message).join('; '),
    }
  }
  expect(await dry()).toEqual({
    code: 1,
    wouldDrop: ['acme', 'globex', 'initech'],
    reasons: expect.stringMatching(
      /not verified.*kept for 7 days.*view (public\.)?report.*table acme\.late/s,
    ),
  })
  expect((await run('complete', '--dry-run')).stdout).toMatch(
    /would drop 3 old schemas: acme.*in the way \(RH127\)/s,
  )
  expectRefusal(
    await run('complete', '--confirm', db.name),
    'RH127',
    /for 4 reasons.*acme\.late.*complete --dry-run/s,
  )
  expect(await contents(db.url)).toBe(before)
  await query(db.url, 'drop view public.report; drop table acme.late')
  expect((await run('verify')).code).toBe(0)
  await old()
  expect(await dry()).toMatchObject({ code: 0, reasons: '' })
  expect((await run('complete', '--dry-run')).stdout).toMatch(
    /nothing is in the way\nnext: rowhouse complete/,
  )
})

test('the second word is the database’s name; then each schema goes, and there is no way back', async () => {
  expect((await run('verify')).code).toBe(0)
  await old()
  expectRefusal(await run('complete'), 'RH122', /3 old schemas would be dropped.*--confirm/s, 2)
  expectRefusal(await run('complete', '--confirm', 'other'), 'RH122', /not typed/, 2)
  const rows = await query(db.url, 'select count(*) from hr.employees')
  const done = await run('complete', '--json', '--confirm', db.name)
  expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { state: 'completed', dropped: 3 }])
  expect(
    await query(db.url, `select nspname from pg_namespace where nspname in ('acme', 'globex', 'initech')`),
  ).toEqual([])
  expect(await query(db.url, 'select count(*) from hr.employees')).toEqual(rows)
  expect(await query(db.url, 'select from app_private.isolation_faults')).toEqual([])
  expect((await run('status')).stdout).toMatch(/acme +completed/)
  expectRefusal(await run('complete', '--confirm', db.name), 'RH123', /is completed/)
  expectRefusal(await run('verify'), 'RH123', /nothing to compare with/)
  expectRefusal(await run('cancel', '--confirm', db.name), 'RH123', /in the new tables alone/)
})

test('what others built on an old schema keeps it', async () => {
  expect((await run('verify')).code).toBe(0)
  await old()
  await query(db.url, 'create view public.report as select id from globex.employees_employee')
  expectRefusal(await run('complete', '--confirm', db.name), 'RH127', /view (public\.)?report/)
  expect(await query(db.url, 'select count(*)::int as rows from public.report')).toEqual([{ rows: 200 }])
})

test('columns of others by a type of an old schema keep it too, and so do rows that came late', async () => {
  await query(db.url, 'create schema other; create table other.x (c globex.employees_location)')
  expect((await run('verify')).code).toBe(0)
  await old()
  expectRefusal(await run('complete', '--confirm', db.name), 'RH127', /column c of table other\.x/)
  await query(db.url, 'drop schema other cascade')
  await query(db.url, `update globex.employees_designation set title = title || '!' where id = 1`)
  expectRefusal(
    await run('complete', '--confirm', db.name),
    'RH127',
    /globex\.employees_designation was written to since/,
  )
  // What came before it in order is gone, for good and in the journal; this one is whole.
  expect(await query(db.url, 'select count(*)::int as rows from globex.employees_employee')).toEqual([
    { rows: 200 },
  ])
})

test('tables that the plan left where they are do not go along unsaid', async () => {
  const directory = folder()
  db = await database()
  await ensureRoles(db.url)
  for (const schema of ['one', 'two']) {
    await query(
      db.url,
      `create schema ${schema}; create table ${schema}.item (id int primary key); create table ${schema}.archive (id int primary key);
       insert into ${schema}.archive values (1)`,
    )
  }
  writeFileSync(join(directory, 'tenancy.json5'), '{ tables: { archive: { leave: true } } }')
  const here = (...argv: string[]) => rowhouse([...argv, '--database', db.url], { directory })
  expect((await here('apply', '--yes')).code).toBe(0)
  expect((await here('verify')).code).toBe(0)
  await old()
  expectRefusal(
    await here('complete', '--confirm', db.name),
    'RH127',
    /one\.archive, two\.archive.*--drop-left/s,
  )
  expect(await query(db.url, 'select from two.archive')).toHaveLength(1)
  expect((await here('complete', '--confirm', db.name, '--drop-left')).code).toBe(0)
  expect(await query(db.url, `select from pg_namespace where nspname in ('one', 'two')`)).toEqual([])
})

const withDumps = dumps ? test : test.skip
withDumps(`a dump of each schema first${dumps ? '' : ' (skipped: no pg_dump on PATH)'}`, async () => {
  expect((await run('verify')).code).toBe(0)
  await old()
  const at = join(folder(), 'dumps')
  const outcome = await run('complete', '--confirm', db.name, '--dump', at)
  if (outcome.code !== 0) {
    // A pg_dump that is older than the server refuses; then nothing is dropped.
    expectRefusal(outcome, 'RH128', /could not be dumped, and was not dropped/)
    expect(await query(db.url, `select from pg_namespace where nspname = 'acme'`)).toHaveLength(1)
    return
  }
  expect(readdirSync(at).sort()).toEqual(['acme.dump', 'globex.dump', 'initech.dump'])
  expect(existsSync(join(at, 'acme.dump.unfinished'))).toBe(false)
  expect(await query(db.url, `select from pg_namespace where nspname = 'acme'`)).toEqual([])
})
