/** An expression that only the second look finds wrong: after inspection, with tables that inspection compared nothing of. */
import { refuseUnowned } from '../../../src/engine/scope/owners.ts'
import { resolveScope } from '../../../src/engine/scope/spec.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { companies, customer, file, inspected, type Said, shop } from './customer.ts'

test('the file changed after inspection: expressions are looked at again', async () => {
  const url = await customer(shop)
  const found = await inspected(url, companies)
  const said: Said = { ...companies, tables: { users: { owner: { sql: 't.firm' } } } }
  const spec = resolveScope(found, file(said))
  await expect(
    withClient(url, 'inspect', client => refuseUnowned(client, found, spec, 'mine.json5')),
  ).rejects.toMatchObject({ code: 'RH114', message: expect.stringMatching(/mine\.json5.*t\.firm/) })
})
