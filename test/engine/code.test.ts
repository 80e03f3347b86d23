/** Code that was carried over: right for each organization, with a wall and without, in the API, in a fresh database. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import { corePlaceholders } from '../../src/engine/apply/core.ts'
import { readState, recordVerification } from '../../src/engine/apply/state.ts'
import { wholePlan } from '../../src/engine/plan/prepare.ts'
import { account } from '../../src/engine/report/report.ts'
import type { SpecFile } from '../../src/engine/spec/specFile.ts'
import { verify } from '../../src/engine/verify/verify.ts'
import { printApi } from '../../src/graphql/print.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { sealContext } from '../../src/postgres/context.ts'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import { build } from '../cases/before.ts'
import { database } from '../helpers/database.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { completed, fold, prepared, roles, verified, withFolder } from './fold.ts'

let url: string
let admin: pg.Client
beforeAll(async () => {
  url = (await database()).url
  await ensureRoles(url)
  admin = await connect(url, 'test')
  await build(admin, '11-views')
  await fold(url)
  await admin.query(`set search_path to pg_catalog;
    insert into app_public.users (id, organization_id, email, name)
      select o.id, o.id, o.slug || '@example.test', o.slug from app_public.organizations o;
    insert into app_public.user_organizations (organization_id, user_id, role)
      select o.id, o.id, 'member' from app_public.organizations o`)
})
afterAll(() => admin.end())

const texts = async (sql: string, values: unknown[] = []): Promise<string[]> =>
  (await admin.query<{ row: string }>(`select v::text as row from (${sql}) v order by 1`, values)).rows.map(
    ({ row }) => row,
  )

/** As the member whose id is the organization's. */
async function asMember<T>(organization: string, work: () => Promise<T>): Promise<T> {
  const { rows } = await admin.query<{ key: Buffer }>('select app_private.context_key() as key')
  const expires = String(Math.floor(Date.now() / 1000) + 600)
  const { seal } = sealContext(rows[0]?.key as Buffer, {
    userId: organization,
    organizationId: organization,
    expires,
  })
  await admin.query('begin; set local role rowhouse_visitor')
  try {
    await admin.query('select app_hidden.enter_context($1, $2, $3, $4)', [
      organization,
      organization,
      expires,
      seal,
    ])
    return await work()
  } finally {
    await admin.query('rollback')
  }
}

test('every view gives each organization what its old view gave: to its members, and to the owner by the scope column', async () => {
  const { plan } = await prepared(url)
  expect(plan.views.length).toBeGreaterThan(10)
  const seen = new Map<string, string[]>()
  for (const { source, target, columns, secret } of plan.views) {
    const name = qualified(target.schema, target.name)
    const own = columns.slice(1).map(ident).join(', ')
    for (const { id, schema } of plan.organizations) {
      const before = await texts(`select ${own} from ${qualified(schema, source.slice('view '.length))}`)
      expect([name, await texts(`select ${own} from ${name} where organization_id = $1`, [id])]).toEqual([
        name,
        before,
      ])
      if (secret) continue
      expect([name, await asMember(id, () => texts(`select ${own} from ${name}`))]).toEqual([name, before])
      seen.set(name, [...(seen.get(name) ?? []), JSON.stringify(before)])
    }
  }
  // The tenants' rows differ, so a view that showed the other's would be seen.
  expect(seen.get('app.order_lines')?.[0]).not.toEqual(seen.get('app.order_lines')?.[1])
})

test('what reads a secret column is for the owner alone', async () => {
  const { plan } = await prepared(url)
  const [one] = plan.organizations
  await expect(asMember(one?.id ?? '', () => texts('select name from app.logins'))).rejects.toMatchObject({
    code: '42501',
  })
})

test('a plain view is written through as before, into the own organization only', async () => {
  const { plan } = await prepared(url)
  const [one, two] = plan.organizations
  await admin.query('begin; grant update on app.small_orders to rowhouse_visitor')
  try {
    await admin.query('update app.small_orders set amount = amount + 1 where organization_id = $1', [one?.id])
    const [mine, theirs] = await Promise.all(
      [one, two].map(({ id } = { id: '' } as never) =>
        texts('select amount from app.small_orders where organization_id = $1', [id]),
      ),
    )
    expect([mine, theirs]).toEqual([
      ['(11.00)', '(6.00)'],
      ['(10.00)', '(5.00)'],
    ])
  } finally {
    await admin.query('rollback')
  }
})

