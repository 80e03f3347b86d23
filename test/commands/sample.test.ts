/** `rowhouse sample` of a system in one schema; hr is built by the road's test. */
import { database } from '../helpers/database.ts'
import { expectRefusal, query, rowhouse } from './rowhouse.ts'

test('the sell-out system, of the size that was asked for', async () => {
  const { url } = await database()
  const sizes = '--tenants 2 --rows 30 --zipf --history 2 --corrupted 3 --seed 4'.split(' ')
  const { code, stdout, stderr } = await rowhouse(['sample', 'sellout', '--database', url, ...sizes])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^sellout: 2 tenants, \d+ rows in database /)])
  expect(stderr).toMatch(/schema public built/)
  const [found] = await query(
    url,
    `select count(*)::int as entries, obj_description('public.alembic_version'::regclass) as marker,
       (count(*) filter (where e.user_id <> u.user_id))::int as corrupted
     from public.sellout_entries2 as e join public.uploads as u on u.id = e.upload_id`,
  )
  expect(found).toEqual({
    // Those of two companies, and a tenth that is nobody's.
    entries: 30 + 15 + 3,
    marker: 'rowhouse sample: sellout (seed 4, tenants 2, rows 30, zipf, history 2, corrupted 3)',
    corrupted: 3,
  })
})

test('corrupted rows of a system that cannot have them', async () => {
  const { url } = await database()
  const outcome = await rowhouse(['sample', 'hr', '--database', url, '--corrupted', '3'])
  expectRefusal(outcome, 'RH200', /hr has no rows that could have two owners/, 2)
  expect(await query(url, `select from pg_namespace where nspname = 'acme'`)).toEqual([])
})
