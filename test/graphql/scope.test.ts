/** Tables that are not like the others: what becomes of them in the API. */
import pg from 'pg'
import { printApi } from '../../src/graphql/print.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { authenticatorUrl } from '../postgres/login.ts'

/** The API of a database with these tables besides the core; `protect` makes them tenant-owned. */
async function apiOf(sql: string): Promise<string> {
  const { url } = await database('core')
  await withClient(url, 'test', client =>
    client.query(`
      create schema shop authorization rowhouse_owner;
      grant usage on schema shop to rowhouse_visitor;
      ${sql}`),
  )
  const pool = new pg.Pool({ connectionString: await authenticatorUrl(url), max: 2 })
  pool.on('connect', client => {
    client.on('error', () => {})
  })
  // What PostGraphile cannot make it leaves out, and says so here only.
  const { warn } = console
  const said: unknown[] = []
  console.warn = (...words) => said.push(words)
  try {
    const api = await printApi(pool, 'rowhouse_visitor')
    expect(said).toEqual([])
    return api
  } finally {
    console.warn = warn
    await pool.end()
  }
}
const typeOf = (api: string, name: string) => new RegExp(`^(?:type|input) ${name} [^}]*`, 'm').exec(api)?.[0]
const scope =
  'uuid not null default app_hidden.current_organization_id() references app_public.organizations (id)'

test('a scope column of another name is hidden as well', async () => {
  const api = await apiOf(`
    create table shop.orders (tenant_id ${scope}, id int, primary key (tenant_id, id));
    create table shop.parts (
      tenant_id ${scope}, order_id int, no int, text text, primary key (tenant_id, order_id, no),
      foreign key (tenant_id, order_id) references shop.orders (tenant_id, id)
    );
    select app_private.protect('shop.orders', '{}', 'tenant_id'), app_private.protect('shop.parts', '{}', 'tenant_id')`)
  expect(api).not.toMatch(/tenantId/)
  expect(api).toMatch(/^ {2}part\(no: Int!, orderId: Int!\): Part$/m)
  expect(typeOf(api, 'Order')).toMatch(/parts\(/)
  expect(typeOf(api, 'Part')).toMatch(/order: Order/)
})

test('keys that are the same without the scope column are one', async () => {
  const api = await apiOf(`
    create table shop.things (organization_id ${scope}, id int primary key, code text,
      unique (organization_id, id), unique (code), unique (organization_id, code));
    select app_private.protect('shop.things')`)
  expect(typeOf(api, 'Query')?.match(/^ {2}thing\w*\(/gm)).toEqual([
    '  thing(',
    '  thingByCode(',
    '  thingById(',
    '  things(',
  ])
})

test('one row per organization: the organization in its key is hidden', async () => {
  const api = await apiOf(`
    create table shop.preferences (organization_id ${scope} primary key, color text);
    select app_private.protect('shop.preferences')`)
  expect(typeOf(api, 'Preference')).toMatch(/color: String/)
  expect(api).not.toMatch(/organizationId/)
  expect(typeOf(api, 'Organization')).not.toMatch(/preference/)
})

test('a key that has a secret column in it is no lookup', async () => {
  const api = await apiOf(`
    create table shop.doors (organization_id ${scope}, id int, pin_code text, primary key (organization_id, id),
      unique (organization_id, pin_code));
    select app_private.protect('shop.doors', '{pin_code}')`)
  expect(typeOf(api, 'Door')).toMatch(/rowId: Int!/)
  expect(api).not.toMatch(/pinCode|doorByPin/i)
})

test('a table that is shared by all, and one without any grant', async () => {
  const api = await apiOf(`
    create table shop.countries (code text primary key);
    grant select on shop.countries to rowhouse_visitor;
    create table shop.hidden (organization_id ${scope}, id int, primary key (organization_id, id));
    select app_private.build_wall('shop.hidden', 'organization_id');
    create table shop.parcels (organization_id ${scope}, id int, country text references shop.countries,
      primary key (organization_id, id));
    create index on shop.parcels (organization_id, country);
    select app_private.protect('shop.parcels')`)
  expect(typeOf(api, 'Parcel')).toMatch(/countryByCountry|countryBy|country/)
  expect(typeOf(api, 'Country')).toMatch(/parcels/)
  expect(api).not.toMatch(/hidden/i)
})

test('tables of one name in two schemas are told apart', async () => {
  const api = await apiOf(`
    create schema yard authorization rowhouse_owner;
    create table shop.items (organization_id ${scope}, id int, primary key (organization_id, id));
    create table yard.items (organization_id ${scope}, id int, primary key (organization_id, id));
    create table yard.gates (organization_id ${scope}, id int, primary key (organization_id, id));
    select app_private.protect('shop.items'), app_private.protect('yard.items'), app_private.protect('yard.gates')`)
  expect(api).toMatch(/^type ShopItem /m)
  expect(api).toMatch(/^type YardItem /m)
  expect(api).toMatch(/^type Gate /m)
})

test('a table whose rows would be called like a type that is there keeps its schema', async () => {
  const api = await apiOf(`
    create table shop.lines (organization_id ${scope}, id int, text text, primary key (organization_id, id));
    create table shop.queries (organization_id ${scope}, id int, text text, primary key (organization_id, id));
    select app_private.protect('shop.lines'), app_private.protect('shop.queries')`)
  expect(typeOf(api, 'ShopLine')).toMatch(/text: String/)
  expect(typeOf(api, 'ShopQuery')).toMatch(/text: String/)
})

test('a wall that compares something else is not served', async () => {
  const wall = (using: string) => `
    create table shop.odd (organization_id ${scope}, other uuid, id int primary key);
    alter table shop.odd enable row level security;
    create policy organization_isolation on shop.odd as restrictive to rowhouse_visitor using (${using})`
  await expect(apiOf(wall('true'))).rejects.toThrow(
    /organization_isolation on odd does not compare one column/,
  )
  await expect(apiOf(wall('organization_id = other'))).rejects.toThrow(/does not compare one column/)
})
