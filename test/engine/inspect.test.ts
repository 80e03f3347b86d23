/** What is found in a database, and what stands in the way of folding it. */
import type pg from 'pg'
import { type Found, inspect } from '../../src/engine/inspect/inspect.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { prepared } from './fold.ts'

const change = (url: string, sql: string) => withClient(url, 'test', (client: pg.Client) => client.query(sql))
const inspected = (url: string): Promise<Found> => withClient(url, 'inspect', inspect)
const hazardsOf = async (url: string) => (await inspected(url)).inspection.hazards

test('the sample: three tenants, tables by class, hazards that can be read', async () => {
  const { url } = await database('hr-legacy')
  const { inspection } = await inspected(url)
  expect(inspection).toMatchObject({
    kind: 'schemas',
    sample: 'hr',
    registry: { table: 'public.tenants_tenant', domainTable: 'public.tenants_domain' },
  })
  expect(inspection.tenants.map(({ schema, slug }) => [schema, slug])).toEqual([
    ['acme', 'acme'],
    ['globex', 'globex'],
    ['initech', 'initech'],
  ])
  const classes = Object.fromEntries(
    inspection.tables.filter(table => table.schema === null).map(table => [table.name, table.class]),
  )
  expect(classes).toMatchObject({
    employees_employee: 'tenant',
    django_migrations: 'framework',
    django_content_type: 'framework',
  })
  for (const hazard of inspection.hazards) {
    expect(hazard).toMatchObject({
      code: expect.stringMatching(/^[a-z-]+$/),
      object: expect.stringMatching(/./),
      detail: expect.stringMatching(/./),
      hint: expect.stringMatching(/./),
    })
  }
  expect(inspection.hazards.filter(({ blocks }) => blocks)).toEqual([])
  expect(inspection.hazards.map(({ code, object }) => `${code} ${object}`)).toEqual(
    expect.arrayContaining([
      'secret-column authentication_user.password',
      'pay-column employees_employee.salary',
      'framework-table django_migrations',
      'registry-lists-shared-schema public.tenants_tenant',
    ]),
  )
})

test('an empty database has no tenants', async () => {
  const { url } = await database()
  await expect(inspected(url)).rejects.toMatchObject({
    code: 'RH110',
    hint: expect.stringContaining('rowhouse sample'),
  })
})

test('a registry without tenants, and one that names schemas that are not there', async () => {
  const { url } = await database('hr-legacy')
  await change(
    url,
    `insert into public.tenants_tenant (schema_name, name, on_trial, created_on) values ('gone', 'Gone', false, now()), ('gone2', 'Gone', false, now())`,
  )
  await expect(inspected(url)).rejects.toMatchObject({
    code: 'RH111',
    message: expect.stringMatching(/"gone", "gone2"/),
    hint: expect.stringContaining('delete from public.tenants_tenant'),
  })
  await change(
    url,
    `delete from public.tenants_domain; delete from public.tenants_tenant where schema_name <> 'public'`,
  )
  await expect(inspected(url)).rejects.toMatchObject({
    code: 'RH110',
    message: expect.stringContaining('tenants_tenant'),
  })
})

test('a table of the tenants is no registry, whatever its columns are called', async () => {
  const { url } = await database('hr-legacy')
  for (const schema of ['acme', 'globex', 'initech']) {
    await change(
      url,
      `create table ${schema}.imports (id bigint primary key, schema_name text unique);
      insert into ${schema}.imports values (1, 'staging')`,
    )
  }
  expect((await inspected(url)).inspection.registry?.table).toBe('public.tenants_tenant')
  await change(
    url,
    `create schema main;
    create table main.employees_location (like acme.employees_location);
    create table main.employees_department (like acme.employees_department);
    create table main.employees_employee (like acme.employees_employee);
    create table main.employees_designation (like acme.employees_designation);
    create table main.authentication_user (like acme.authentication_user);
    alter table public.tenants_tenant set schema main`,
  )
  expect((await inspected(url)).inspection.registry?.table).toBe('main.tenants_tenant')
  await change(url, `alter table main.tenants_tenant set schema public; drop schema main cascade`)
  await change(url, 'drop table public.tenants_domain, public.tenants_tenant')
  const { registry, tenants } = (await inspected(url)).inspection
  expect(registry).toBeNull()
  expect(tenants.map(({ schema }) => schema)).toEqual(['acme', 'globex', 'initech'])
})

