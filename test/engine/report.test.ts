/** The account as a page: what an auditor reads of tenants that are not alike. */
import { readState } from '../../src/engine/apply/state.ts'
import { account } from '../../src/engine/report/report.ts'
import { accountPage } from '../../src/engine/report/reportHtml.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold } from './fold.ts'

test('how rows were read otherwise is said in words, once for tenants that are alike', async () => {
  const { url } = await database()
  await ensureRoles(url)
  const page = await withClient(url, 'test', async client => {
    for (const schema of ['a', 'b', 'c', 'd']) {
      await client.query(`create schema ${schema};
        create table ${schema}.items (id bigint primary key, name text);
        create table ${schema}.notes (id bigint primary key)`)
    }
    await client.query(`alter table a.items alter name type varchar(9); alter table b.items add gift boolean;
      drop table c.notes`)
    await fold(url)
    const record = await readState(client)
    if (record === null) throw new Error('no plan')
    return accountPage(await account(client, record, null))
  })
  expect(page).toContain('<td>c, d: gift is null; a: name was character varying(9), gift is null</td>')
  expect(page).toContain('<td>c: has no such table</td>')
})
