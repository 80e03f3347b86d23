/** Rows that lead nowhere: nothing of them is lost, nobody sees them, and they can come back. The case is 08-quarantine. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import { obstacles } from '../../src/engine/apply/completable.ts'
import { render } from '../../src/engine/apply/render.ts'
import { readState, recordVerification } from '../../src/engine/apply/state.ts'
import { inspect } from '../../src/engine/inspect/inspect.ts'
import type { SpecFile } from '../../src/engine/spec/specFile.ts'
import { writtenSince } from '../../src/engine/verify/writtenSince.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { build } from '../cases/before.ts'
import { rowhouse } from '../commands/rowhouse.ts'
import { database } from '../helpers/database.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, verified, withFolder } from './fold.ts'

const spec: SpecFile = { workspace: 'the/same', tables: { visits: { orphans: 'keep' } } }

async function legacy(more = ''): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', async client => {
    await build(client, '08-quarantine')
    await client.query(`set search_path to pg_catalog; ${more}`)
  })
  return url
}

const query = (url: string, sql: string) =>
  withClient(url, 'test', async client => (await client.query(sql)).rows as Record<string, unknown>[])
const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

test('status says whose rows are there', async () => {
  const url = await legacy()
  await fold(url, { spec })
  const { stdout } = await rowhouse(['status', '--database', url])
  expect(stdout).toMatch(
    /note: in quarantine: \d+ rows? of app\.orders by \w+ \(.+ \d+.*\): app_quarantine\.orders\n/,
  )
  const { quarantined } = JSON.parse((await rowhouse(['status', '--json', '--database', url])).stdout)
  expect(quarantined.reduce((sum: number, { rows }: { rows: number }) => sum + rows, 0)).toBe(10)
})

test('verify compares what is there too: a row that is gone, changed or doubled is told', async () => {
  const url = await legacy()
  await fold(url, { spec })
  const first = await verified(url)
  expect([first.ok, first.mismatches, first.rows]).toEqual([true, [], 40])
  expect(first.quarantined.reduce((sum, { rows }) => sum + rows, 0)).toBe(10)
  const damage: [sql: string, told: Record<string, unknown>][] = [
    [`delete from app_quarantine.orders where id = 4`, { table: 'app.orders', key: '4', reason: 'missing' }],
    [
      `update app_quarantine.lines set note = 'x' where order_id = 3`,
      { table: 'app.lines', key: '3,1', reason: 'changed: note' },
    ],
    [
      `insert into app.customers select organization_id, id, name from app_quarantine.customers`,
      { table: 'app.customers', key: '3', reason: 'doubled' },
    ],
    [`drop table app_quarantine.tails`, { table: 'app.tails', key: '3', reason: 'missing' }],
  ]
  for (const [sql, told] of damage) {
    await withClient(url, 'test', async client => {
      await client.query('begin')
      await client.query(sql)
      await client.query('commit')
    })
    const { ok, mismatches } = await verified(url)
    expect(ok).toBe(false)
    expect(mismatches).toContainEqual(expect.objectContaining(told))
  }
})

test('nobody but the owner reads it, whatever rights new tables are given', async () => {
  const url = await legacy(
    `alter default privileges grant select on tables to public, rowhouse_authenticator; alter default privileges grant usage on schemas to public, rowhouse_authenticator`,
  )
  await fold(url, { spec })
  for (const what of ['rowhouse_visitor', 'rowhouse_authenticator'].flatMap(role => [
    `has_schema_privilege('${role}', 'app_quarantine', 'usage')`,
    `has_table_privilege('${role}', 'app_quarantine.orders', 'select')`,
  ]))
    expect(await query(url, `select ${what} as may`)).toEqual([{ may: false }])
  expect(
    await query(url, `select * from app_private.isolation_faults where object like '%quarantine%'`),
  ).toEqual([])
  // Whoever is given it later sees none of it.
  await query(
    url,
    'grant usage on schema app_quarantine to rowhouse_auditor; grant select on app_quarantine.orders to rowhouse_auditor',
  )
  await withClient(url, 'test', async client => {
    await client.query('set role rowhouse_auditor')
    expect((await client.query('select from app_quarantine.orders')).rowCount).toBe(0)
  })
})

test('mended, rows come back by the statement that the table says', async () => {
  const url = await legacy()
  await fold(url, { spec })
  const before = await query(url, 'select count(*)::int as rows from app.orders')
  // The customer is found again, in both places.
  await query(
    url,
    `insert into two.customers values (4711, 'Dan');
     insert into app.customers (organization_id, id, name) select id, 4711, 'Dan' from app_public.organizations where slug = 'two'`,
  )
  for (const table of ['orders', 'lines', 'remarks']) {
    const [told] = await query(url, `select obj_description('app_quarantine.${table}'::regclass) as comment`)
    const back = String(told?.comment).replace(/^.* back: /, '')
    await query(url, back)
    expect(await query(url, `select from app_quarantine.${table}`)).toEqual([])
  }
  const { ok, mismatches, quarantined } = await verified(url)
  expect([ok, mismatches]).toEqual([true, []])
  expect(quarantined.map(({ table }) => table)).toEqual(['app.customers', 'app.heads', 'app.tails'])
  expect(await query(url, 'select count(*)::int as rows from app.orders')).toEqual([
    { rows: Number(before[0]?.rows) + 3 },
  ])
})

test('cancel takes it away, and nothing of somebody else; what was written to it counts', async () => {
  const url = await legacy(`create schema app_quarantine; create table app_quarantine.orders (mine text)`)
  const before = await state(url)
  const { plan } = await fold(url, { spec })
  const record = await withClient(url, 'test', readState)
  if (record === null) throw new Error('no plan')
  expect(await withClient(url, 'test', client => writtenSince(client, record))).toEqual([])
  // A schema that was there is left alone.
  expect(await query(url, `select to_regclass('app_quarantine_2.orders') is not null as there`)).toEqual([
    { there: true },
  ])
  await query(url, 'delete from app_quarantine_2.lines')
  expect(await withClient(url, 'test', client => writtenSince(client, record))).toEqual(['app.lines'])
  await withFolder(folder => cancel(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} }))
  expect(await state(url)).toEqual(before)
})

test('the print makes the same', async () => {
  const [one, two] = [await legacy(), await legacy()]
  const { plan } = await prepared(one, spec)
  await fold(one, { spec })
  const parts = render((await prepared(two, spec)).plan)
    .replace(/^\\set .*$/gm, '')
    .split(/^(vacuum .*;)$/m)
  await withClient(two, 'psql', async client => {
    for (const part of parts) await client.query(part)
  })
  expect((await prepared(two, spec)).plan.id).toBe(plan.id)
  const rows = (all: Awaited<ReturnType<typeof state>>) => ({
    ...all,
    rows: Object.entries(all.rows).filter(([name]) => /^(app|rowhouse\.quarantines)/.test(name)),
  })
  expect(rows(await state(two))).toEqual(rows(await state(one)))
})

test('with several connections, keys whose rows meet are validated one after the other', async () => {
  const url = await legacy()
  const { plan } = await prepared(url, spec)
  await withFolder(folder =>
    apply(url, plan, { workspace: join(folder, 'workspace'), jobs: 4, listen: () => {} }),
  )
  const { ok, mismatches, quarantined } = await verified(url)
  expect([ok, mismatches]).toEqual([true, []])
  expect(quarantined.reduce((sum, { rows }) => sum + rows, 0)).toBe(10)
  expect(await query(url, 'select from rowhouse.strays')).toEqual([])
})

/** Two tenants with the same tables. */
async function alike(tables: string): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', async client => {
    for (const schema of ['one', 'two'])
      await client.query(`create schema ${schema}; set search_path to ${schema}; ${tables}`)
    await client.query('set search_path to pg_catalog; analyze')
  })
  return url
}

