/** Another database as the source: what is sent where, what comes out, what is refused. One server has both here. */
import { execFileSync, spawnSync } from 'node:child_process'
import type pg from 'pg'
import { prologue, render, steps } from '../../src/engine/apply/render.ts'
import { copyInto, isTransfer, rowCount } from '../../src/engine/apply/transfer.ts'
import { connectSource, withSources } from '../../src/engine/plan/source.ts'
import { nameOf } from '../../src/engine/plan/targetTable.ts'
import { askSource } from '../../src/engine/verify/askSource.ts'
import { comparePerformance } from '../../src/engine/verify/performance.ts'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { startProxy } from '../crash/proxy.ts'
import { clone, database } from '../helpers/database.ts'
import { runPrefix, serverUrl } from '../helpers/run.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, verified } from './fold.ts'

const spec = { workspace: 'the/same' }

const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

const query = <T = Record<string, unknown>>(url: string, text: string): Promise<T[]> =>
  withClient(url, 'test', async client => (await client.query(text)).rows as T[])

/** An old system, and an empty database for the new one. */
async function ends(template = 'hr-legacy') {
  const [source, target] = [await database(template), await database()]
  await ensureRoles(target.url)
  return { source: source.url, target: target.url }
}

test('apply sends what is printed, to the server that it is for, and nothing else', async () => {
  const { source, target } = await ends()
  const [here, there] = [await startProxy(target, () => 'pass'), await startProxy(source, () => 'pass')]
  const { plan } = await fold(here.url, { spec, from: there.url })
  const all = steps(plan).flatMap(({ before, statements }) => [...before, ...statements])
  const transfers = all.filter(isTransfer)
  expect(transfers.length).toBeGreaterThan(15)
  const print = render(plan)

  const sent = here.statements.filter(({ application }) => application === 'rowhouse apply')
  const counts = /(rows\)\nvalues .*, )(\d+)\)$/s
  expect(sent.map(({ text }) => text.replace(counts, `$1${rowCount})`))).toEqual([
    ...prologue(),
    ...all.map(one => (isTransfer(one) ? copyInto(one) : one)),
  ])
  for (const one of all) {
    const text = isTransfer(one) ? one.into : one.trimEnd().replace(/;$/, '')
    expect(print.includes(text) || text).toBe(true)
  }
  // The source is asked for rows, in the same order, and looked at; in sessions that can only read.
  expect(there.statements.map(({ text }) => text).filter(text => text.startsWith('copy '))).toEqual(
    transfers.map(({ from }) => from),
  )
  expect(
    there.statements.filter(
      ({ text }) =>
        !/^(begin transaction isolation level repeatable read, read only|set local|select|with|rollback|copy \(select)\b/i.test(
          text.trim(),
        ),
    ),
  ).toEqual([])
  await Promise.all([here.close(), there.close()])
})

const hasPsql = spawnSync('psql', ['--version']).status === 0
const withPsql = hasPsql ? test : test.skip

withPsql(
  `the print, run by psql with two connections, makes the same database${hasPsql ? '' : ' (no psql here)'}`,
  async () => {
    const { source, target } = await ends('finance')
    const other = await database()
    const { plan } = await fold(target, { spec, from: source })
    // Enum types: such tables pass as text, the others as bytes.
    expect(
      new Set(
        steps(plan).flatMap(({ statements }) => statements.filter(isTransfer).map(({ format }) => format)),
      ),
    ).toEqual(new Set(['binary', 'text']))
    const before = await state(source)
    const script = render(plan)
    expect(script).not.toContain(source)
    execFileSync('psql', ['--no-psqlrc', '--quiet', '--output=/dev/null', '--dbname', other.url], {
      input: script,
      env: { PATH: process.env.PATH, SOURCE: source },
    })
    expect(await state(other.url)).toEqual(await state(target))
    expect(await verified(other.url, source)).toMatchObject({ ok: true })
    expect((await prepared(other.url, spec, source)).stage).toBe('applied')
    expect(await state(source)).toEqual(before)
  },
  60_000,
)