test('the API shows the views without the scope column, and none of the functions', async () => {
  const pool = new pg.Pool({ connectionString: await authenticatorUrl(url), max: 2 })
  pool.on('connect', client => {
    client.on('error', () => {})
  })
  try {
    const api = await printApi(pool, 'rowhouse_visitor')
    expect(/^type OrderLine \{[^}]*/m.exec(api)?.[0]).toMatch(/name: String/)
    expect(api).not.toMatch(/organizationId/)
    expect(api).not.toMatch(/\bpaid\(/)
  } finally {
    await pool.end()
  }
})

test('verify sees a view that was dropped or lost its option, and a function that became another', async () => {
  const told = async (statement: string, back: string) => {
    await admin.query(statement)
    const { mismatches } = await verified(url)
    await admin.query(back)
    return mismatches.map(({ reason }) => reason)
  }
  expect(
    await told(
      'alter view app.totals reset (security_invoker)',
      'alter view app.totals set (security_invoker = true)',
    ),
  ).toContainEqual(expect.stringContaining('view app.totals'))
  expect(
    await told(
      `create or replace function app.paid(n numeric) returns boolean language sql immutable set search_path to pg_catalog, app, pg_temp as 'select true'`,
      `create or replace function app.paid(n numeric) returns boolean language sql immutable set search_path to pg_catalog, app, pg_temp as ' select n > 7 '`,
    ),
  ).toContainEqual(expect.stringContaining('function app.paid'))
  expect((await verified(url)).mismatches).toEqual([])
})

test('a view that changed after it was planned is noticed', async () => {
  await admin.query(
    'create or replace view one.order_lines as select o.id, o.note as name, o.total from one.orders o',
  )
  await expect(prepared(url)).resolves.toMatchObject({ stage: 'applied' })
  const { mismatches } = await verified(url)
  expect(mismatches.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('changed or dropped'))
  await admin.query(
    'create or replace view one.order_lines as select o.id, c.name, o.total from one.orders o join one.customers c on c.id = o.customer_id',
  )
})

describe.each([
  '11-triggers',
  '11-views',
  '11-needed',
  '11-code',
  '11-overloads',
  '09-drawing',
  '06-collations',
])('%s', name => {
  test('the workspace makes the same on an empty database, and cancel leaves nothing', async () => {
    const { url: one } = await database()
    await ensureRoles(one)
    await withClient(one, 'test', client => build(client, name))
    const before = await withClient(one, 'test', client => snapshot(client))
    const folder = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
    try {
      const { plan } = await prepared(one)
      await apply(one, plan, { workspace: folder, listen: () => {} })
      const files = await readdir(join(folder, 'migrations/committed'))
      const baseline = files.find(file => file.endsWith('-baseline.sql')) ?? ''
      let text = await readFile(join(folder, 'migrations/committed', baseline), 'utf8')
      for (const [key, value] of Object.entries(
        corePlaceholders(roles, { coreSchema: 'app_public', usersSchema: 'app_public' }),
      ))
        text = text.replaceAll(key, value)
      const { url: fresh } = await database('core')
      const made = await withClient(fresh, 'test', async client => {
        await client.query(text)
        return snapshot(client, ['app'])
      })
      expect(made).toBe(await withClient(one, 'test', client => snapshot(client, ['app'])))
      const record = await withClient(one, 'test', readState)
      if (record === null) throw new Error('no plan')
      const whole = await withClient(one, 'test', client => wholePlan(client, record))
      await cancel(one, whole, { workspace: folder, listen: () => {} })
      expect(await withClient(one, 'test', client => snapshot(client))).toBe(before)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

test.each<[string, SpecFile, RegExp]>([
  ['11-code', {}, /upper\((items\.)?name\)/],
  [
    '11-indexes',
    { tables: { labels: { leave: true } } },
    /"index","artists_sounds_like on artists","-- it uses sounds\(\), which stays \(.*?\)\\nCREATE INDEX artists_sounds_like .*?",\["three"\]/,
  ],
])(
  '%s: what was not carried over is in the report with its definition, also when the old schemas are gone',
  async (name, spec, found) => {
    const { url: one } = await database()
    await ensureRoles(one)
    await withClient(one, 'test', client => build(client, name))
    await withFolder(async () => {
      await fold(one, { spec })
      const told = () =>
        withClient(one, 'test', async client => {
          const record = await readState(client)
          if (record === null) throw new Error('no plan')
          return (await account(client, record, null)).notCarriedOver
            .map(({ kind, name, definition, schemas }) => [
              kind,
              name.replace(/^\w+\./, ''),
              definition,
              schemas.toSorted(),
            ])
            .sort()
        })
      const before = await told()
      expect(JSON.stringify(before)).toMatch(found)
      expect(before.map(([kind]) => kind)).not.toContain('trigger')
      await withClient(one, 'test', async client => {
        const record = await readState(client)
        if (record === null) throw new Error('no plan')
        await recordVerification(client, record.plan, await verify(client, record.plan, () => {}))
      })
      await completed(one)
      expect(await told()).toEqual(before)
    })
  },
)

test('what is alike and stays is told once, whatever the schemas are called', async () => {
  const { url: one } = await database()
  await ensureRoles(one)
  await withClient(one, 'test', async client => {
    for (const schema of ['one', '"Two-b"', '"order"']) {
      await client.query(`create schema ${schema};
        create table ${schema}.items (id bigint primary key, name text not null);
        create materialized view ${schema}.counted as select count(*) as items from ${schema}.items`)
    }
  })
  await fold(one)
  const told = await withClient(one, 'test', async client => {
    const record = await readState(client)
    if (record === null) throw new Error('no plan')
    return (await account(client, record, null)).notCarriedOver
  })
  expect(told.map(({ kind, schemas }) => [kind, schemas.toSorted()])).toEqual([
    ['materialized view', ['Two-b', 'one', 'order']],
  ])
})