/** How many rows are in quarantine; nothing else differs. */
async function away(url: string): Promise<number> {
  const { ok, mismatches, quarantined } = await verified(url)
  expect([ok, mismatches]).toEqual([true, []])
  return quarantined.reduce((sum, { rows }) => sum + rows, 0)
}

test('a key whose rows another key takes away while it waits is valid', async () => {
  const url = await alike(`create table vendors (id integer primary key);
    create table products (id integer primary key, vendor_id integer);
    create table orders (id integer primary key);
    create table lines (id integer primary key, order_id integer, product_id integer references products);
    insert into vendors values (1); insert into orders values (1); insert into products values (1, 1), (2, 99);
    insert into lines values (1, 1, 1), (2, 99, 2);
    alter table lines add foreign key (order_id) references orders not valid;
    alter table products add foreign key (vendor_id) references vendors not valid`)
  const { plan } = await prepared(url)
  await withFolder(async folder => {
    const options = { workspace: join(folder, 'workspace'), listen: () => {} }
    const interrupted = apply(url, plan, {
      ...options,
      listen: event => {
        if (event.type === 'step-begun' && event.description.startsWith('validate')) throw new Error('enough')
      },
    })
    await expect(interrupted).rejects.toThrow('enough')
    const validate = (client: pg.Client, table: string, key: string) =>
      client.query<{ rows: string }>('select rowhouse.validate_foreign_key($1, $2, $3) as rows', [
        plan.id,
        table,
        key,
      ])
    await withClient(url, 'test', first =>
      withClient(url, 'test', async second => {
        await first.query('begin')
        await validate(first, 'app.products', 'products_vendor_id_fkey')
        const waiting = validate(second, 'app.lines', 'lines_order_id_fkey')
        await until(url, `select from pg_locks where relation = 'rowhouse.strays'::regclass and not granted`)
        await first.query('commit')
        expect((await waiting).rows).toEqual([{ rows: '0' }])
      }),
    )
    await apply(url, plan, options)
  })
  expect(await away(url)).toBe(4)
})