test('without a registry, schemas of one shape are the tenants', async () => {
  const { url } = await database('hr-legacy')
  await change(url, 'drop table public.tenants_domain, public.tenants_tenant')
  const { inspection } = await inspected(url)
  expect(inspection.registry).toBeNull()
  expect(inspection.tenants.map(({ schema }) => schema)).toEqual(['acme', 'globex', 'initech'])
})

test.each([
  [
    'a type that nothing holds together with the others’',
    'alter table globex.employees_location drop column address, add column address bytea',
    /address is bytea/,
  ],
  [
    'no key, and rows that it would not have',
    `alter table globex.employees_location drop constraint employees_location_pkey cascade; insert into globex.employees_location select 1, n, '', 'DE', '' from generate_series(1, 2) n`,
    /rows break primary/,
  ],
])('a tenant that does not fit is left out, and the others go: %s', async (_, sql, detail) => {
  const { url } = await database('hr-legacy')
  await change(url, sql)
  expect(await hazardsOf(url)).toContainEqual(
    expect.objectContaining({
      code: 'tenant-blocked',
      object: 'globex',
      blocks: true,
      tenant: 'globex',
      detail: expect.stringMatching(detail),
      hint: expect.stringContaining('skip: true'),
    }),
  )
  const { plan } = await prepared(url)
  expect(plan.organizations.map(({ schema }) => schema)).toEqual(['acme', 'initech'])
  expect(plan.blocked).toEqual([{ schema: 'globex', reason: expect.stringMatching(detail) }])
})

test('when no tenant fits there is no plan', async () => {
  const { url } = await database('hr-legacy')
  await change(url, 'drop schema acme, initech cascade')
  await change(
    url,
    `delete from public.tenants_domain where tenant_id in (select id from public.tenants_tenant where schema_name in ('acme', 'initech'))`,
  )
  await change(url, `delete from public.tenants_tenant where schema_name in ('acme', 'initech')`)
  await change(
    url,
    'create table globex.more () inherits (globex.employees_employee); insert into globex.more select * from globex.employees_employee limit 1',
  )
  await expect(prepared(url)).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringMatching(/globex.*rows of tables that inherit from it break primary/),
  })
})

test.each([
  [
    'code of the schema',
    (s: string) =>
      `create function ${s}.f() returns int language sql security definer as 'select 1'; create table ${s}.logs (id int primary key, n int default ${s}.f())`,
    'code-in-schema',
  ],
  [
    'an exclusion',
    (s: string) => `create table ${s}.logs (id int primary key, r int4range, exclude using gist (r with &&))`,
    'exclusion',
  ],
  [
    'inheritance',
    (s: string) =>
      `create table ${s}.logs (id int primary key); create table ${s}.more (level int) inherits (${s}.logs)`,
    'inheritance',
  ],
])('what cannot be folded blocks until the table is left: %s', async (_, make, code) => {
  const { url } = await database('hr-legacy')
  await change(url, ['acme', 'globex', 'initech'].map(make).join(';'))
  expect(await hazardsOf(url)).toContainEqual(expect.objectContaining({ code, object: 'logs', blocks: true }))
  await expect(prepared(url)).rejects.toMatchObject({ code: 'RH115', message: expect.stringContaining(code) })
  const { plan } = await prepared(url, {
    tables: { logs: { leave: true }, ...(code === 'inheritance' ? { more: { leave: true } } : {}) },
  })
  expect(plan.tables.map(({ source }) => source)).not.toContain('logs')
})

test('a table that others refer to cannot be left behind', async () => {
  const { url } = await database('hr-legacy')
  await expect(prepared(url, { tables: { employees_location: { leave: true } } })).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringContaining('employees_location'),
  })
})

test('a scope column that a table has already is refused', async () => {
  const { url } = await database('hr-legacy')
  await expect(prepared(url, { scope_column: 'department_id' })).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringContaining('scope-column-taken'),
  })
})

test('a target that is already there is refused', async () => {
  const { url } = await database('hr-legacy')
  await change(url, 'create schema hr; create table hr.employees (n int)')
  await expect(prepared(url)).rejects.toMatchObject({
    code: 'RH125',
    message: expect.stringContaining('hr.employees'),
  })
})

test('views, functions and triggers in tenants are told, because they stay', async () => {
  const { url } = await database('hr-legacy')
  await change(
    url,
    `create view acme.everybody as select * from acme.employees_employee;
    create function acme.f() returns int language sql as 'select 1'`,
  )
  const told = (await hazardsOf(url))
    .filter(({ code }) => code === 'not-carried-over')
    .map(({ object }) => object)
  expect(told).toEqual(
    expect.arrayContaining([expect.stringContaining('everybody'), expect.stringContaining('f(')]),
  )
})
