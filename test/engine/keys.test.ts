/** Renumbered keys, merged rows and what is unique over all tenants: what goes wrong is seen, and what was done is undone. */
import { join } from 'node:path'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import { corePlaceholders, fillPlaceholders } from '../../src/engine/apply/core.ts'
import { render, steps } from '../../src/engine/apply/render.ts'
import { readState, recordVerification } from '../../src/engine/apply/state.ts'
import { workspaceFiles } from '../../src/engine/apply/workspace.ts'
import { inspect } from '../../src/engine/inspect/inspect.ts'
import { decideKeys } from '../../src/engine/keys/decide.ts'
import { keyProofs } from '../../src/engine/keys/proofs.ts'
import type { SpecFile } from '../../src/engine/spec/specFile.ts'
import { writtenSince } from '../../src/engine/verify/writtenSince.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { ident, literal } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { completed, fold, prepared, roles, verified, withFolder } from './fold.ts'

const shop = `
  create table kinds (id serial primary key, code text not null unique, label text);
  create table customers (id serial primary key, email text unique, kind_id int references kinds);
  create table orders (id bigserial primary key, customer_id int not null references customers, follows_id bigint references orders);
  insert into kinds (code, label) select c, upper(c) from unnest(case when :n % 2 = 0 then array['a', 'b'] else array['b', 'a', 'c'] end) c;
  insert into customers (email, kind_id) select 'c' || n || '@' || :tenant, 1 + n % 2 from generate_series(1, 3) n;
  insert into orders (customer_id, follows_id) select 1 + n % 3, case when n > 1 then n - 1 end from generate_series(1, 4) n;`

const spec: SpecFile = {
  workspace: 'the/same',
  tables: {
    kinds: { merge: ['code'] },
    customers: { keys: 'renumber', global: [['email']] },
    orders: { keys: 'renumber' },
  },
}

/** A hundred tenants are verified in 4 s on two idle cores, and in many times that on busy ones. */
const patience = 240_000

/** A database with so many tenants, t000 and on. */
async function legacy(tenants: number, sql = shop): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  await query(
    url,
    Array.from({ length: tenants }, (_, n) => {
      const name = `t${String(n).padStart(3, '0')}`
      return `create schema ${ident(name)}; set search_path to ${ident(name)}; ${sql.replaceAll(':tenant', literal(name)).replaceAll(':n', String(n))}`
    }).join('\n'),
  )
  return url
}

const query = (url: string, sql: string) =>
  withClient(url, 'test', async client => (await client.query(sql)).rows as Record<string, unknown>[])
const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

test(
  'over more tenants than one transaction reads: one range of ids, one row for everybody',
  async () => {
    const url = await legacy(102)
    const { plan } = await fold(url, { spec })
    expect(plan.operations.filter(({ kind }) => kind === 'number_keys')).toHaveLength(4)
    expect(plan.operations.filter(({ kind }) => kind === 'merge_rows')).toHaveLength(2)
    expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
    expect(
      await query(
        url,
        'select count(*)::int as rows, count(distinct id)::int as ids, min(id)::int, max(id)::int from app.orders',
      ),
    ).toEqual([{ rows: 408, ids: 408, min: 1, max: 408 }])
    expect(await query(url, 'select code, label from app.kinds order by id')).toEqual([
      { code: 'a', label: 'A' },
      { code: 'b', label: 'B' },
      { code: 'c', label: 'C' },
    ])
    // In the order of the organizations, and of the old ids within.
    expect(
      await query(
        url,
        `select count(*)::int as wrong from rowhouse.renumbered m
       join (select organization_id, old_id, row_number() over (order by o.slug, old_id) as expected
         from rowhouse.renumbered r join app_public.organizations o on o.id = r.organization_id where table_name = 'orders') e
         using (organization_id, old_id)
       where table_name = 'orders' and new_id <> expected`,
      ),
    ).toEqual([{ wrong: 0 }])
    expect(await query(url, 'select * from app_private.isolation_faults')).toEqual([])
  },
  patience,
)

test('the print, run on a copy, makes the same database', async () => {
  const one = await legacy(3)
  const two = await legacy(3)
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
    // Times of baselines and steps, and the database's own name, are each one's own.
    rows: Object.entries(all.rows).filter(([name]) => /^(app|rowhouse\.renumbered)/.test(name)),
  })
  expect(rows(await state(two))).toEqual(rows(await state(one)))
})

