/** The number of a row: other for every other value, null included, and the same for a widened one. */
import { rowHash } from '../../src/engine/verify/rowHash.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, verified } from './fold.ts'

type Written = { readonly base: string; readonly type: string }

/** SQL of the hash of one value. @param as the type that it has where it is read */
const hashOf = (column: Written & { notNull?: boolean }, sql: string, as: Written = column): string =>
  rowHash([{ column: { typeSchema: null, notNull: false, ...column }, value: { as, sql } }])

let url: string
beforeAll(async () => {
  url = (await database()).url
})

const hashes = (expressions: readonly string[]): Promise<(string | null)[]> =>
  withClient(url, 'test', async client => {
    const { rows } = await client.query(`select array[${expressions.join(', ')}]::text[] as all`)
    return rows[0].all
  })

const values: readonly (readonly [base: string, type: string, values: readonly string[]])[] = [
  ['int2', 'smallint', ['0', '1', '-1', '32767', '-32768']],
  ['int4', 'integer', ['0', '1', '-1', '2147483647', '-2147483648']],
  // What Postgres' own hash of a bigint takes for one: both halves the same, and both turned.
  [
    'int8',
    'bigint',
    ['0', '4294967297', '8589934594', '-1', '1', '4294967296', '9223372036854775807', '-9223372036854775808'],
  ],
  [
    'uuid',
    'uuid',
    [
      '00000000-0000-0000-0000-000000000000',
      '00000000-0000-0000-0000-000000000001',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  ],
  [
    'timestamptz',
    'timestamp with time zone',
    ['2000-01-01 00:00:00+00', '2000-01-01 00:00:00.000001+00', 'infinity', '-infinity', '4713-01-01 BC'],
  ],
  [
    'timestamp',
    'timestamp without time zone',
    ['2000-01-01', '2000-01-01 00:00:00.000001', 'infinity', '-infinity'],
  ],
  ['float8', 'double precision', ['0', '-0', 'NaN', 'Infinity', '0.1', '0.10000000000000002']],
  ['float4', 'real', ['0', '-0', 'NaN', '-Infinity', '0.1']],
  ['numeric', 'numeric', ['0', '0.0', '1.50', '1.5', 'NaN']],
  ['text', 'text', ['', '.', ' ', 'A', 'a']],
]

test.each(values)('%s: no two values, and not null, have the same', async (base, type, list) => {
  const of = (value: string | null) =>
    hashOf({ base, type }, value === null ? `null::${type}` : `'${value}'::${type}`)
  const found = await hashes([...list, null].map(of))
  expect(found).not.toContain(null)
  expect(new Set(found).size).toBe(list.length + 1)
})

test('a column that takes no null has no hash of one, and the same as any other of a value', async () => {
  for (const [base, type, [one = '']] of values) {
    const strict = { base, type, notNull: true }
    const [none, some] = await hashes([hashOf(strict, `null::${type}`), hashOf(strict, `'${one}'::${type}`)])
    expect([base, none]).toEqual([base, null])
    expect(some).toMatch(/^-?\d+$/)
  }
})

test('an integer reads the same in the wider column, and is another in the place of another', async () => {
  const wide = { base: 'int8', type: 'bigint' }
  const [narrow, same] = await hashes([
    hashOf(wide, '7::int', { base: 'int4', type: 'integer' }),
    hashOf(wide, '7::int8'),
  ])
  expect(narrow).toBe(same)
  const column = { ...wide, typeSchema: null, notNull: false }
  const pair = (a: string, b: string) =>
    rowHash([a, b].map(sql => ({ column, value: { as: wide, sql: `${sql}::int8` } })))
  const [first, second, third] = await hashes([pair('0', 'null'), pair('null', '0'), pair('0', '0')])
  expect(new Set([first, second, third]).size).toBe(3)
})

test('null that became zero is seen in the sum over many rows, also in the last column', async () => {
  const of = (base: string, type: string) =>
    rowHash([
      {
        column: { base: 'int8', type: 'bigint', typeSchema: null, notNull: true },
        value: { as: { base: 'int8', type: 'bigint' }, sql: 'g' },
      },
      { column: { base, type, typeSchema: null, notNull: false }, value: { as: { base, type }, sql: 'v' } },
    ])
  await withClient(url, 'test', async client => {
    for (const [base, type, zero] of [
      ['int4', 'integer', '0'],
      ['int8', 'bigint', '0'],
      ['uuid', 'uuid', '00000000-0000-0000-0000-000000000000'],
    ] as const) {
      const sums = `select count(*) filter (where a = b)::int as same from generate_series(1, 500) n cross join lateral (
        select (select sum(${of(base, type)}) from (select g, null::${type} as v from generate_series(n::int8, n + 1) g) r) as a,
          (select sum(${of(base, type)}) from (select g, '${zero}'::${type} as v from generate_series(n::int8, n + 1) g) r) as b) s`
      expect([base, (await client.query(sums)).rows]).toEqual([base, [{ same: 0 }]])
    }
  })
})

test('one value more, in any of a hundred thousand rows of two numbers, is seen', async () => {
  const column = { base: 'int8', type: 'bigint', typeSchema: null, notNull: false }
  const hash = rowHash(['a', 'b'].map(sql => ({ column, value: { as: column, sql } })))
  await withClient(url, 'test', async client => {
    const { rows } = await client.query(
      `select count(*)::int as all, count(distinct ${hash})::int as hashes from (
  select g as a, null::int8 as b from generate_series(1, 50000::int8) g union all select g << 32, g from generate_series(1, 50000::int8) g) r`,
    )
    expect(rows).toEqual([{ all: 100_000, hashes: 100_000 }])
  })
})

test('rows without a key, vectors, and numbers that are none: what changed is named by its hash', async () => {
  const legacy = (await database()).url
  await ensureRoles(legacy)
  await withClient(legacy, 'test', async client => {
    for (const schema of ['acme', 'brook'])
      await client.query(`create schema ${schema}; create table ${schema}.loose (v int2vector, f float8, g real, n int);
        insert into ${schema}.loose values ('1 2', 'NaN', '-0', null), ('1 2', 'NaN', '-0', null), ('', '-NaN', 0, 0), (null, null, null, 7)`)
  })
  await fold(legacy)
  expect(await verified(legacy)).toMatchObject({ ok: true, rows: 8 })
  for (const [column, value, old] of [
    ['n', 'null', '0'],
    ['v', `'1'`, `''`],
    ['f', '1', `'NaN'`],
  ] as const) {
    const set = (to: string, at: string) =>
      withClient(legacy, 'test', async client => {
        const { rows } = await client.query<{ ctid: string }>(
          `update app.loose set ${column} = ${to} where ctid = (${at}) returning ctid`,
        )
        return `'${rows[0]?.ctid}'::tid`
      })
    const place = await set(value, 'select ctid from app.loose where n = 0 limit 1')
    const { mismatches } = await verified(legacy)
    expect(mismatches.map(({ key, reason }) => [key?.replace(/-?\d+$/, '…'), reason]).sort()).toEqual([
      ['hash …', 'added'],
      ['hash …', 'missing'],
    ])
    await set(old, `select ${place}`)
  }
})

test('types that are called as Postgres’ own are what they are: a null that became empty is seen', async () => {
  const legacy = (await database()).url
  await ensureRoles(legacy)
  await withClient(legacy, 'test', async client => {
    for (const schema of ['acme', 'brook'])
      await client.query(`create schema ${schema}; set search_path to ${schema};
        create type ${schema}."date" as enum ('', 'x'); create type ${schema}.bpchar as enum ('', 'b'); create domain ${schema}.bytea as text;
        create domain ${schema}.dated as ${schema}."date";
        create table a (id int primary key, k ${schema}."date", b ${schema}.bpchar, y ${schema}.bytea, d ${schema}.dated, ds ${schema}."date"[]);
        insert into a values (1, '', '', '', '', '{""}'), (2, null, null, null, null, null), (3, 'x', 'b', '\\x00', 'x', '{x}')`)
  })
  await fold(legacy)
  expect(await verified(legacy)).toMatchObject({ ok: true, rows: 6 })
  for (const column of ['k', 'b', 'y', 'd', 'ds']) {
    await withClient(legacy, 'test', client =>
      client.query(`update app.a set ${column} = null where id = 1 returning id`),
    )
    expect((await verified(legacy)).mismatches.map(({ reason }) => reason)).toContain(`changed: ${column}`)
    await withClient(legacy, 'test', client =>
      client.query(`update app.a set ${column} = '${column === 'ds' ? '{""}' : ''}' where id = 1`),
    )
  }
})

test('as many columns as a table can have are compared, the last one too', async () => {
  const legacy = (await database()).url
  await ensureRoles(legacy)
  const names = Array.from({ length: 1597 }, (_, at) => `c${at}`)
  await withClient(legacy, 'test', async client => {
    for (const schema of ['acme', 'brook'])
      await client.query(`create schema ${schema}; create table ${schema}.wide (id int primary key, ${names.map(name => `${name} bigint`).join(', ')});
        insert into ${schema}.wide (id, c0, c399, c400, c1596) values (1, 1, 2, 3, 4), (2, null, null, 3, null)`)
  })
  await fold(legacy)
  expect(await verified(legacy)).toMatchObject({ ok: true, rows: 4 })
  for (const column of ['c0', 'c399', 'c400', 'c1596']) {
    await withClient(legacy, 'test', client => client.query(`update app.wide set ${column} = 9 where id = 1`))
  }
  expect((await verified(legacy)).mismatches.map(({ reason }) => reason)).toContain(
    'changed: c0, c399, c400, c1596',
  )
})
