import { pbkdf2Sync } from 'node:crypto'
import type pg from 'pg'
import {
  buildSample,
  type SampleOptions,
  sampleLogins,
  sampleTenant,
} from '../../src/engine/sample/sample.ts'
import { readSampleMarker } from '../../src/engine/sample/state.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { canaryFaults } from './canaryCheck.ts'
import { inconsistencies, inEach } from './financeBooks.ts'
import { contents, shapesOf } from './sampleContents.ts'

const size = { system: 'finance', tenants: 4, rows: 60, seed: 1 } as const
const tenants = Array.from({ length: size.tenants }, (_, index) => ({
  no: index + 1,
  ...sampleTenant(index + 1),
}))

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database()).url, 'test')
  await buildSample(client, size)
})
afterAll(() => client.end())

/** Does something with a sample of its own. */
async function sampled<T>(options: SampleOptions, look: (fresh: pg.Client) => Promise<T>): Promise<T> {
  const other = await database()
  return withClient(other.url, 'test', async fresh => {
    await buildSample(fresh, { system: 'finance', ...options })
    return look(fresh)
  })
}

describe('the same again', () => {
  test('one seed makes one database, byte for byte; another the same tables with other values', async () => {
    const here = await contents(client)
    expect(await sampled(size, contents)).toEqual(here)
    const other = await sampled({ ...size, seed: 2 }, contents)
    expect(Object.keys(other)).toEqual(Object.keys(here))
    const same = Object.keys(here).filter(name => here[name] === other[name])
    // Numbers from sequences, versions, and the platform's own; in the third tenant, two tables without rows.
    expect(same.filter(name => !/_seq$|schema_migrations$|^platform_/.test(name))).toEqual([
      'initech.reports',
      'initech.web3_wallets',
    ])
  })

  test('every tenant has the same shape, and nothing of the generator is left', async () => {
    const shapes = await shapesOf(client)
    expect(shapes.length).toBe(tenants.length)
    expect(new Set(shapes).size).toBe(1)
    const schemas = await client.query(
      `select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'`,
    )
    const expected = ['public', ...tenants.map(tenant => tenant.schema)]
    expect(schemas.rows.map(row => row.nspname).sort()).toEqual(expected.sort())
  })
})

describe('canaries', () => {
  test.each(tenants)('every value of $schema is its own and nobody else’s', async ({ schema, no }) => {
    expect(await canaryFaults(client, schema, no)).toEqual([])
  })

  test('the check sees what is in types of the schema’s own, and in documents', async () => {
    const faults: readonly (readonly [table: string, column: string, value: string])[] = [
      ['vendors', 'iban', `'DE00CNRY-0002-000000001'`],
      ['vendors', 'address', `row('cnry-0001-a', 'b', null)`],
      ['vendors', 'address', `row('cnry-0001-a', null, 'CNRY-0002-')`],
      ['bank_transactions', 'amount', '-2000000'],
      ['stock_movements', 'quantity', '-2000000'],
      ['payments', 'gateway_response', `'{"payments": ["cafe0002-0000-4000-8000-000000000000"]}'`],
      [
        'sales_orders',
        'watcher_ids',
        `'{cafe0001-0000-4000-8000-000000000000,cafe0002-0000-4000-8000-000000000000}'`,
      ],
      ['ai_processing_jobs', 'subject_id', `'cafe0002-0000-4000-8000-000000000000'`],
      ['web3_wallets', 'private_key', `'deadbeef'`],
    ]
    for (const [table, column, value] of faults) {
      await client.query('begin')
      await client.query(
        `update acme.${ident(table)} set ${ident(column)} = ${value} where id = (select min(id::text)::uuid from acme.${ident(table)})`,
      )
      const found = await canaryFaults(client, 'acme', 1)
      await client.query('rollback')
      expect(found).toEqual([`${table}.${column}: 1 rows`])
    }
  })

  test('an enum carries none, and a composite with a type without a rule is a fault', async () => {
    await client.query('begin')
    await client.query(`create type acme.spot as (place point)`)
    await client.query(
      `create table acme.spots (id uuid primary key, at acme.spot, kind acme.account_kind[])`,
    )
    await client.query(`insert into acme.spots values (gen_random_uuid(), row(point(1, 2)), '{asset}')`)
    const found = await canaryFaults(client, 'acme', 1)
    await client.query('rollback')
    expect(found).toEqual(['spots.at: no canary is defined for acme.spot'])
  })

  test('ids are the tenant’s own, but for accounts: those are from one template', async () => {
    await inEach(
      client,
      tenants.map(tenant => tenant.schema),
      async schema => {
        const { no } = tenants.find(tenant => tenant.schema === schema) ?? { no: 0 }
        const { rows } = await client.query<{ table: string }>(
          `select attrelid::regclass::text as table from pg_attribute join pg_class as c on c.oid = attrelid
         where attname = 'id' and c.relkind = 'r' and relnamespace = $1::regnamespace`,
          [ident(schema)],
        )
        const foreign: string[] = []
        for (const { table } of rows) {
          const own = `id::text like 'cafe${String(no).padStart(4, '0')}-%'`
          const { rowCount } = await client.query(`select from ${table} where not ${own} limit 1`)
          if (rowCount) foreign.push(table)
        }
        expect(foreign).toEqual(['accounts'])
      },
    )
    const accounts = tenants.map(({ schema }) => `select id from ${ident(schema)}.accounts`)
    expect((await client.query(accounts.join(' union '))).rowCount).toBe(18)
  })
})

