/** What came after the plan, or stands in its way: told, never left behind in silence. */
import { readState } from '../../src/engine/apply/state.ts'
import { isAsPlanned } from '../../src/engine/plan/stamps.ts'
import { writtenSince } from '../../src/engine/verify/writtenSince.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, verified } from './fold.ts'

const run = (url: string, sql: string) => withClient(url, 'test', client => client.query(sql))

/** Two tenants by shape, each with what `tables` makes. */
async function tenants(tables: string, ...names: string[]): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  for (const name of names.length > 0 ? names : ['t1', 't2']) {
    await run(url, `create schema ${name}; set search_path to ${name}; ${tables}`)
  }
  return url
}

const item = 'create table item (id int primary key, v text); insert into item values (1, current_schema())'

test.each([
  ['a column', "alter table t1.item add extra text default 'x'", /changed or dropped after the plan/],
  ['a table', 'create table t1.fresh (id int primary key)', /table t1.fresh came after the plan/],
  ['the loss of a table', 'drop table t2.item', /changed or dropped after the plan/],
])('%s that came after the fold is a difference', async (_, change, reason) => {
  const url = await tenants(item)
  await fold(url)
  expect(await verified(url)).toMatchObject({ ok: true })
  await run(url, change)
  const { ok, mismatches } = await verified(url)
  expect({ ok, reasons: mismatches.map(mismatch => mismatch.reason) }).toEqual({
    ok: false,
    reasons: expect.arrayContaining([expect.stringMatching(reason)]),
  })
})

test.each([
  [
    'the table that a key leads to',
    'alter table ref.countries rename to old; create table ref.countries (id int primary key)',
  ],
  ['a column that a key leads to', 'alter table ref.countries rename id to number'],
  ['a domain', 'alter domain ref.code rename to word'],
  ['a function in a default', 'alter function ref.next() rename to following'],
  ['a schema', 'alter schema ref rename to reference'],
  ['an heir', 'create table ref.logs (more text) inherits (t1.log)'],
])('what tables are made of in other schemas is another: %s', async (_, change) => {
  const { url } = await database()
  await ensureRoles(url)
  await run(
    url,
    `create schema ref; create table ref.countries (id int primary key); insert into ref.countries values (1);
     create domain ref.code as text; create function ref.next() returns int language sql return 1`,
  )
  for (const name of ['t1', 't2']) {
    await run(
      url,
      `create schema ${name}; set search_path to ${name};
       create table item (id int primary key default ref.next(), country int references ref.countries, code ref.code);
       create table log (id int primary key); create table heir () inherits (log); drop table heir;
       insert into item (country, code) values (1, 'a')`,
    )
  }
  const { plan } = await fold(url)
  const isAsBefore = () => withClient(url, 'test', client => isAsPlanned(client, plan))
  expect(await isAsBefore()).toBe(true)
  expect(await verified(url)).toMatchObject({ ok: true })
  await run(url, change)
  expect(await isAsBefore()).toBe(false)
  const { ok, mismatches } = await verified(url)
  expect({ ok, reasons: mismatches.map(mismatch => mismatch.reason) }).toEqual({
    ok: false,
    reasons: expect.arrayContaining([expect.stringMatching(/changed or dropped after the plan/)]),
  })
})

test('a tenant that came into a registry which was none at the fold is a difference', async () => {
  const url = await tenants(item)
  await run(url, 'create table public.customers (subdomain text unique)')
  await fold(url)
  expect(await verified(url)).toMatchObject({ ok: true })
  await run(url, `insert into public.customers values ('t1'), ('t2'), ('late')`)
  expect((await verified(url)).mismatches.map(({ reason }) => reason)).toEqual([
    'tenant late came into public.customers after the plan and was not moved',
  ])
})

