/** Every row of the source is in the target, once, byte for byte; and verify says so when one is not. */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { checksums } from '../helpers/snapshot.ts'
import { prepared, verified } from './fold.ts'

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

/** Rows as the client gets them over the wire, as text, hashed by Node: nothing of the engine's own comparison. */
async function fingerprint(sql: string): Promise<{ count: number; hash: string }> {
  const { rows } = await client.query<(string | null)[]>({
    text: sql,
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text },
  } as unknown as pg.QueryConfig)
  const hash = createHash('sha256')
  for (const row of rows.map(values => JSON.stringify(values)).sort()) hash.update(`${row}\n`)
  return { count: rows.length, hash: hash.digest('hex') }
}

test('per tenant and table, rows are equal when Node compares them', async () => {
  const { plan } = await prepared(one.url)
  let compared = 0
  for (const { schema, slug } of plan.organizations) {
    for (const table of plan.tables) {
      const columns = table.columns.map(({ name }) => `t."${name}"`).join(', ')
      const source = await fingerprint(`select ${columns} from "${schema}"."${table.source}" t`)
      const target = await fingerprint(
        `select ${columns} from "${table.target.schema}"."${table.target.name}" t
         join app_public.organizations o on o.id = t.organization_id where o.slug = '${slug}'`,
      )
      expect({ schema, table: table.source, ...target }).toEqual({ schema, table: table.source, ...source })
      compared += source.count
    }
  }
  // 200 employees and what follows from them, in three tenants; nothing was compared with nothing.
  expect(compared).toBe(825)
  expect(await verified(one.url)).toMatchObject({ ok: true, rows: 825, organizations: 3, tables: 5 })
})

test('verify changes nothing', async () => {
  const before = await checksums(client)
  await verified(one.url)
  expect(await checksums(client)).toEqual(before)
})

const of = (slug: string) => `(select id from app_public.organizations where slug = '${slug}')`
const faults: [what: string, sql: string, expected: unknown][] = [
  [
    'one byte changed',
    `update hr.employees set notes = overlay(notes placing '_' from 1 for 1) where organization_id = ${of('globex')} and id = 20`,
    [{ organization: 'globex', table: 'hr.employees', key: '20', reason: 'changed: notes' }],
  ],
  [
    'NULL became the empty text',
    `update hr.employees set middle_name = '' where organization_id = ${of('acme')} and id = (
       select min(id) from hr.employees where organization_id = ${of('acme')} and middle_name is null)`,
    [
      expect.objectContaining({
        organization: 'acme',
        table: 'hr.employees',
        reason: 'changed: middle_name',
      }),
    ],
  ],
  [
    'a number that is equal and not the same',
    `update hr.employees set rating = trim_scale(rating) where organization_id = ${of('acme')} and id = (
       select min(id) from hr.employees where organization_id = ${of('acme')} and rating::text ~ '0$')`,
    [expect.objectContaining({ organization: 'acme', table: 'hr.employees', reason: 'changed: rating' })],
  ],
  [
    'a row removed',
    `set session_replication_role to replica;
     delete from hr.departments where organization_id = ${of('initech')} and id = 7`,
    [{ organization: 'initech', table: 'hr.departments', key: '7', reason: 'missing' }],
  ],
  [
    'a row added',
    `insert into hr.designations (organization_id, id, title, level, pay_from, responsibilities, is_billable)
     values (${of('acme')}, 4711, 'new', 1, 1, '{}', true)`,
    // Nobody drew the number from the sequence.
    [
      { organization: 'acme', table: 'hr.designations', key: '4711', reason: 'added' },
      expect.objectContaining({ reason: expect.stringContaining('hr.designations') }),
    ],
  ],
  [
    'a value exchanged between two rows',
    `update hr.designations d set level = o.level + 1, pay_from = o.pay_from, pay_to = o.pay_to from hr.designations o
     where o.organization_id = d.organization_id and o.id = 13 - d.id and d.id in (6, 7) and d.organization_id = ${of('acme')}`,
    [
      expect.objectContaining({ organization: 'acme', table: 'hr.designations', key: '6' }),
      expect.objectContaining({ organization: 'acme', table: 'hr.designations', key: '7' }),
    ],
  ],
]

test.each(faults)('%s is found, with organization, table and key', async (_, sql, expected) => {
  await client.query(sql)
  const report = await verified(one.url)
  expect(report).toMatchObject({ ok: false, mismatches: expected })
})

test('a row doubled is found, once its key is gone', async () => {
  await client.query(`set session_replication_role to replica;
    alter table hr.employees drop constraint employees_pkey cascade; alter table hr.employees drop constraint employees_email_key;
    alter table hr.employees drop constraint employees_employee_code_key; alter table hr.employees drop constraint employees_user_id_key;
    drop index hr.employees_code_upper;
    insert into hr.employees overriding system value select * from hr.employees where organization_id = ${of('acme')} and id = 3`)
  const { ok, mismatches } = await verified(one.url)
  expect(ok).toBe(false)
  expect(mismatches).toContainEqual({
    organization: 'acme',
    table: 'hr.employees',
    key: '3',
    reason: 'doubled',
  })
  expect(mismatches).toContainEqual(
    expect.objectContaining({ reason: 'constraint employees_pkey of hr.employees is missing or not valid' }),
  )
})