test('from every kind of step, cancel gives back what was before', async () => {
  const url = await legacy(3)
  const before = await state(url)
  const { plan } = await prepared(url, spec)
  const all = plan.operations
  const ends = all.flatMap(({ kind }, index) =>
    ['merge_rows', 'number_keys', 'copy_rows', 'protect_table', 'finish'].includes(kind) &&
    kind !== all[index + 1]?.kind
      ? [index + 1]
      : [],
  )
  for (const count of ends) {
    await withFolder(async folder => {
      let left = count
      const enough = new Error('enough')
      await apply(url, plan, {
        workspace: join(folder, 'workspace'),
        listen: event => {
          if (event.type === 'step-done' && --left === 0) throw enough
        },
      }).catch(error => {
        if (error !== enough) throw error
      })
      await cancel(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} })
    })
    expect({ count, ...(await state(url)) }).toEqual({ count, ...before })
  }
})

test('a row that came after the ids were given out stops the copy, by name; without it the same plan goes on', async () => {
  const url = await legacy(2)
  const { plan } = await prepared(url, spec)
  await withFolder(async workspace => {
    let numbered = 0
    const enough = new Error('enough')
    await apply(url, plan, {
      workspace: join(workspace, 'w'),
      listen: event => {
        if (event.type === 'step-done' && /^number_keys/.test(event.step) && ++numbered === 2) throw enough
      },
    }).catch(error => {
      if (error !== enough) throw error
    })
    await query(
      url,
      `insert into t001.customers (email) values ('late'); insert into t001.orders (customer_id) values (4)`,
    )
    await expect(
      apply(url, plan, { workspace: join(workspace, 'w'), listen: () => {} }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/id \d of (customers|orders) has no new one/),
    })
    await query(url, `delete from t001.orders where customer_id = 4; delete from t001.customers where id = 4`)
    await apply(url, plan, { workspace: join(workspace, 'w'), listen: () => {} })
  })
  expect(await verified(url)).toMatchObject({ ok: true })
})

describe('verify sees what differs', () => {
  let url: string
  beforeAll(async () => {
    url = await legacy(3)
    await fold(url, { spec })
    expect(await verified(url)).toMatchObject({ ok: true, rows: 3 * 7 + 7 })
  })

  test.each([
    [
      'a merged row that changed',
      `update app.kinds set label = 'x' where code = 'a'`,
      { table: 'app.kinds', key: 'a', reason: 'changed: label' },
    ],
    [
      'a merged row that nobody had',
      `insert into app.kinds (id, code) overriding system value values (77, 'z')`,
      { table: 'app.kinds', key: 'z', reason: 'added: no tenant had such a row' },
    ],
    [
      'a merged row that is gone',
      `delete from app.kinds where code = 'c'`,
      { table: 'app.kinds', key: 'c', reason: 'missing' },
    ],
    [
      'a reference to another merged row',
      `update app.customers set kind_id = 3 where id = 1`,
      { table: 'app.customers', key: '1', reason: 'changed: kind_id' },
    ],
    [
      'a reference to another renumbered row',
      'update app.orders set customer_id = 2 where id = 2',
      { table: 'app.orders', key: '2', reason: 'changed: customer_id' },
    ],
    [
      'a renumbered row that is gone',
      'delete from app.orders where id = 4',
      { table: 'app.orders', key: '4', reason: 'missing' },
    ],
    [
      'a map that says something else',
      `update rowhouse.renumbered set new_id = 99 where table_name = 'orders' and new_id = 4`,
      { table: 'app.orders', key: '99', reason: 'missing' },
    ],
    [
      'a row that came to the source',
      `insert into t000.kinds (code) values ('q')`,
      { table: 'app.kinds', key: 'q', reason: 'missing' },
    ],
  ])('%s', async (_, sql, expected) => {
    await withClient(url, 'test', async client => {
      // Rolled back by hand: verify has transactions of its own.
      await client.query(
        'create schema kept; create table kept.kinds as table app.kinds; create table kept.customers as table app.customers; create table kept.orders as table app.orders; create table kept.map as table rowhouse.renumbered; create table kept.source as table t000.kinds',
      )
      await client.query(`set session_replication_role to replica; ${sql}`)
      try {
        const { ok, mismatches } = await verified(url)
        expect(ok).toBe(false)
        expect(mismatches).toEqual(expect.arrayContaining([expect.objectContaining(expected)]))
      } finally {
        await client.query(`delete from app.orders; delete from app.customers; delete from app.kinds; delete from rowhouse.renumbered; delete from t000.kinds;
          insert into app.kinds overriding system value table kept.kinds; insert into app.customers overriding system value table kept.customers;
          insert into app.orders overriding system value table kept.orders; insert into rowhouse.renumbered table kept.map; insert into t000.kinds table kept.source;
          drop schema kept cascade`)
      }
    })
  })

  test('and nothing where all is as it was', async () => {
    expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
  })
})