test.each([
  [
    'by shape',
    {},
    't3',
    'create schema other; create table other.item (id int); create table other.b (id int); create table other.c (id int)',
  ],
  [
    'by a pattern',
    { discover: { pattern: 't*' } },
    't3',
    'create schema other; create table other.item (id int)',
  ],
  ['by a list', { discover: { schemas: ['t1', 't2'] } }, null, 'select'],
])(
  'a schema made like the tenants after the fold is a difference, where they were found %s',
  async (_, spec, found, sql) => {
    const url = await tenants(item)
    await fold(url, { spec })
    await run(url, sql)
    expect(await verified(url)).toMatchObject({ ok: true })
    await run(url, `create schema t3; set search_path to t3; ${item}`)
    expect((await verified(url)).mismatches.map(({ reason }) => reason)).toEqual(
      found === null ? [] : [`schema ${found} came after the plan, is made like a tenant, and was not moved`],
    )
  },
)

test('a tenant that came into the registry after the fold is a difference', async () => {
  const { url } = await database('hr-folded')
  await run(
    url,
    `create schema late; insert into public.tenants_tenant (schema_name, name, on_trial, created_on) values ('late', 'Late', false, now())`,
  )
  const { ok, mismatches } = await verified(url)
  expect(ok).toBe(false)
  expect(mismatches.map(({ reason }) => reason).join()).toContain(
    'tenant late came into public.tenants_tenant',
  )
})

test('names with spaces, long names and names that meet: every unit is copied once', async () => {
  const long = 'n'.repeat(60)
  const tables = `create table a (id int primary key); insert into a values (1);
    create table "a b" (id int primary key); insert into "a b" values (1);
    create table product (id int primary key, category_name text unique); create index on product (id, category_name);
    create table product_category (id int primary key, name text unique); create index on product_category (id, name);
    create table ${long}one (id int primary key); create table ${long}two (id int primary key);`
  const url = await tenants(tables, 'c', '"b c"')
  await fold(url)
  expect(await verified(url)).toMatchObject({ ok: true, rows: 4 })
})

test('a tenant that is left out neither hides what the others have nor decides for them', async () => {
  const url = await tenants('create table p (id int primary key)', 'a0')
  for (const name of ['t1', 't2']) {
    await run(url, `create schema ${name}; create table ${name}.p (id int, api_token text, primary key (id))`)
  }
  // Not even its column is wider than it must be.
  await run(url, 'alter table a0.p alter column id type bigint')
  const { plan } = await prepared(url, { tenants: { a0: { skip: true } } })
  expect(plan.tables[0]).toMatchObject({ secret: ['api_token'], readings: {} })
  expect(plan.tables[0]?.columns[0]?.type).toBe('integer')
})

test.each([
  [
    'inheritance',
    'create table doc (id int primary key); create table bill (total int, primary key (id)) inherits (doc)',
    {},
    'RH115',
  ],
  ['a core schema that is a tenant', item, { core_schema: 't1' }, 'RH125'],
  [
    'one address for two people',
    `create table person (id int primary key, email text, password text); insert into person values (1, 'a@b', ''), (2, 'a@b', '')`,
    {},
    'RH115',
  ],
])('%s is refused before anything starts', async (_, tables, spec, code) => {
  await expect(prepared(await tenants(tables), spec)).rejects.toMatchObject({ code })
})

test('what was written to the new tables is seen by who would undo them, and a cancel that was begun is finished first', async () => {
  const url = await tenants(item)
  await fold(url)
  const written = () =>
    withClient(url, 'test', async client => {
      const record = await readState(client)
      return record && writtenSince(client, record)
    })
  expect(await written()).toEqual([])
  await run(
    url,
    `insert into app.item (organization_id, id, v) select id, 999, 'new' from app_public.organizations`,
  )
  expect(await written()).toEqual(['app.item'])
  await run(url, 'update rowhouse.plans set cancelling_at = now()')
  await expect(prepared(url)).rejects.toMatchObject({ code: 'RH124' })
})