describe('what belongs together', () => {
  test('adds up in every tenant', async () => {
    expect(
      await inconsistencies(
        client,
        tenants.map(tenant => tenant.schema),
      ),
    ).toEqual([])
  })

  test('the check sees one cent', async () => {
    await client.query('begin')
    await client.query(
      `update acme.journal_lines set debit = debit + 0.01 where debit = (select max(debit) from acme.journal_lines)`,
    )
    await client.query(
      `update acme.stock_movements set quantity = quantity + 1 where quantity = (select max(quantity) from acme.stock_movements)`,
    )
    const found = await inconsistencies(client, ['acme'])
    await client.query('rollback')
    expect(found).toContain('acme: a journal entry out of balance')
    expect(found).toContain('acme: a stock level that is not its movements')
  })

  test.each([
    { tenants: 1, rows: 1 },
    { tenants: 1, rows: 7, history: 0 },
    { tenants: 3, rows: 40, zipf: true, history: 3, seed: 5 },
  ])('adds up, and is recognisable, at other sizes: %j', async options => {
    await sampled(options, async fresh => {
      const schemas = tenants.slice(0, options.tenants)
      expect(
        await inconsistencies(
          fresh,
          schemas.map(({ schema }) => schema),
        ),
      ).toEqual([])
      for (const { schema, no } of schemas) expect(await canaryFaults(fresh, schema, no)).toEqual([])
    })
  })
})

describe('building', () => {
  test('leaves a marker at its own registry, whose entries are the companies alone', async () => {
    const text = 'rowhouse sample: finance (seed 1, tenants 4, rows 60)'
    expect(await readSampleMarker(client)).toEqual({ kind: 'finance', finished: true, text })
    const { rows } = await client.query('select schema_name from public.companies order by schema_name')
    expect(rows.map(row => row.schema_name)).toEqual(tenants.map(({ schema }) => schema).sort())
    const { rowCount } = await client.query('select from public.company_domains')
    expect(rowCount).toBe(2 * tenants.length)
  })

  test('sizes follow the invoices, and a longer history makes more of what happens every day', async () => {
    const count = async (options: SampleOptions) =>
      sampled({ tenants: 2, rows: 40, ...options }, async fresh => {
        const counts: Record<string, number> = {}
        for (const table of ['invoices', 'journal_entries', 'bank_transactions', 'stock_movements']) {
          counts[table] = (await fresh.query(`select from globex.${table}`)).rowCount ?? 0
        }
        return counts
      })
    const [equal, zipf, long] = await Promise.all([count({}), count({ zipf: true }), count({ history: 2 })])
    // Four of forty invoices are drafts, which are in no journal.
    expect(equal).toEqual({ invoices: 40, journal_entries: 76, bank_transactions: 144, stock_movements: 70 })
    expect(zipf).toMatchObject({ invoices: 20, journal_entries: 38 })
    expect(long).toEqual({ invoices: 40, journal_entries: 156, bank_transactions: 288, stock_movements: 126 })
  })

  test('has no small form, and says so', async () => {
    await expect(buildSample(client, { ...size, small: true })).rejects.toMatchObject({
      code: 'RH200',
      message: expect.stringContaining('finance has no small form'),
    })
  })

  test('refuses a database that is not empty, and names its own command', async () => {
    await expect(buildSample(client, size)).rejects.toMatchObject({
      code: 'RH145',
      hint: expect.stringContaining('rowhouse sample finance'),
    })
  })
})

test('the logins it names work, and the accountant has one in every tenant', async () => {
  for (const { email, password, organization } of sampleLogins(4, 'finance')) {
    const { rows } = await client.query(
      `select password_hash, is_owner and is_active as owner from ${ident(organization)}.members where lower(email) = $1`,
      [email],
    )
    const [scheme, iterations, salt, hash] = rows[0].password_hash.split('$')
    const expected = pbkdf2Sync(password, salt, Number(iterations), 32, 'sha256').toString('base64')
    expect({ scheme, hash, owner: rows[0].owner }).toEqual({
      scheme: 'pbkdf2_sha256',
      hash: expected,
      owner: true,
    })
  }
  const accountants = tenants.map(
    ({ schema }) =>
      `select password_hash from ${ident(schema)}.members where lower(email) like 'accountant@%'`,
  )
  expect((await client.query(accountants.join(' union '))).rowCount).toBe(tenants.length)
})
