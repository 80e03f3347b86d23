/** The second system, whole: types in every schema, uuids, a registry of its own, the scope column `tenant_id`. */
import { Pool } from 'pg'
import { printApi } from '../../src/graphql/print.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { fold, prepared, verified } from './fold.ts'

const spec = { scope_column: 'tenant_id' }
let url: string
beforeAll(async () => {
  url = (await database('finance')).url
  await fold(url, { spec })
})

test('every row is in the shared tables, once, and nobody sees another’s', async () => {
  const { plan } = await prepared(url)
  expect(plan).toMatchObject({ scopeColumn: 'tenant_id', targetSchema: 'finance', blocked: [] })
  expect(plan.types.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['enum', 'domain', 'composite type']),
  )
  const { rows } = await withClient(url, 'test', client =>
    client.query<{ rows: string }>(
      plan.organizations
        .flatMap(({ schema }) =>
          plan.tables.map(({ source }) => `select count(*) as rows from "${schema}"."${source}"`),
        )
        .join(' union all '),
    ),
  )
  const there = rows.reduce((sum, row) => sum + Number(row.rows), 0)
  expect(there).toBeGreaterThan(1000)
  expect(await verified(url)).toMatchObject({ ok: true, rows: there, mismatches: [] })
})

test('the API has the enums, whatever their labels, and no scope column', async () => {
  const pool = new Pool({ connectionString: await authenticatorUrl(url) })
  const text = await printApi(pool, 'rowhouse_visitor')
  await pool.end()
  expect(text).toMatch(/enum InvoiceStatus \{[^}]*part_paid/)
  expect(text).toMatch(/^type Customer implements Node/m)
  expect(text).not.toMatch(/tenant_?id/i)
})

const changes: [what: string, sql: string, reason: RegExp][] = [
  [
    'a label of an enum',
    `update finance.invoices set status = 'void' where status <> 'void' and ctid = (select min(ctid) from finance.invoices where status <> 'void')`,
    /changed: .*status/,
  ],
  [
    'an element of an array of enums',
    `update finance.bank_integrations set scopes = scopes || scopes[1] where ctid = (select min(ctid) from finance.bank_integrations where cardinality(scopes) > 0)`,
    /changed: scopes/,
  ],
]
test.each(changes)('%s that changed is found', async (_, sql, reason) => {
  await withClient(url, 'test', async client => {
    await client.query('begin')
    await client.query('set local session_replication_role to replica')
    expect((await client.query(sql)).rowCount).toBe(1)
    await client.query('commit')
  })
  const { ok, mismatches } = await verified(url)
  expect(ok).toBe(false)
  expect(mismatches.map(mismatch => mismatch.reason)).toContainEqual(expect.stringMatching(reason))
})