withPsql.each([
  [
    'bytes, an error after some rows',
    'hr-legacy',
    (script: string) =>
      script.replace(
        /(select [^;]*\bs\.id\b[^;]*? s)\) to stdout/,
        '$1 where 1 / (50 - s.id) < 2) to stdout',
      ),
  ],
  [
    'text, all rows and an exit status',
    'finance',
    (script: string) =>
      script.replace(
        /^(.copy (?!rowhouse).* from program ')(psql .*)(' \(format text\))$/m,
        '$1($2); exit 7$3',
      ),
  ],
] as const)('a print whose source fails leaves nothing of the step: %s', async (_, template, broken) => {
  const { source, target } = await ends(template)
  const { plan } = await prepared(target, spec, source)
  const print = render(plan)
  const script = broken(print)
  expect(script).not.toBe(print)
  const options = { env: { PATH: process.env.PATH, SOURCE: source }, maxBuffer: 2 ** 26 }
  const argv = ['--no-psqlrc', '--quiet', '--output=/dev/null', '--dbname', target]
  expect(spawnSync('psql', argv, { ...options, input: script }).status).not.toBe(0)
  const journalled = await query<{ object: string; rows: string }>(
    target,
    `select object, sum(rows) as rows from rowhouse.journal where operation = 'copy_rows' group by 1`,
  )
  const rows = new Map(journalled.map(one => [one.object, one.rows]))
  expect(rows.size).toBeLessThan(plan.tables.length)
  for (const table of plan.tables) {
    const [there] = await query<{ count: string }>(target, `select count(*) from ${nameOf(table)}`)
    expect([nameOf(table), there?.count]).toEqual([nameOf(table), rows.get(nameOf(table)) ?? '0'])
  }
  // And apply goes on from there.
  await fold(target, { spec, from: source })
  expect(await verified(target, source)).toMatchObject({ ok: true })
})

test('the address is kept without login and password', async () => {
  const { source, target } = await ends()
  // Where the server asks for no password, it is not looked at.
  const given = new URL(source)
  given.password ||= 's3cret'
  const secret = decodeURIComponent(given.password)
  const { plan } = await fold(target, { spec, from: given.toString() })
  expect(JSON.stringify(plan) + render(plan)).not.toContain(secret)
  expect(JSON.stringify(await query(target, 'select plan::text from rowhouse.plans'))).not.toContain(secret)
  const { hostname, port, pathname } = new URL(source)
  expect(plan.source).toEqual({
    host: hostname,
    port: Number(port || 5432),
    database: pathname.slice(1),
    system: expect.any(String),
  })
})

test('a session at the source cannot write, not even as a superuser', async () => {
  const { source } = await ends()
  const client = await connectSource(source)
  try {
    await expect(client.query('create table public.t ()')).rejects.toMatchObject({ code: '25006' })
  } finally {
    await client.end()
  }
})

test('verify names what differs across two servers as it does within one', async () => {
  const { source, target } = await ends()
  // An id that only one tenant has, so that the row can be moved to another.
  await query(
    source,
    `set session_replication_role to replica; update initech.employees_employee set id = 99999 where id = (
      select max(id) from initech.employees_employee where id not in (select supervisor_id from initech.employees_employee where supervisor_id is not null)
        and id not in (select manager_id from initech.employees_department where manager_id is not null))`,
  )
  await fold(target, { spec, from: source })
  expect(await verified(target, source)).toMatchObject({ ok: true, mismatches: [] })
  await withClient(target, 'test', client =>
    client.query(`set session_replication_role to replica;
      update hr.employees set first_name = 'Eve', rating = 1 where id = 7 and organization_id = (select id from app_public.organizations where slug = 'acme');
      delete from hr.employees where id = 9 and organization_id = (select id from app_public.organizations where slug = 'acme');
      insert into hr.employees select (jsonb_populate_record(t, '{"id": 4711, "employee_code": "X", "email": "x@x", "user_id": null}')).*
        from hr.employees t where id = 7 and organization_id = (select id from app_public.organizations where slug = 'acme');
      update hr.employees set organization_id = (select id from app_public.organizations where slug = 'globex')
        where id = 99999`),
  )
  const { mismatches } = await verified(target, source)
  const said = mismatches.map(({ organization, key, reason }) => `${organization} ${key} ${reason}`)
  expect(said).toEqual(
    expect.arrayContaining([
      'acme 7 changed: first_name, rating',
      'acme 9 missing',
      'acme 4711 added',
      'initech 99999 moved to organization globex',
      'globex 99999 moved here from organization initech',
    ]),
  )
})