test('a row moved to another organization is named at both ends', async () => {
  const row = `1000, 'only here', 1, 1, null, '{}'::varchar[], true`
  await client.query(`insert into acme.employees_designation (id, title, level, pay_from, pay_to, responsibilities, is_billable) values (${row});
    insert into hr.designations (organization_id, id, title, level, pay_from, pay_to, responsibilities, is_billable)
    values (${of('acme')}, ${row}); select setval('hr.designations_id_seq', 1000)`)
  expect((await verified(one.url)).ok).toBe(true)
  await client.query(`update hr.designations set organization_id = ${of('globex')} where id = 1000`)
  const place = { table: 'hr.designations', key: '1000' }
  expect(await verified(one.url)).toMatchObject({
    ok: false,
    mismatches: [
      { ...place, organization: 'acme', reason: 'moved to organization globex' },
      { ...place, organization: 'globex', reason: 'moved here from organization acme' },
    ],
  })
})

test('rows of an organization that nobody knows are found', async () => {
  await client.query(`insert into app_public.organizations (id, name, slug) values (gen_random_uuid(), 'x', 'stranger');
    insert into hr.locations (organization_id, name, address, country_code, timezone)
    values (${of('stranger')}, 'n', 'a', 'DE', 'UTC')`)
  expect((await verified(one.url)).mismatches[0]).toMatchObject({
    table: 'hr.locations',
    reason: expect.stringContaining('does not know'),
  })
})

const structure: [what: string, sql: string, reason: string][] = [
  [
    'a key dropped',
    'alter table hr.designations drop constraint designations_title_key',
    'constraint designations_title_key of hr.designations is missing or not valid',
  ],
  [
    'a foreign key not checked',
    `alter table hr.employees drop constraint employees_supervisor_id_fkey;
     alter table hr.employees add constraint employees_supervisor_id_fkey foreign key (organization_id, supervisor_id)
       references hr.employees (organization_id, id) not valid`,
    'constraint employees_supervisor_id_fkey of hr.employees is missing or not valid',
  ],
  [
    'a check dropped',
    'alter table hr.designations drop constraint designations_pay_span',
    'designations_pay_span',
  ],
  [
    'a foreign key to another column',
    `alter table hr.departments drop constraint departments_parent_id_fkey;
     alter table hr.departments add constraint departments_parent_id_fkey foreign key (organization_id, manager_id) references hr.employees (organization_id, id)`,
    'departments_parent_id_fkey',
  ],
  [
    'an index dropped',
    'drop index hr.employees_active_name',
    'index employees_active_name of hr.employees is missing or not valid',
  ],
  ['a not null dropped', 'alter table hr.employees alter column email drop not null', 'email'],
  ['a sequence behind', `select setval('hr.employees_id_seq', 5)`, 'the next id of hr.employees is taken'],
  ['a wall dropped', 'drop policy organization_isolation on hr.departments', 'hr.departments'],
  [
    'row-level security switched off',
    'alter table hr.departments disable row level security',
    'hr.departments',
  ],
  [
    'a secret granted',
    'grant select (password) on hr.authentication_users to rowhouse_visitor',
    'hr.authentication_users.password',
  ],
  [
    'a user without a login',
    `delete from app_public.legacy_identities where organization_id = ${of('acme')} and legacy_id = '1'`,
    'has no user',
  ],
]

test.each(structure)('%s is found', async (_, sql, reason) => {
  await client.query(sql)
  const { ok, mismatches } = await verified(one.url)
  expect({ ok, reasons: mismatches.map(mismatch => mismatch.reason) }).toEqual({
    ok: false,
    reasons: expect.arrayContaining([expect.stringContaining(reason)]),
  })
})

test('a door that a DBA narrowed is told, and is no difference', async () => {
  await client.query(`drop policy select_member on hr.departments;
    create policy select_member on hr.departments for select to rowhouse_visitor using (id < 5)`)
  expect(await verified(one.url)).toMatchObject({ ok: true, mismatches: [], narrowed: ['hr.departments'] })
})

test('a leak that the catalog does not show is found by asking as a tenant', async () => {
  await client.query(`create or replace function app_hidden.current_organization_id() returns uuid
    language sql stable security definer set search_path to pg_catalog, pg_temp
    as $$ select id from app_public.organizations where slug = 'globex' $$`)
  const { ok, mismatches } = await verified(one.url)
  expect(ok).toBe(false)
  expect(mismatches).toContainEqual({
    organization: 'acme',
    table: 'hr.employees',
    key: null,
    reason: 'a member sees 200 rows of other organizations',
  })
})

test('a wall that is none is found', async () => {
  await client.query(`drop policy organization_isolation on hr.designations;
    create policy organization_isolation on hr.designations as restrictive to rowhouse_visitor using (true)`)
  const { ok, mismatches } = await verified(one.url)
  expect(ok).toBe(false)
  expect(mismatches.some(({ table }) => table === 'hr.designations')).toBe(true)
})
