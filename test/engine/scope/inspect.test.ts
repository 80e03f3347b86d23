/** Whose the tables of one customer's database are, and how that is known: nothing is guessed that rows do not bear out. */
import { inspect } from '../../../src/engine/inspect/inspect.ts'
import { inspectAny } from '../../../src/engine/inspect/inspectAny.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { database } from '../../helpers/database.ts'
import { change, classes, customer, hazardsOf, inspected, shop, tableOf } from './customer.ts'

test('every table is classified, along foreign keys and along names that rows bear out', async () => {
  const url = await customer(shop)
  const found = await inspected(url)
  expect(found.inspection).toMatchObject({ kind: 'single', main: 'public', root: 'users', sample: null })
  expect(classes(found)).toEqual({
    users: 'root',
    uploads: 'scoped: user_id → users',
    entries: 'scoped: user_id → users',
    logs: 'scoped: upload_id → uploads (by its name), user_id → users',
    currencies: 'global',
    schema_migrations: 'framework',
  })
  expect(tableOf(found, 'logs').path[0]).toEqual({
    table: 'uploads',
    columns: ['upload_id'],
    keys: ['id'],
    declared: false,
  })
  expect(found.inspection.ownerColumn).toEqual({
    column: 'company',
    values: [
      { value: 'Acme', rows: 2 },
      { value: 'Globex', rows: 1 },
    ],
    empty: 0,
    tooMany: false,
  })
  // The same database gives the same answer.
  expect((await inspected(url)).inspection).toEqual(found.inspection)
})

test('a name that rows do not bear out is no way; it is told with its orphans', async () => {
  const url = await customer(`${shop} insert into logs (upload_id) values (77), (78)`)
  const found = await inspected(url)
  expect(classes(found)).toMatchObject({ logs: 'global' })
  expect(hazardsOf(found, 'reference-unfit')).toEqual([
    expect.objectContaining({
      object: 'logs.upload_id',
      blocks: false,
      detail: expect.stringContaining('2 of 5'),
      hint: expect.stringContaining('owner'),
    }),
  ])
})

test.each([
  ['camel case', `"UserId" int not null`, '"UserId" → users'],
  ['one word', 'userid int not null', 'userid → users'],
  ['with a purpose', 'created_by_user_id int not null', 'created_by_user_id → users'],
  ['another type', 'user_id text not null', null],
  ['whatever the other column says', 'user_id int not null, user_type text', null],
  ['no name of a table', 'person_number int not null', null],
])('undeclared references, by their names: %s', async (_, column, way) => {
  const url = await customer(`${shop} create table notes (id serial primary key, ${column})`)
  const found = await inspected(url)
  expect(classes(found).notes).toBe(
    way === null ? 'global' : `scoped: ${way.replaceAll('"', '')} (by its name)`,
  )
})

test('two tables that could be meant: none is', async () => {
  const url = await customer(`${shop}
    create table order_types (id serial primary key); create table item_types (id serial primary key, user_id int references users);
    create table things (id serial primary key, type_id int)`)
  expect(classes(await inspected(url)).things).toBe('global')
})

test('circles end, and a reference to the table itself is no way', async () => {
  const url = await customer(`
    create table users (id int primary key, boss_id int references users, team_id int);
    create table teams (id int primary key, lead_id int references users, parent_id int references teams);
    alter table users add foreign key (team_id) references teams;
    create table a (id int primary key, b_id int, user_id int references users);
    create table b (id int primary key, a_id int references a, c_id int);
    create table c (id int primary key, b_id int references b);
    alter table a add foreign key (b_id) references b; alter table b add foreign key (c_id) references c;
    create table trees (id int primary key, parent_id int references trees)`)
  const found = await inspected(url, { root: 'users' })
  expect(classes(found)).toEqual({
    users: 'root',
    teams: 'scoped: lead_id → users',
    a: 'scoped: user_id → users',
    b: 'scoped: a_id → a, user_id → users',
    c: 'scoped: b_id → b, a_id → a, user_id → users',
    trees: 'global',
  })
  expect(tableOf(found, 'teams').candidates).toHaveLength(1)
  // From a to b there is only the way back to a.
  expect(tableOf(found, 'a').candidates).toHaveLength(1)
})

test('a way that every row must have is before one that a row may have; the table’s name breaks a tie', async () => {
  const url = await customer(`${shop}
    create table orders (id serial primary key, approved_by int references users, upload_id int not null references uploads);
    create table letters (id serial primary key, author int not null references users, user_id int not null references users)`)
  const found = await inspected(url)
  expect(classes(found)).toMatchObject({
    orders: 'scoped: upload_id → uploads, user_id → users',
    letters: 'scoped: user_id → users',
  })
  expect(tableOf(found, 'orders').candidates).toHaveLength(2)
})