test('typical queries answer the same on both servers, and as they are recorded in place', async () => {
  const { source, target } = await ends()
  // Constants that must be quoted on their way, and a name that looks like a place for one.
  await query(
    source,
    `${['acme', 'globex', 'initech'].map(schema => `alter table ${schema}.employees_employee add column "10%L" text;`).join(' ')} update acme.employees_employee set email = 'o''hara\\100%L%%' || email`,
  )
  const inPlace = await clone(new URL(source).pathname.slice(1))
  const { plan } = await fold(target, { spec, from: source })
  const { ok, performance } = await verified(target, source)
  expect([ok, performance.timed, performance.slower]).toEqual([true, false, []])
  expect(performance.queries).toBeGreaterThan(plan.organizations.length * 5)

  await fold(inPlace.url, { spec })
  const recorded = await query<{ id: string; query: string; answer: string; constants: string[] }>(
    inPlace.url,
    'select organization_id as id, query, answer, constants from rowhouse.baselines',
  )
  const reader = await connectSource(source)
  try {
    for (const organization of plan.organizations) {
      const own = new Map(recorded.filter(({ id }) => id === organization.id).map(one => [one.query, one]))
      for (const { query: name, answer, constants } of await askSource(reader, plan, organization)) {
        expect({ name, answer, constants }).toEqual({
          name,
          answer: own.get(name)?.answer,
          constants: own.get(name)?.constants,
        })
      }
    }
  } finally {
    await reader.end()
  }
}, 60_000)

test('a typical query that answers otherwise is told', async () => {
  const { source, target } = await ends()
  const { plan } = await fold(target, { spec, from: source })
  const told = () =>
    withSources(source, 1, ([reader]) =>
      withClient(target, 'verify', client =>
        comparePerformance(
          [{ target: client, source: reader as pg.Client }],
          plan,
          new Map(),
          new Set(),
          [],
          () => {},
        ),
      ),
    )
  expect((await told()).mismatches).toEqual([])
  await query(
    target,
    `update hr.employees set first_name = 'Eve' where organization_id = (select id from app_public.organizations where slug = 'acme')`,
  )
  const { mismatches } = await told()
  expect(mismatches).toContainEqual({
    organization: 'acme',
    table: 'hr.employees',
    key: null,
    reason: expect.stringMatching(
      /^the typical query "hr.employees .*" is answered otherwise than before the fold/,
    ),
  })
  expect(new Set(mismatches.map(({ organization }) => organization))).toEqual(new Set(['acme']))
})

test('of many differences a hundred are named, and all are counted, whatever the order of the keys', async () => {
  const { source, target } = await ends()
  const texts = ['a', 'B', 'ä', 'Z', '10', '9', '𝄞', '\uffee']
  await withClient(source, 'test', client =>
    client.query(`create table acme.words (word text primary key, n integer);
      insert into acme.words select w || i, i from unnest($$${`{${texts.join(',')}}`}$$::text[]) w, generate_series(1, 500) i;
      create table globex.words (like acme.words including all); create table initech.words (like acme.words including all)`),
  )
  await fold(target, { spec, from: source })
  await withClient(target, 'test', client =>
    client.query(
      `delete from hr.words where n % 10 = 0 or n = 99; update hr.words set n = -1 where word = 'B7'`,
    ),
  )
  const { mismatches } = await verified(target, source)
  const words = mismatches.filter(({ table }) => table === 'hr.words')
  expect(words).toHaveLength(101)
  expect(words.at(-1)?.reason).toBe(`${texts.length * 51 + 1} rows differ; the first 100 are named`)
})

