import type pg from 'pg'
import { buildSample, sampleTenant } from '../../src/engine/sample/sample.ts'
import { readSampleMarker } from '../../src/engine/sample/state.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { dropRoles } from '../helpers/roles.ts'
import { canaryFaults } from './canaryCheck.ts'
import { contents, shapesOf } from './sampleContents.ts'

const size = { tenants: 4, rows: 60, seed: 1 }
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

/** The contents of a new database with a sample in it. */
async function sampled(options: typeof size): Promise<Record<string, string>> {
  const other = await database()
  return withClient(other.url, 'test', async fresh => {
    await buildSample(fresh, options)
    return contents(fresh)
  })
}

describe('the same again', () => {
  test('one seed makes one database, byte for byte', async () => {
    expect(await sampled(size)).toEqual(await contents(client))
  })

  test('another seed gives other values in the same tables', async () => {
    const [here, other] = [await contents(client), await sampled({ ...size, seed: 2 })]
    expect(Object.keys(other)).toEqual(Object.keys(here))
    // What is only vocabulary is the same with every seed, and so are Django's own tables but for their times and order.
    const vocabulary = /_(shift|holiday|leave_type|leave_policy)$|_seq$|^[^.]+$/
    const same = Object.keys(here).filter(name => here[name] === other[name])
    expect(same.filter(name => !vocabulary.test(name))).toEqual(['initech.performance_kpi'])
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

describe('building', () => {
  test('reports each tenant, counts its rows, and leaves a marker', async () => {
    const seen: string[] = []
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      expect(await readSampleMarker(fresh)).toBeUndefined()
      const sample = await buildSample(fresh, {
        tenants: 2,
        rows: 5,
        seed: 9,
        small: true,
        onProgress: p => seen.push(`${p.schema} ${p.done}/${p.of}`),
      })
      expect(seen).toEqual(['acme 1/2', 'globex 2/2'])
      const counted = Object.entries(await contents(fresh)).filter(([name]) =>
        /^(acme|globex)\..*[^q]$/.test(name),
      )
      const rows = counted.reduce((sum, [, text]) => sum + Number(text.split(' ')[0]), 0)
      // Besides the schemas' rows: one of the registry and two domains per tenant.
      expect(sample.totalRows).toBe(rows + 2 * 3)
      const text = 'rowhouse sample: hr (seed 9, tenants 2, rows 5, small)'
      expect(await readSampleMarker(fresh)).toEqual({ kind: 'hr', finished: true, text })
    })
  })

  test('the small system: people and where they work, one table of it empty', async () => {
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      await buildSample(fresh, { tenants: 2, rows: 60, small: true })
      const { rows } = await fresh.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'acme'::regnamespace and relkind = 'r' order by 1`,
      )
      expect(rows.map(row => row.name)).toEqual([
        'authentication_user',
        'django_content_type',
        'django_migrations',
        'employees_department',
        'employees_designation',
        'employees_employee',
        'employees_location',
      ])
      expect((await fresh.query('select from acme.employees_location')).rowCount).toBe(0)
      expect(await canaryFaults(fresh, 'acme', 1)).toEqual([])
      expect(await canaryFaults(fresh, 'globex', 2)).toEqual([])
    })
    await other.drop()
  })

  test('a sample of the smallest size is whole', async () => {
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      await buildSample(fresh, { tenants: 1, rows: 1 })
      expect(await canaryFaults(fresh, 'acme', 1)).toEqual([])
    })
  })

  test('sizes follow Zipf’s law, and a longer history makes more of what happens every day', async () => {
    const [equal, zipf, long] = await Promise.all(
      [{}, { zipf: true }, { history: 2 }].map(async more => {
        const other = await database()
        return withClient(other.url, 'test', async fresh => {
          await buildSample(fresh, { tenants: 3, rows: 30, ...more })
          const count = async (schema: string, table: string) =>
            Number((await fresh.query(`select count(*) as n from ${qualified(schema, table)}`)).rows[0].n)
          const marker = await readSampleMarker(fresh)
          return {
            employees: [
              await count('acme', 'employees_employee'),
              await count('globex', 'employees_employee'),
              await count('initech', 'employees_employee'),
            ],
            days: await count('acme', 'attendance_attendance_record'),
            slips: await count('acme', 'payroll_payslip'),
            marker: marker?.text.replace('rowhouse sample: hr ', ''),
          }
        })
      }),
    )
    const marker = '(seed 1, tenants 3, rows 30)'
    expect(equal).toEqual({ employees: [30, 30, 30], days: 300, slips: 90, marker })
    expect(zipf).toEqual({ ...equal, employees: [30, 15, 10], marker: marker.replace(')', ', zipf)') })
    expect(long).toEqual({ ...equal, days: 600, slips: 180, marker: marker.replace(')', ', history 2)') })
  })

  test('opens its own connections, more than one, and closes them', async () => {
    const other = await database()
    const opened: pg.Client[] = []
    const ended: pg.Client[] = []
    await buildSample(async () => {
      const one = await connect(other.url, 'test')
      opened.push(one)
      one.on('end', () => ended.push(one))
      return one
    }, size)
    expect(opened.length).toBeGreaterThan(1)
    expect(ended).toEqual(opened)
    await withClient(other.url, 'test', async fresh => {
      expect(await contents(fresh)).toEqual(await contents(client))
    })
  })

  test('needs no superuser: the database’s owner will do', async () => {
    const other = await database()
    const role = `${other.name}_owner`
    await withClient(other.url, 'test', async admin => {
      await admin.query(`create role ${ident(role)} login password 'owner' nosuperuser`)
      await admin.query(`alter database ${ident(other.name)} owner to ${ident(role)}`)
    })
    const url = new URL(other.url)
    url.username = role
    url.password = 'owner'
    try {
      await withClient(url.href, 'test', async owner => {
        await buildSample(owner, size)
        expect(await contents(owner)).toEqual(await contents(client))
      })
    } finally {
      await other.drop()
      await dropRoles(role)
    }
  })

  test.each([
    ['create table public.kept (id int)', 'table public.kept'],
    ['create schema elsewhere; create view elsewhere.seen as select 1 as one', 'table elsewhere.seen'],
    ['create schema globex', 'schema globex'],
  ])('refuses a database that is not empty, and leaves it alone: %s', async (sql, found) => {
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      await fresh.query(sql)
      await expect(buildSample(fresh, size)).rejects.toMatchObject({
        code: 'RH145',
        message: expect.stringContaining(found),
        hint: expect.stringContaining('createdb'),
      })
      const left = await fresh.query(`select 1 from pg_namespace where nspname in ('sample', 'acme')`)
      expect(left.rowCount).toBe(0)
    })
  })

  test('refuses to build on top of itself', async () => {
    const before = await contents(client)
    await expect(buildSample(client, size)).rejects.toMatchObject({ code: 'RH145' })
    expect(await contents(client)).toEqual(before)
  })

  test('refuses sizes that cannot be, all of them together', async () => {
    await expect(
      buildSample(client, { tenants: 0, rows: 1.5, seed: -1, history: 101 }),
    ).rejects.toMatchObject({
      code: 'RH200',
      message: expect.stringMatching(/tenants .*; rows .*; seed .*; history /),
    })
  })

  test('a statement that fails names the file and the schema, and the marker says unfinished', async () => {
    const other = await database()
    await withClient(other.url, 'test', async fresh => {
      // Once the first tenant is done, the second finds no sizes to read.
      const onProgress = ({ done }: { done: number }) => {
        if (done === 1) void fresh.query(`alter table sample.tenants drop column users cascade`)
      }
      await expect(buildSample(fresh, { ...size, onProgress })).rejects.toMatchObject({
        code: 'RH126',
        message: expect.stringMatching(/hr\/100_register\.sql failed in schema "globex"/),
      })
      expect(await readSampleMarker(fresh)).toMatchObject({ finished: false })
      expect((await fresh.query(`select 1 from pg_namespace where nspname = 'globex'`)).rowCount).toBe(0)
    })
  })
})
