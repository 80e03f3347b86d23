/** What a database brings along for its sessions changes no value, and hides no date from those who must not lose it. */
import { readState } from '../../src/engine/apply/state.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, verified } from './fold.ts'

test('values that pass as text are the same under another date style, time zone and float precision', async () => {
  const { url, name } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', async client => {
    for (const setting of [
      `datestyle to 'SQL, DMY'`,
      `timezone to 'Asia/Kolkata'`,
      'extra_float_digits to 0',
    ]) {
      await client.query(`alter database "${name}" set ${setting}`)
    }
    for (const schema of ['one', 'two']) {
      await client.query(`create schema ${schema}; set search_path to ${schema};
        create type moment as (at timestamptz, value float8);
        create table samples (id int primary key, what moment, day date default '2020-02-01');
        insert into samples values (1, row('2020-02-01 12:00Z', 0.1::float8 + 0.2::float8)::moment)`)
    }
  })
  await fold(url)
  expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })
  const client = await connect(url, 'test')
  const { rows } = await client.query(
    `select ((what).at at time zone 'UTC')::text as at, ((what).value)::text as value, day::text from app.samples order by organization_id`,
  )
  const row = { at: '2020-02-01 12:00:00', value: '0.30000000000000004', day: '2020-02-01' }
  expect(rows).toEqual([row, row])
  expect((await readState(client))?.appliedAt).toBeInstanceOf(Date)
  await client.end()
})
