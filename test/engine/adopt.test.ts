/** Target tables that were there: filled beside the rows of others, and given back as they were. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import { corePlaceholders } from '../../src/engine/apply/core.ts'
import { readState } from '../../src/engine/apply/state.ts'
import { wholePlan } from '../../src/engine/plan/prepare.ts'
import { writtenSince } from '../../src/engine/verify/writtenSince.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { build } from '../cases/before.ts'
import { database } from '../helpers/database.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { prepared, roles, verified, withFolder } from './fold.ts'

const other = '00000000-0000-4000-8000-000000000001'

/** The case, in a database that has the core and an organization with rows in the targets already. */
async function furnished(): Promise<string> {
  const { url } = await database('core')
  await withClient(url, 'test', async client => {
    await build(client, '14-adopt')
    await client.query(`set search_path to pg_catalog;
      insert into app_public.organizations (id, name, slug) values ('${other}', 'Other', 'other');
      insert into app.customers (organization_id, id, name, note) values ('${other}', 1, 'theirs', 'kept');
      insert into app.orders (organization_id, id, customer_id, state, total) overriding system value values ('${other}', 7, 1, 'open', 3);
      alter table app.customers alter column organization_id set default app_hidden.current_organization_id();
      grant usage on schema app to rowhouse_visitor;
      select app_private.protect('app.customers', secret_columns => array['note'])`)
  })
  return url
}

const run = (work: (folder: string) => Promise<void>) => withFolder(folder => work(join(folder, 'workspace')))

const undo = async (url: string, workspace: string) => {
  const record = await withClient(url, 'test', readState)
  if (record === null) throw new Error('no plan')
  const plan = await withClient(url, 'test', client => wholePlan(client, record))
  await cancel(url, plan, { workspace, listen: () => {} })
}

const rows = (url: string, sql: string) =>
  withClient(url, 'test', async client => (await client.query(sql)).rows)

const theirs = (url: string) =>
  rows(
    url,
    `select c.id, c.name, c.note, o.id as order from app.customers c join app.orders o using (organization_id) order by 1, 2`,
  )

test('rows of others stay, doors and secrets that were there stay, and cancel gives the tables back', async () => {
  const url = await furnished()
  const before = await withClient(url, 'test', client => snapshot(client))
  const their = await theirs(url)
  await run(async workspace => {
    const { plan } = await prepared(url)
    await apply(url, plan, { workspace, listen: () => {}, jobs: 2 })
    const { ok, mismatches } = await verified(url)
    expect([ok, mismatches]).toEqual([true, []])
    expect(await rows(url, 'select count(*)::int as n from app.customers')).toEqual([{ n: 5 }])
    expect(
      await rows(
        url,
        `select has_column_privilege('rowhouse_visitor', 'app.customers', 'note', 'select') as secret,
          (select array_agg(polname::text order by polname) from pg_policy where polrelid = 'app.orders'::regclass) as doors`,
      ),
    ).toEqual([{ secret: false, doors: ['mine', 'organization_isolation'] }])
    const record = await withClient(url, 'test', readState)
    if (record === null) throw new Error('no plan')
    expect(await withClient(url, 'test', client => writtenSince(client, record))).toEqual([])
    await undo(url, workspace)
  })
  expect(await withClient(url, 'test', client => snapshot(client))).toBe(before)
  expect(await theirs(url)).toEqual(their)
  expect(await rows(url, 'select count(*)::int as n from app.customers')).toEqual([{ n: 1 }])
})

test('on a database without the core, cancel leaves the tables without wall, grants and the new owner', async () => {
  const { url } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', client => build(client, '14-adopt'))
  const before = await withClient(url, 'test', client => snapshot(client))
  await run(async workspace => {
    const { plan } = await prepared(url)
    await apply(url, plan, { workspace, listen: () => {} })
    // The workspace says how to make such tables where they are not, and leaves doors alone that are somebody's.
    const folder = join(workspace, 'migrations/committed')
    const file = (await readdir(folder)).find(name => name.endsWith('-baseline.sql')) ?? ''
    let baseline = await readFile(join(folder, file), 'utf8')
    for (const [key, value] of Object.entries(
      corePlaceholders(roles, { coreSchema: 'app_public', usersSchema: 'app_public' }),
    ))
      baseline = baseline.replaceAll(key, value)
    const { url: fresh } = await database('core')
    const made = await withClient(fresh, 'test', async client => {
      await client.query(baseline)
      expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])
      return snapshot(client, ['app'])
    })
    const sorted = (text: string) =>
      text
        .split('\n')
        // Their index of their own is no part of what was planned.
        .filter(line => /^ {2}(column|constraint|index) /.test(line) && !line.includes('loyal_idx'))
        .sort()
    expect(sorted(made)).toEqual(sorted(await withClient(url, 'test', client => snapshot(client, ['app']))))
    expect((await readdir(join(workspace, 'db/policies'))).sort()).toEqual(['customers.sql', 'lines.sql'])
    await undo(url, workspace)
  })
  expect(await withClient(url, 'test', client => snapshot(client))).toBe(before)
})

test('a stopped apply goes on, and a stopped one is undone, wherever it stopped', async () => {
  const url = await furnished()
  const before = await withClient(url, 'test', client => snapshot(client))
  const { plan } = await prepared(url)
  const places = plan.operations.flatMap(({ kind }, at) =>
    ['adopt_table', 'copy_rows', 'add_constraint', 'protect_table'].includes(kind) &&
    plan.operations[at + 1]?.kind !== kind
      ? [at]
      : [],
  )
  expect(places.length).toBeGreaterThan(3)
  for (const at of places) {
    await run(async workspace => {
      const stop = new Error('stopped')
      let done = 0
      const listen = ({ type }: { type: string }) => {
        if (type === 'step-done' && done++ === at) throw stop
      }
      await expect(apply(url, plan, { workspace, listen })).rejects.toThrow()
      if (at === places[1]) {
        await apply(url, plan, { workspace, listen: () => {} })
        expect((await verified(url)).mismatches).toEqual([])
      }
      await undo(url, workspace)
    })
    expect(await withClient(url, 'test', client => snapshot(client))).toBe(before)
    expect(await rows(url, 'select count(*)::int as n from app.customers')).toEqual([{ n: 1 }])
  }
})

test('a target with rows of the plan, or of nobody, is refused; one that changed since is not filled', async () => {
  const url = await furnished()
  const { plan } = await prepared(url)
  const change = (sql: string) => withClient(url, 'test', client => client.query(sql))
  await change(`insert into app.orders (organization_id, state) values ('${other.replace('1', '2')}', 'new')`)
  await expect(prepared(url)).rejects.toMatchObject({
    code: 'RH125',
    message: expect.stringMatching(/app\.orders: has rows of/),
  })
  await run(async workspace => {
    await expect(apply(url, plan, { workspace, listen: () => {} })).rejects.toMatchObject({
      message: expect.stringContaining('rows of organizations'),
    })
    await undo(url, workspace)
  })
  await change(`delete from app.orders where organization_id <> '${other}'`)
  await change('alter table app.customers alter column name type varchar(50)')
  await run(async workspace => {
    await expect(apply(url, plan, { workspace, listen: () => {} })).rejects.toMatchObject({
      message: expect.stringContaining('app.customers.name is not text'),
    })
    await undo(url, workspace)
  })
  await expect(prepared(url)).rejects.toMatchObject({
    code: 'RH125',
    message: expect.stringContaining('column name is character varying(50), and must be text'),
  })
})
