import { pbkdf2Sync } from 'node:crypto'
import type pg from 'pg'
import { maximumTenants } from '../../src/engine/sample/canary.ts'
import { buildSample, type SampleOptions, sampleLogins } from '../../src/engine/sample/sample.ts'
import { readSampleMarker } from '../../src/engine/sample/state.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { canaryFaults } from './canaryCheck.ts'
import { contents } from './sampleContents.ts'
import { nobody, ownerByUpload, owners, ownersOf, ownRows } from './selloutOwners.ts'

const size = { system: 'sellout', tenants: 3, rows: 400, seed: 1 } as const

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
    await buildSample(fresh, { system: 'sellout', ...options })
    return look(fresh)
  })
}

/** Owner → number of rows in the table, by the paths. */
async function countByOwner(of: pg.Client, table: string): Promise<Record<string, number>> {
  const { rows } = await of.query<{ owner: number; rows: number }>(
    `select ${owners[table]} as owner, count(*)::int as rows from public.${ident(table)} as t group by 1`,
  )
  return Object.fromEntries(rows.map(row => [row.owner, row.rows]))
}

describe('the same again', () => {
  test('one seed makes one database, byte for byte; another the same tables with other values', async () => {
    const here = await contents(client)
    expect(await sampled(size, contents)).toEqual(here)
    const other = await sampled({ ...size, seed: 2 }, contents)
    expect(Object.keys(other)).toEqual(Object.keys(here))
    const same = Object.keys(here).filter(name => here[name] === other[name])
    expect(same.filter(name => !name.endsWith('_seq'))).toEqual(['alembic_version', 'currencies'])
  })

  test('everything is in one schema, and nothing of the generator is left', async () => {
    const { rows } = await client.query(
      `select nspname || '.' || coalesce(relname, proname) as name from pg_namespace as n
       left join pg_class as c on c.relnamespace = n.oid and c.relkind in ('r', 'v')
       left join pg_proc as p on p.pronamespace = n.oid and c.oid is null
       where nspname !~ '^(pg_|information_schema)' order by 1`,
    )
    const tables = [...Object.keys(owners), 'alembic_version', 'currencies'].sort()
    expect(rows.map(row => row.name)).toEqual(tables.map(name => `public.${name}`))
    const functions = await client.query(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace`,
    )
    expect(functions.rows).toEqual([{ proname: 'set_updated_at' }])
  })
})

describe('canaries', () => {
  test.each(ownersOf(size.tenants))('every value of $name is its own and no other’s', async ({ no }) => {
    expect(await canaryFaults(client, 'public', no, ownRows(no))).toEqual([])
  })

  test('the check sees each value of another company, and nobody’s', async () => {
    const faults: readonly (readonly [table: string, column: string, value: string])[] = [
      ['users', 'reset_token', `'cnry-0002-' || t.id`],
      ['users', 'phone', `'+49 30 5'`],
      ['products', 'ean', `'cnry-2146-' || t.id`],
      ['products', 'weight', '2000000'],
      ['uploads', 'took', `'5 seconds 2 microseconds'`],
      ['sellout_entries2', 'quantity', '2146000000'],
      ['sellout_entries2', 'raw_row', `'{"EAN": "CNRY-0003-"}'`],
      ['processing_logs', 'logged_at', 'now()'],
      ['transform_logs', 'confidence', '0.52'],
      ['email_logs', 'headers', `'{"X": 3000000}'`],
    ]
    for (const [table, column, value] of faults) {
      await client.query('begin')
      // It would put its own time into the row.
      await client.query('alter table public.products disable trigger products_set_updated_at')
      const { rowCount } = await client.query(
        `update public.${ident(table)} as t set ${ident(column)} = ${value}
         where ctid = (select min(t.ctid) from public.${ident(table)} as t where ${ownRows(1)(table)})`,
      )
      const found = await canaryFaults(client, 'public', 1, ownRows(1))
      await client.query('rollback')
      expect([rowCount, ...found]).toEqual([1, `${table}.${column}: 1 rows`])
    }
  })
})

describe('whose a row is', () => {
  test('can be found for every row, and every company and nobody have some of each table', async () => {
    for (const table of Object.keys(owners)) {
      const found = await countByOwner(client, table)
      const expected = ownersOf(size.tenants).map(({ no }) => String(no))
      expect([table, ...Object.keys(found)]).toEqual([
        table,
        ...(table === 'email_domains' ? expected.slice(0, -1) : expected),
      ])
    }
    // Nobody's are a tenth.
    expect(await countByOwner(client, 'sellout_entries2')).toEqual({ 1: 400, 2: 400, 3: 400, [nobody]: 40 })
  })

  test('the company that people typed and the domain of their e-mail agree', async () => {
    const { rows } = await client.query(
      `select count(*)::int as differ from public.users as u
       left join public.email_domains as d on d.domain = u.email_domain
       where d.company is distinct from u.company`,
    )
    expect(rows).toEqual([{ differ: 0 }])
  })

  const disagreeing = (of: pg.Client) =>
    of.query<{ by_user: number; by_upload: number; rows: number }>(
      `select ${owners.sellout_entries2} as by_user, ${ownerByUpload} as by_upload, count(*)::int as rows
       from public.sellout_entries2 as t where ${owners.sellout_entries2} <> ${ownerByUpload} group by 1, 2 order by 1, 2`,
    )

  test('the two paths of an entry agree, but for as many rows as were corrupted', async () => {
    expect((await disagreeing(client)).rows).toEqual([])
    await sampled({ ...size, corrupted: 7 }, async fresh => {
      expect((await disagreeing(fresh)).rows).toEqual([
        { by_user: 1, by_upload: 2, rows: 2 },
        { by_user: 1, by_upload: 3, rows: 3 },
        { by_user: 1, by_upload: nobody, rows: 2 },
      ])
      for (const { no } of ownersOf(size.tenants)) {
        expect(await canaryFaults(fresh, 'public', no, ownRows(no))).toEqual([])
      }
      const [here, there] = [await contents(client), await contents(fresh)]
      const differ = Object.keys(here).filter(name => here[name] !== there[name])
      expect(differ).toEqual(['sellout_entries2'])
    })
  })
})

describe('building', () => {
  test('leaves a marker at the framework’s table, and counts its rows', async () => {
    const text = 'rowhouse sample: sellout (seed 1, tenants 3, rows 400)'
    expect(await readSampleMarker(client)).toEqual({ kind: 'sellout', finished: true, text })
    const seen: string[] = []
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      const built = await buildSample(fresh, {
        ...size,
        corrupted: 1,
        onProgress: ({ schema, done, of }) => seen.push(`${schema} ${done}/${of}`),
      })
      expect(seen).toEqual(['public 1/1'])
      const tables = Object.keys(owners).map(table => `select count(*) as rows from public.${ident(table)}`)
      const { rows } = await fresh.query(
        `select sum(rows)::int as rows from (${tables.join(' union all ')}) as t`,
      )
      expect(built.totalRows).toBe(rows[0].rows)
      expect((await readSampleMarker(fresh))?.text).toBe(text.replace(')', ', corrupted 1)'))
    })
  })

  test('a statement that fails leaves the marker unfinished, and none of the tables', async () => {
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      await fresh.query(`create type public.upload_status as enum ('ours')`)
      await expect(buildSample(fresh, size)).rejects.toMatchObject({
        code: 'RH126',
        message: expect.stringContaining('sellout/410_uploads.sql failed in schema "public"'),
      })
      expect(await readSampleMarker(fresh)).toMatchObject({ kind: 'sellout', finished: false })
      expect((await fresh.query(`select to_regclass('public.users') as users`)).rows).toEqual([
        { users: null },
      ])
    })
  })

  test.each([
    { tenants: 1, rows: 1 },
    { tenants: 1, rows: 30, history: 0, corrupted: 30 },
    { tenants: 3, rows: 60, zipf: true, history: 3, seed: 5 },
  ])('every row has an owner and carries his canary at other sizes: %j', async options => {
    await sampled(options, async fresh => {
      for (const { no } of ownersOf(options.tenants)) {
        expect(await canaryFaults(fresh, 'public', no, ownRows(no))).toEqual([])
      }
      for (const [table, owner] of Object.entries(owners)) {
        const { rowCount } = await fresh.query(
          `select from public.${ident(table)} as t where (${owner}) is null`,
        )
        expect([table, rowCount]).toEqual([table, 0])
      }
    })
  })

  test('sizes follow the entries, and a longer history makes more log', async () => {
    const count = (options: SampleOptions) =>
      sampled({ tenants: 2, rows: 100, ...options }, async fresh => {
        const counts: Record<string, number | undefined> = {}
        for (const table of ['sellout_entries2', 'uploads', 'processing_logs', 'transform_logs']) {
          counts[table] = (await countByOwner(fresh, table))[2]
        }
        return counts
      })
    const [equal, zipf, long] = await Promise.all([count({}), count({ zipf: true }), count({ history: 2 })])
    expect(equal).toEqual({ sellout_entries2: 100, uploads: 20, processing_logs: 100, transform_logs: 160 })
    expect(zipf).toMatchObject({ sellout_entries2: 50, uploads: 13 })
    expect(long).toEqual({ ...equal, processing_logs: 200, transform_logs: 320 })
  })

  test('refuses what it has not, and names its own command', async () => {
    const refused = (options: SampleOptions) => buildSample(client, options).catch(error => error)
    expect(await refused({ ...size, small: true, tenants: maximumTenants, corrupted: 401 })).toMatchObject({
      code: 'RH200',
      message: expect.stringMatching(
        /tenants .* to 2145, .*sellout has no small form; corrupted .* to 400, /,
      ),
      hint: expect.stringContaining('rowhouse sample sellout --tenants 3 --rows 5000'),
    })
    expect(await refused({ system: 'finance', corrupted: 1 })).toMatchObject({
      code: 'RH200',
      message: expect.stringContaining('finance has no rows that could have two owners'),
    })
    expect(await refused(size)).toMatchObject({
      code: 'RH145',
      hint: expect.stringContaining('rowhouse sample sellout'),
    })
  })
})

test('the logins it names work', async () => {
  for (const { email, password, organization } of sampleLogins(3, 'sellout')) {
    const { rows } = await client.query(
      `select password_hash, is_active and role = 'admin' as administrator from public.users where email = $1`,
      [email],
    )
    const [scheme, iterations, salt, hash] = rows[0].password_hash.split('$')
    const expected = pbkdf2Sync(password, salt, Number(iterations), 32, 'sha256').toString('base64')
    expect({ organization, scheme, hash, administrator: rows[0].administrator }).toEqual({
      organization,
      scheme: 'pbkdf2_sha256',
      hash: expected,
      administrator: true,
    })
  }
})