test('values that meet only across batches of tenants are found', async () => {
  const url = await legacy(
    105,
    `create table users (id uuid primary key, email text unique, name text); insert into users values (md5('x' || (:n % 100))::uuid, 'u' || :n, 'n');`,
  )
  const found = await withClient(url, 'inspect', client =>
    inspect(client, { keys: 'renumber', tables: { users: { global: [['email']] } } }),
  )
  const blocking = found.inspection.hazards.filter(({ blocks }) => blocks)
  expect(blocking).toEqual([expect.objectContaining({ code: 'key-not-unique', object: 'users.id' })])
  expect(blocking[0]?.detail).toMatch(/in t00\d, t10\d; /)
})

test('the same where not all values are held at once', async () => {
  const url = await legacy(
    5,
    `create table users (id uuid primary key, name text); insert into users select md5('x' || n % 40)::uuid, 'n' from generate_series(:n * 9, :n * 9 + 8) n;`,
  )
  const wishes: SpecFile = { keys: 'renumber' }
  const proofs = await withClient(url, 'inspect', async client => {
    const { shared, inspection } = await inspect(client)
    const models = new Map([...shared.tables].map(([name, { model }]) => [name, model]))
    const keys = decideKeys(models, new Set(), wishes)
    const tenants = inspection.tenants.map(({ schema }) => schema)
    return keyProofs(client, keys, wishes, shared.tables, tenants, 4)
  })
  // 45 rows, 40 values: t004 has five of t000's.
  expect(proofs).toEqual([
    expect.objectContaining({ code: 'key-not-unique', detail: expect.stringMatching(/^(?:(?! …).)*$/) }),
  ])
  expect(proofs[0]?.detail.match(/in t000, t004/g)).toHaveLength(5)
})

test('people who sign in are renumbered with the rest, and their own doors lead to them', async () => {
  const { url } = await database('hr-legacy')
  await fold(url, {
    spec: {
      keys: 'renumber',
      tables: { django_content_type: { to: 'content_types', merge: ['app_label', 'model'] } },
    },
  })
  expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
  // Who somebody was is told by the id that the row has now: policies compare with that.
  expect(
    await query(
      url,
      `select count(*)::int as unlinked from hr.authentication_users u where not exists (
         select from app_public.legacy_identities l where l.organization_id = u.organization_id and l.legacy_id = u.id::text)`,
    ),
  ).toEqual([{ unlinked: 0 }])
  expect(await query(url, 'select count(*) = count(distinct id) as unique from hr.employees')).toEqual([
    { unique: true },
  ])
})

test('the workspace makes the same tables on an empty database, and its policy files change nothing', async () => {
  const url = await legacy(2)
  const { plan } = await fold(url, { spec })
  const files = await workspaceFiles(plan)
  const fill = (text: string) =>
    fillPlaceholders(text, corePlaceholders(roles, { coreSchema: 'app_public', usersSchema: 'app_public' }))
  const made = [...files].find(([path]) => path.endsWith('-baseline.sql'))?.[1] ?? ''
  const empty = await database('core')
  const tables = (at: string) => withClient(at, 'test', client => snapshot(client, ['app']))
  await query(empty.url, fill(made))
  expect(await tables(empty.url)).toBe(await tables(url))
  for (const [path, text] of files) if (path.startsWith('db/policies/')) await query(empty.url, fill(text))
  expect(await tables(empty.url)).toBe(await tables(url))
  expect(await query(empty.url, 'select * from app_private.isolation_faults')).toEqual([])
  // Nobody wrote since: the merged rows are counted where they came from.
  await withClient(url, 'test', async client => {
    const record = await readState(client)
    expect(record && (await writtenSince(client, record))).toEqual([])
    await client.query(`insert into app.kinds (code) values ('new')`)
    expect(record && (await writtenSince(client, record))).toEqual(['app.kinds'])
  })
})

test('the map stays when the old schemas are gone', async () => {
  const url = await legacy(2)
  const { plan } = await fold(url, { spec })
  const map = () =>
    query(url, 'select table_name, old_id, new_id from rowhouse.renumbered order by 1, 3, organization_id')
  const before = await map()
  expect(before.length).toBeGreaterThan(10)
  const report = await verified(url)
  await withClient(url, 'test', async client => {
    await recordVerification(client, plan, report)
  })
  expect(await completed(url)).toBe(2)
  expect(await map()).toEqual(before)
  expect(await query(url, `select from pg_namespace where nspname like 't00_'`)).toEqual([])
})

test('every statement is journalled by its step: nothing is numbered twice', async () => {
  const url = await legacy(2)
  const { plan } = await prepared(url, spec)
  const names = steps(plan).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const units = steps(plan).flatMap(step => step.units)
  expect(new Set(units).size).toBe(units.length)
})
