/** Rows without an owner, and owners without an organization, are found before anything starts. */
import { refuseUnowned } from '../../../src/engine/scope/owners.ts'
import { resolveScope } from '../../../src/engine/scope/spec.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { companies, customer, file, inspected, type Said, shop } from './customer.ts'

type Refusal = { code: string; message: string; hint: string }

/** As the road goes: inspection, decisions, rows. */
const refusal = (url: string, said: Said): Promise<Refusal | null> =>
  inspected(url, said)
    .then(found => {
      const spec = resolveScope(found, file(said))
      return withClient(url, 'inspect', client => refuseUnowned(client, found, spec))
    })
    .then(
      () => null,
      (error: Refusal) => error,
    )

const users = (owner: NonNullable<Said['tables']>[string], more: Said['tables'] = {}): Said => ({
  ...companies,
  tables: { users: owner, ...more },
})

test('every row has an owner; without rules nobody looks', async () => {
  const url = await customer(shop)
  expect(await refusal(url, companies)).toBeNull()
  expect(await refusal(url, {})).toBeNull()
})

test('rows for which the rule gives nothing', async () => {
  const url = await customer(`${shop} insert into users (email) values ('x@x.example'), ('y@y.example')`)
  expect(await refusal(url, companies)).toMatchObject({
    code: 'RH115',
    message: expect.stringMatching(/users \(column company\): 2 rows get no owner \(4; 5\)$/),
    hint: expect.stringContaining(`"users": { …, otherwise: 'default' }`),
  })
  expect(await refusal(url, users({ owner: { column: 'company' }, otherwise: 'default' }))).toBeNull()
})

test('values that name no organization: which, and of how many rows', async () => {
  const url = await customer(
    `${shop} insert into users (email, company) values ('x@x.example', 'Initech'), ('y@y.example', 'Initech'), ('z@z.example', '')`,
  )
  const refused = await refusal(url, companies)
  expect(refused).toMatchObject({
    code: 'RH115',
    message: expect.stringContaining(
      'users (column company): names organizations that do not exist: "Initech", 2 rows; "", 1 rows',
    ),
    hint: expect.stringMatching(/organizations: \{ …: \{ match: \["Initech"\] \} \}/),
  })
  const matched = {
    ...companies,
    organizations: { ...companies.organizations, third: { match: ['Initech'] } },
  }
  expect((await refusal(url, matched))?.message).toMatch(/"", 1 rows/)
  expect(
    await refusal(url, {
      ...matched,
      tables: { users: { owner: { column: 'company' }, otherwise: 'default' } },
    }),
  ).toBeNull()
})

test('a text is matched exactly: by slug, name or match', async () => {
  const url = await customer(
    `${shop} update users set company = case id when 1 then 'acme' when 2 then 'Acme' else 'globex' end`,
  )
  expect(await refusal(url, companies)).toBeNull()
  expect(
    (await refusal(url, { ...companies, organizations: { acme: { name: 'ACME' }, globex: {} } }))?.message,
  ).toContain('"Acme", 1 rows')
})

test('children are told for what is their own: a reference that leads nowhere', async () => {
  const url =
    await customer(`${shop} alter table uploads alter user_id drop not null; insert into uploads (title) values ('lost');
    insert into users (email) values ('x@x.example'); insert into uploads (user_id) values (4); insert into entries (user_id, upload_id) values (4, 5)`)
  const refused = await refusal(url, companies)
  expect(refused?.message).toMatch(
    /users \(column company\): 1 rows get no owner \(4\); uploads \(parent users on user_id\): 1 rows get no owner \(4\)$/,
  )
  // The default of a parent is its children's.
  expect(
    await refusal(
      url,
      users({ owner: { column: 'company' }, otherwise: 'default' }, { uploads: { otherwise: 'default' } }),
    ),
  ).toBeNull()
})

test('a map that lacks a key, names nobody, or names two', async () => {
  const map: Said = {
    ...companies,
    tables: {
      users: { owner: { map: 'people_domains', on: 'id', key: 'user_id', organization: 'company' } },
    },
  }
  const made = await customer(`${shop} create table people_domains (user_id int, company text);
    insert into people_domains values (1, 'Acme'), (1, 'Globex'), (2, 'Acme'), (2, 'Acme')`)
  const said = { ...map, root: 'users' }
  const refused = await refusal(made, {
    ...said,
    tables: { ...said.tables, people_domains: { scope: false } },
  })
  expect(refused?.message).toMatch(
    /users \(map public\.people_domains on id\): the map gives two organizations for 1; .*1 rows get no owner \(3\)/,
  )
})

test('an expression finds owners; one that is none for Postgres is refused with what Postgres says', async () => {
  const url = await customer(shop)
  const sql = (expression: string) => refusal(url, users({ owner: { sql: expression } }))
  const good = {
    ...users({ owner: { sql: `split_part(t.email, '@', 2)` } }),
    organizations: { acme: { match: ['acme.example'] }, globex: { match: ['globex.example'] } },
  }
  expect(await refusal(url, good)).toBeNull()
  expect(await sql('t.firm')).toMatchObject({
    code: 'RH114',
    message: expect.stringMatching(/users\.owner\.sql" t\.firm: column t\.firm does not exist/),
  })
  expect(await sql('firm_of(t)')).toMatchObject({ code: 'RH114', message: expect.stringMatching(/firm_of/) })
  expect(await sql('t.company ||')).toMatchObject({
    code: 'RH112',
    message: expect.stringMatching(/t\.company \|\|: syntax error/),
  })
  // Only rows tell that this one fails.
  expect(await sql('(t.company::int)')).toMatchObject({
    code: 'RH112',
    message: expect.stringMatching(/invalid input syntax/),
  })
})

test('references that would lead into another organization, until they are accepted', async () => {
  const url = await customer(
    `${shop} alter table users add boss_id int references users; update users set boss_id = 3 where id = 1; update users set boss_id = 1 where id = 2`,
  )
  const refused = await refusal(url, companies)
  expect(refused).toMatchObject({
    code: 'RH115',
    message: expect.stringMatching(
      /users: 1 rows would refer to another organization's row of users by boss_id \(1\)/,
    ),
    hint: expect.stringContaining("accept: ['crossing-reference:users']"),
  })
  const accepted = { ...companies, accept: ['crossing-reference:users'] }
  expect(await refusal(url, accepted)).toBeNull()
  expect(resolveScope(await inspected(url, accepted), file(accepted)).compositeKeys).toBe(false)
})

test('into the default organization too, where that has the rows without an owner', async () => {
  const url = await customer(
    `${shop} alter table users add boss_id int references users; insert into users (email) values ('x@x.example'); update users set boss_id = 4 where id = 1`,
  )
  const said = users({ owner: { column: 'company' }, otherwise: 'default' })
  expect((await refusal(url, said))?.message).toMatch(
    /users: 1 rows would refer to another organization's row of users by boss_id \(1\)/,
  )
})

test('nothing is changed, and names of every kind are quoted', async () => {
  const url =
    await customer(`create table "User's" ("Id" int primary key, "Com pany" text); insert into "User's" values (1, 'Acme'), (2, null);
    create table "Order" (id int primary key, "user" int not null references "User's"); insert into "Order" values (1, 2)`)
  const said: Said = {
    root: "User's",
    organizations: { acme: { name: 'Acme' } },
    tables: { "User's": { owner: { column: 'Com pany' } } },
  }
  expect(await refusal(url, said)).toMatchObject({
    message: expect.stringContaining("User's (column Com pany): 1 rows get no owner (2)"),
  })
})