const until = async (url: string, sql: string): Promise<void> => {
  while ((await query(url, sql)).length === 0) await wait(10)
}

test('a long chain of rows that refer to each other takes no turn for each', async () => {
  const url = await alike(`create table accounts (id integer primary key);
    create table entries (id integer primary key, account_id integer, previous_id integer references entries);
    insert into entries select id, case id when 1 then 1 end, nullif(id - 1, 0) from generate_series(1, 3000) id;
    alter table entries add foreign key (account_id) references accounts not valid`)
  await fold(url)
  expect(await away(url)).toBe(6000)
})

test('a row that was put away by hand is told, and so is another table in the place', async () => {
  const url = await legacy()
  const { plan } = await fold(url, { spec })
  await query(
    url,
    `insert into app_quarantine.customers select c.*, 'whatever' from app.customers c join app_public.organizations o on o.id = c.organization_id where o.slug = 'one' and c.id = 2`,
  )
  const { ok, mismatches } = await verified(url)
  expect(ok).toBe(false)
  expect(mismatches).toContainEqual(
    expect.objectContaining({
      table: 'app.customers',
      reason: '1 rows are in quarantine by whatever, which is no foreign key of the table',
    }),
  )
  await query(url, 'drop table app_quarantine.orders; create table app_quarantine.orders (mine text)')
  expect((await verified(url)).ok).toBe(false)
  await withFolder(folder => cancel(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} }))
  expect(await query(url, 'select * from app_quarantine.orders')).toEqual([])
})

test('a quarantine is no tenant, whatever its tables are called', async () => {
  const url = await legacy()
  await fold(url, { spec })
  const found = await withClient(url, 'test', client => inspect(client))
  const schemas = found.inspection.tenants.map(({ schema }) => schema)
  expect(schemas).toEqual(expect.arrayContaining(['one', 'two']))
  expect(schemas).not.toContain('app_quarantine')
})