test('rows that came to the source after the copy are told', async () => {
  const { source, target } = await ends()
  await fold(target, { spec, from: source })
  await query(source, `update acme.employees_employee set first_name = 'Late' where id = 3`)
  expect((await verified(target, source)).mismatches).toEqual([
    { organization: 'acme', table: 'hr.employees', key: '3', reason: 'changed: first_name' },
  ])
  await query(source, 'alter table acme.employees_employee add column more text')
  expect((await verified(target, source)).mismatches.map(({ reason }) => reason)).toContainEqual(
    expect.stringContaining('was changed or dropped after the plan'),
  )
})

describe('refused before anything starts', () => {
  test('both ends the same database', async () => {
    const { url } = await database('hr-legacy')
    await expect(prepared(url, spec, url)).rejects.toMatchObject({ code: 'RH200' })
  })

  test('an unfinished plan with another source, or with none', async () => {
    const { source, target } = await ends()
    const other = await clone(new URL(source).pathname.slice(1))
    await fold(target, { spec, from: source })
    await query(target, 'update rowhouse.plans set applied_at = null')
    await expect(prepared(target, spec)).rejects.toMatchObject({ code: 'RH117' })
    await expect(prepared(target, spec, other.url)).rejects.toMatchObject({
      code: 'RH117',
      message: expect.stringContaining(other.name),
    })
    const inPlace = await database('hr-folded')
    await expect(prepared(inPlace.url, spec, source)).rejects.toMatchObject({ code: 'RH117' })
  })

  test('what the tables use and the target lacks, all at once', async () => {
    const { source, target } = await ends()
    await query(
      source,
      `create type public.mood as enum ('good', 'bad');
       create function public.shout(text) returns text immutable language sql as 'select upper($1)';
       create table public.grades (id integer primary key);
       ${['acme', 'globex', 'initech']
         .map(
           schema => `alter table ${schema}.employees_employee add column mood public.mood, add column moods public.mood[],
             add column grade integer references public.grades, add column loud text generated always as (public.shout(last_name)) stored;`,
         )
         .join('\n')}`,
    )
    const refusal = await prepared(target, spec, source).catch(error => error)
    expect(refusal).toMatchObject({
      code: 'RH118',
      message: expect.stringMatching(
        /lacks .*: function public\.shout\(pg_catalog\.text\), type public\.mood, table public\.grades$/,
      ),
    })
    await query(
      target,
      `create type public.mood as enum ('good', 'bad');
       create function public.shout(text) returns text immutable language sql as 'select upper($1)';
       create table public.grades (id integer primary key)`,
    )
    await query(
      source,
      `insert into public.grades values (1); update acme.employees_employee set mood = 'bad', moods = '{good,bad}' where id = 1`,
    )
    await fold(target, { spec, from: source })
    expect(await verified(target, source)).toMatchObject({ ok: true })
  })

  test('an encoding that is not UTF8', async () => {
    const { target } = await ends()
    const name = `${runPrefix()}latin`
    await withClient(serverUrl(), 'test', client =>
      client.query(
        `create database ${ident(name)} template template0 encoding 'LATIN1' locale_provider libc locale 'C'`,
      ),
    )
    const url = withDatabase(serverUrl(), name)
    await query(
      url,
      `create schema one; create table one.t (id integer primary key); create schema two; create table two.t (id integer primary key)`,
    )
    await expect(prepared(target, spec, url)).rejects.toMatchObject({
      code: 'RH118',
      message: expect.stringContaining('LATIN1'),
    })
  })
})
