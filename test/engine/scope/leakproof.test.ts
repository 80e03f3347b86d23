/** Which conditions a wall keeps from an index, by the catalog, and whether Postgres does as that says. */
import { leakyIndexes } from '../../../src/engine/plan/leakproof.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { database } from '../../helpers/database.ts'

test('numeric and enum columns are named, integers, texts and times are not', async () => {
  const { url } = await database()
  await withClient(url, 'test', async client => {
    await client.query(`create type status as enum ('a', 'b');
create table entries (id bigint primary key, year int, ean text, amount numeric, status status, at timestamptz);
create index entries_year_idx on entries (year); create index entries_ean_idx on entries (ean);
create index entries_amount_idx on entries (year, amount); create index entries_status_idx on entries (status);
create index entries_at_idx on entries (at desc)`)
    const found = await leakyIndexes(client, [{ source: 'entries', schema: 'public', name: 'entries' }])
    expect(found.map(({ object, detail }) => [object, /entries_\w+_idx/.exec(detail)?.[0]])).toEqual([
      ['entries.amount', 'entries_amount_idx'],
      ['entries.status', 'entries_status_idx'],
    ])
  })
})

test('behind row security such a condition is no condition of the index', async () => {
  const { url } = await database()
  await withClient(url, 'test', async client => {
    await client.query(`begin; create role leakproof_reader;
create table entries (organization int, year int, amount numeric);
insert into entries select 1, g % 100, g from generate_series(1, 5000) g;
create index on entries (organization, amount); create index on entries (organization, year); analyze entries;
alter table entries enable row level security; create policy wall on entries using (organization = (select 1));
grant select on entries to leakproof_reader; set local role leakproof_reader; set local enable_seqscan to off; set local enable_bitmapscan to off`)
    const conditionOf = async (where: string) => {
      const { rows } = await client.query(
        `explain (format json) select year, amount from entries where ${where}`,
      )
      return JSON.stringify(rows[0]['QUERY PLAN']).match(/"Index Cond":"([^"]*)"/)?.[1]
    }
    expect(await conditionOf('amount = 7')).not.toMatch(/amount/)
    expect(await conditionOf('year = 7')).toMatch(/year/)
    await client.query('rollback')
  })
})
