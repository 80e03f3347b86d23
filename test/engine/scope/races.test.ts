/** What a transaction does that began before, holds a row, or moves a parent while its child is written. */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Event } from '../../../src/engine/apply/events.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { change, customer, file } from './customer.ts'
import { applyUntil, verifiedScope } from './scoped.ts'

const shop = `
create table users (id serial primary key, email text not null unique, company text);
create table uploads (id serial primary key, user_id int not null references users, title text);
create table lines (id serial primary key, upload_id int not null references uploads on delete cascade, ean text);
create table notes (id serial primary key, upload_id int not null, said text);
create table echoes (id serial primary key, note_id int not null, said text);
insert into users (email, company) select 'u' || n || '@x.example', case n % 3 when 0 then 'Acme' when 1 then 'Globex' end
  from generate_series(1, 30) n;
insert into uploads (user_id) select 1 + n % 30 from generate_series(1, 1500) n;
insert into lines (upload_id) select 1 + n % 1500 from generate_series(1, 3000) n;
insert into notes (upload_id) select 1 + n % 1500 from generate_series(1, 2000) n;
insert into echoes (note_id) select n from generate_series(1, 2000) n`

const spec = file({
  identities: null,
  organizations: { acme: { name: 'Acme' }, globex: { name: 'Globex' } },
  tables: {
    users: { owner: { column: 'company' }, otherwise: 'default' },
    // Said, because no foreign key does.
    notes: { owner: { parent: 'uploads', on: 'upload_id' } },
    echoes: { owner: { parent: 'notes', on: 'note_id' } },
  },
})

const open: pg.Client[] = []
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => {})
})
async function session(url: string): Promise<pg.Client> {
  const client = await connect(url, 'test')
  await client.query('set search_path to public')
  open.push(client)
  return client
}

const truth = {
  users: 't.company',
  uploads: '(select u.company from users u where u.id = t.user_id)',
  lines: '(select u.company from uploads f join users u on u.id = f.user_id where f.id = t.upload_id)',
  notes: '(select u.company from uploads f join users u on u.id = f.user_id where f.id = t.upload_id)',
  echoes:
    '(select u.company from notes n join uploads f on f.id = n.upload_id join users u on u.id = f.user_id where n.id = t.note_id)',
}
/** Table → rows that are not their company's. */
async function strays(url: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [table, company] of Object.entries(truth)) {
    const { rows } = await change(
      url,
      `select count(*)::int as n from ${table} t join app_public.organizations o on o.id = t.organization_id
where lower(coalesce(${company}, 'default-org')) <> o.slug`,
    )
    if (rows[0].n > 0) found[table] = rows[0].n
  }
  return found
}

/** Applies, and runs `meanwhile` when the assigning of rows says that it waits, or a step says that it begins. */
async function applied(
  url: string,
  until: 'assign' | 'index' | 'protect' | 'enforce',
  at: (event: Event) => boolean,
  meanwhile: () => Promise<void>,
) {
  let done: Promise<void> | undefined
  const said: Event[] = []
  await applyUntil(url, spec, until, {
    listen: event => {
      said.push(event)
      if (done === undefined && at(event)) done = meanwhile()
    },
  })
  expect(done).toBeDefined()
  await done
  return said
}

const begins = (step: string) => (event: Event) => event.type === 'step-begun' && event.step === step
const ends = (step: string) => (event: Event) => event.type === 'step-done' && event.step === step
const waits = (event: Event) => event.type === 'waiting'

test('a transaction that sees the database as it was before the rules, and writes after the first pass', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'expand')
  const early = await session(url)
  await early.query('begin isolation level repeatable read')
  await early.query('select count(*) from users')
  // Every rule is read with this snapshot: by it, all parents are the default organization's.
  const said = await applied(url, 'assign', begins('assign_rows users settle'), async () => {
    // It holds no lock on what it writes until all the rest would be done.
    await wait(2500)
    await early.query(`insert into lines (upload_id, ean) values (3, 'late')`)
    await early.query(`insert into notes (upload_id, said) values (3, 'late')`)
    await early.query('commit')
  })
  expect(said.some(waits)).toBe(true)
  expect(await strays(url)).toEqual({})
  expect((await change(url, `select from lines where ean = 'late'`)).rowCount).toBe(1)
})

