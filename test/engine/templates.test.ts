import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { verified } from './fold.ts'

test('a clone of the core has the core, without faults', async () => {
  const { url } = await database('core')
  const { rows } = await withClient(url, 'test', client =>
    client.query('select * from app_private.isolation_faults'),
  )
  expect(rows).toEqual([])
})

test('a clone of the folded sample verifies', async () => {
  const { url } = await database('hr-folded')
  expect(await verified(url)).toMatchObject({ ok: true, organizations: 3, tables: 5, mismatches: [] })
})