test('ways that disagree: on how many rows, which, and whether that is another organization', async () => {
  const url = await customer(`${shop}
    update entries set user_id = 2 where id = 1; update entries set user_id = 3 where id in (2, 4)`)
  const unruled = tableOf(await inspected(url), 'entries')
  const [first] = (await change(url, 'select id, user_id, upload_id from entries order by id limit 4')).rows
  expect(first).toEqual({ id: 1, user_id: 2, upload_id: 1 })
  expect(unruled.candidates).toEqual([
    expect.objectContaining({ rows: 9, roots: 0, owners: null, keys: [] }),
    expect.objectContaining({ rows: 9, roots: expect.any(Number), owners: null }),
  ])
  // Two people of one company are two roots and one owner.
  const { rows } = await change(
    url,
    `select count(*) filter (where e.user_id <> u.user_id)::int as roots,
      array_agg(e.id::text order by e.id) filter (where a.company <> b.company) as keys
     from entries e join uploads u on u.id = e.upload_id join users a on a.id = e.user_id join users b on b.id = u.user_id`,
  )
  const [{ roots, keys }] = rows
  expect(roots).toBeGreaterThan(keys.length)
  const ruled = tableOf(
    await inspected(url, {
      organizations: { acme: { name: 'Acme' }, globex: { name: 'Globex' } },
      tables: { users: { owner: { column: 'company' } } },
    }),
    'entries',
  )
  expect(ruled.candidates[1]).toMatchObject({ roots, owners: keys.length, keys })
})

test('a way that leads nowhere disagrees with none', async () => {
  const url = await customer(
    `${shop} alter table entries alter upload_id drop not null; update entries set upload_id = null where id < 4`,
  )
  expect(tableOf(await inspected(url), 'entries').candidates).toMatchObject([
    { rows: 9, roots: 0 },
    { rows: 6, roots: 0 },
  ])
})

test('the file names the root, and what stays everybody’s is in nobody’s way', async () => {
  const url = await customer(shop)
  const found = await inspected(url, { root: 'public.uploads' })
  expect(classes(found)).toMatchObject({
    uploads: 'root',
    users: 'global',
    entries: 'scoped: upload_id → uploads',
  })
  expect(classes(await inspected(url, { tables: { uploads: { scope: false } } }))).toMatchObject({
    uploads: 'global',
    logs: 'global',
    entries: 'scoped: user_id → users',
  })
  await expect(inspected(url, { root: 'people' })).rejects.toMatchObject({
    code: 'RH114',
    message: expect.stringContaining('people'),
  })
})

test('the marker of a sample is found on any table; other schemas’ tables are named in full', async () => {
  const url = await customer(`${shop} comment on table currencies is 'rowhouse sample: sellout (small)';
    create schema crm; create table crm.notes (id int primary key, user_id int references public.users)`)
  const found = await inspected(url)
  expect(found.inspection).toMatchObject({ sample: 'sellout', main: 'public' })
  expect(tableOf(found, 'crm.notes')).toMatchObject({ schema: 'crm', name: 'notes', class: 'scoped' })
})

test('no table of people: nothing is scoped, everything is listed', async () => {
  const url = await customer(
    'create table stars (id int primary key); create table planets (id int primary key, star_id int references stars)',
  )
  const found = await inspected(url)
  expect(found.inspection.root).toBeNull()
  expect(classes(found)).toEqual({ stars: 'global', planets: 'global' })
})

test('inspectAny: a customer where there are no tenants; an empty database has neither', async () => {
  const any = (url: string, decided = {}) => withClient(url, 'inspect', client => inspectAny(client, decided))
  const url = await customer(shop)
  expect((await any(url)).inspection.kind).toBe('single')
  expect((await any(url, { scope_column: 'client_id' })).inspection.kind).toBe('single')
  for (const decided of [{ kind: 'schemas' }, { discover: { pattern: 'tenant_*' } }, { tenants: {} }])
    await expect(any(url, decided)).rejects.toMatchObject({ code: 'RH110' })
  await expect(withClient(url, 'inspect', inspect)).rejects.toMatchObject({ code: 'RH110' })
  const empty = await database()
  await expect(any(empty.url)).rejects.toMatchObject({ code: 'RH110' })
  const core = await database('core')
  await expect(any(core.url)).rejects.toMatchObject({ code: 'RH110' })
  const tenants = await database('hr-legacy')
  expect((await any(tenants.url)).inspection.kind).toBe('schemas')
  expect((await any(tenants.url, { kind: 'single' })).inspection.kind).toBe('single')
})

test('a walled database whose tenants are gone is no customer’s', async () => {
  const { url } = await database('hr-folded')
  await change(
    url,
    'drop schema acme, globex, initech cascade; drop table public.tenants_domain, public.tenants_tenant cascade',
  )
  const { rows } = await change(
    url,
    `select format('drop table public.%I cascade', relname) as text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  )
  for (const { text } of rows) await change(url, text)
  await expect(withClient(url, 'inspect', client => inspectAny(client, {}))).rejects.toMatchObject({
    code: 'RH110',
  })
})