test('a transaction that wrote to another table first, and commits after the first pass', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'expand')
  const early = await session(url)
  await early.query('begin')
  await early.query('create table mine (n int)')
  await applied(url, 'assign', ends('assign_rows users first'), async () => {
    const { rows } = await early.query(
      `insert into users (email, company) values ('late@x.example', 'Acme') returning id`,
    )
    const { rows: uploads } = await early.query('insert into uploads (user_id) values ($1) returning id', [
      rows[0].id,
    ])
    await early.query('insert into notes (upload_id) values ($1)', [uploads[0].id])
    await wait(1000)
    await early.query('commit')
  })
  expect(await strays(url)).toEqual({})
})

test('rows that somebody holds for long are passed over, told of, and assigned in the end', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'expand')
  const holder = await session(url)
  await holder.query('begin')
  await holder.query('select from uploads where id between 700 and 710 for update')
  const writer = await session(url)
  await writer.query(`set lock_timeout to '100ms'`)
  const said = await applied(url, 'assign', ends('assign_rows uploads first'), async () => {
    const { rows } = await change(
      url,
      `select count(*)::int as n from uploads t join users u on u.id = t.user_id join app_public.organizations o on o.id = t.organization_id
where lower(coalesce(u.company, 'default-org')) <> o.slug`,
    )
    expect(rows[0].n).toBeGreaterThan(0)
    expect(rows[0].n).toBeLessThanOrEqual(11)
    // Nobody waits for what is passed over.
    await writer.query('update uploads set title = $1 where id = 711', ['x'])
    await wait(2500)
    await holder.query(`update uploads set title = 'mine' where id between 700 and 710`)
    await holder.query('commit')
  })
  const { pid } = (await holder.query('select pg_backend_pid() as pid')).rows[0]
  expect(said.filter(waits)).toContainEqual(
    expect.objectContaining({ reason: expect.stringMatching(new RegExp(`uploads.*\\b${pid}\\b`)) }),
  )
  expect(await strays(url)).toEqual({})
  expect((await change(url, `select from uploads where title = 'mine'`)).rowCount).toBe(11)
})

test('a parent that goes to another company takes its rows along, wherever the assigning is', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'expand')
  const app = await session(url)
  const move = (from: number) => async () => {
    await app.query(`update uploads set user_id = (user_id + 1) % 30 + 1 where id % 7 = $1`, [from])
  }
  await applied(url, 'assign', begins('assign_rows uploads first'), move(1))
  expect(await strays(url)).toEqual({})
  await move(2)()
  expect(await strays(url)).toEqual({})
  await applied(url, 'index', begins('assign_rows notes follow'), move(3))
  expect(await strays(url)).toEqual({})
  await move(4)()
  expect(await strays(url)).toEqual({})
  await applyUntil(url, spec, 'protect')
  await move(5)()
  expect(await strays(url)).toEqual({})
  expect(await verifiedScope(url)).toMatchObject({ ok: true, mismatches: [] })
})

test('a row that is written while its parent goes is found before the keys are believed, and at the end', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'assign')
  const [mover, writer] = [await session(url), await session(url)]
  const both = async () => {
    await mover.query('begin')
    await mover.query('update uploads set user_id = (user_id + 1) % 30 + 1 where id = 5')
    // It sees the parent as it was.
    await writer.query(`insert into notes (upload_id, said) values (5, 'between')`)
    await mover.query('commit')
  }
  await both()
  await mover.query('begin')
  await mover.query('update uploads set user_id = (user_id + 1) % 30 + 1 where id = 6')
  await writer.query(`insert into lines (upload_id, ean) values (6, 'between')`)
  await mover.query('commit')
  expect(await strays(url)).toEqual({ lines: 1, notes: 1 })
  await applyUntil(url, spec, 'index')
  expect(await strays(url)).toEqual({})
  await applyUntil(url, spec, 'protect')
  // No foreign key, so nothing stops it: verify says it, and the last phase mends it.
  await both()
  expect(await strays(url)).toEqual({ notes: 1 })
  expect((await verifiedScope(url)).mismatches.map(({ reason }) => reason)).toEqual([
    'references_inside: public.notes (upload_id) → public.uploads: 1 rows',
    "1 rows are not their parent's organization's",
  ])
  await applyUntil(url, spec, 'enforce')
  expect(await strays(url)).toEqual({})
})

test('where a foreign key makes the writer wait for the parent, it gets the owner that comes of it', async () => {
  const url = await customer(shop)
  await applyUntil(url, spec, 'index')
  const [mover, writer] = [await session(url), await session(url)]
  await mover.query('begin')
  await mover.query('update uploads set user_id = (user_id + 1) % 30 + 1 where id = 6')
  const written = writer.query(`insert into lines (upload_id, ean) values (6, 'between')`)
  await wait(100)
  await mover.query('commit')
  await written
  expect(await strays(url)).toEqual({})
})