test('the old schemas are not dropped while rows of a quarantine are gone', async () => {
  const url = await legacy()
  const { plan } = await fold(url, { spec: { ...spec, keep_old_for: '0 days' } })
  const record = () => withClient(url, 'test', readState)
  const proven = await verified(url)
  await withClient(url, 'test', client => recordVerification(client, plan, proven))
  const asked = async () => {
    const found = await record()
    if (found === null) throw new Error('no plan')
    return withClient(url, 'test', client => obstacles(client, found))
  }
  expect(await asked()).toEqual([])
  await query(url, 'drop table app_quarantine.lines')
  expect(await asked()).toMatchObject([
    { code: 'RH127', message: expect.stringMatching(/gone .*app\.lines lines_order_id_fkey of two/) },
  ])
})

test('a column of the usual name, and people who go: each is a user all the same', async () => {
  const { url } = await database()
  await ensureRoles(url)
  await query(
    url,
    ['one', 'two']
      .map(
        schema => `create schema ${schema}; set search_path to ${schema};
      create table companies (id integer primary key);
      create table users (id integer primary key, email text, password text, company_id integer, rowhouse_foreign_key text);
      insert into companies values (1);
      insert into users values (1, 'ann@${schema}.test', 'x', 1, 'own'), (2, 'ben@${schema}.test', 'x', 9, 'own');
      alter table users add foreign key (company_id) references companies not valid;`,
      )
      .join('\n'),
  )
  await fold(url, { spec: { identities: { table: 'users', email: 'email', password: 'password' } } })
  const { ok, mismatches, quarantined } = await verified(url)
  expect([ok, mismatches, quarantined.length]).toEqual([true, [], 2])
  expect(await query(url, 'select count(*)::int as users from app_public.users')).toEqual([{ users: 4 }])
  expect(
    await query(url, 'select rowhouse_foreign_key, rowhouse_foreign_key_ from app_quarantine.users limit 1'),
  ).toEqual([{ rowhouse_foreign_key: 'own', rowhouse_foreign_key_: 'users_company_id_fkey' }])
})

test('kept in place behind a key that says it was checked: it stays not valid, and nothing stops', async () => {
  const url = await legacy()
  await fold(url, { spec: { ...spec, orphans: 'keep' } })
  expect(await verified(url)).toMatchObject({ ok: true, mismatches: [], quarantined: [] })
  expect(
    await query(
      url,
      `select conname from pg_constraint where connamespace = 'app'::regnamespace and contype = 'f' and not convalidated order by 1`,
    ),
  ).toEqual([
    { conname: 'customers_referred_by_fkey' },
    { conname: 'orders_customer_id_fkey' },
    { conname: 'visits_customer_id_fkey' },
  ])
})

describe('tables that were there before', () => {
  const remarks = `create schema app; create table app.remarks (organization_id uuid not null, order_id integer, line integer, remark text)`

  test('a row of theirs that refers to what would go stops the plan, and nothing is half done', async () => {
    const url = await legacy(remarks)
    const before = await state(url)
    const { plan } = await prepared(url, spec)
    await withFolder(async folder => {
      const workspace = join(folder, 'workspace')
      await expect(apply(url, plan, { workspace, listen: () => {} })).rejects.toMatchObject({
        code: 'RH126',
        message: expect.stringMatching(/2 rows of app\.remarks refer to rows that lead nowhere/),
      })
      expect(await query(url, `select to_regclass('app_quarantine.orders')::text as there`)).toEqual([
        { there: null },
      ])
      await cancel(url, plan, { workspace, listen: () => {} })
    })
    expect(await state(url)).toEqual(before)
    const kept: SpecFile = { ...spec, orphans: 'keep' }
    await fold(url, { spec: kept })
    expect(await verified(url)).toMatchObject({ ok: true, mismatches: [], quarantined: [] })
  })

  test('rows of their own are refused before anything starts', async () => {
    const url = await legacy(
      `create schema app; create table app.visits (organization_id uuid not null, id integer not null, customer_id integer, primary key (organization_id, id))`,
    )
    await expect(prepared(url, {})).rejects.toMatchObject({
      code: 'RH125',
      message: expect.stringMatching(/visits_customer_id_fkey leads nowhere .* orphans: 'keep'/),
    })
    await expect(prepared(url, spec)).resolves.toBeDefined()
  })
})
