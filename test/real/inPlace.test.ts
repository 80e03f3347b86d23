/** Databases that nobody here made, scoped in place to the end: each row is its customer's country's, and walled in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply } from '../../src/engine/apply/apply.ts'
import { readState } from '../../src/engine/apply/state.ts'
import { verifyScope } from '../../src/engine/scope/verify.ts'
import { asMember } from '../../src/engine/verify/member.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { prepared, withFolder } from '../engine/fold.ts'
import { customer } from '../engine/scope/customer.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fileOf, isThere } from './tenants.ts'

const systems = [
  {
    name: 'northwind',
    root: 'customers',
    /** Rows by table and country, as they are before: what each organization must see. */
    owned: `select 'public.customers' as table, country, count(*)::int as rows from customers group by 2
union all select 'public.orders', c.country, count(*)::int from orders o join customers c using (customer_id) group by 2
union all select 'public.order_details', c.country, count(*)::int from order_details d join orders o using (order_id) join customers c using (customer_id) group by 2`,
  },
  {
    name: 'chinook',
    root: 'customer',
    owned: `select 'public.customer' as table, country, count(*)::int as rows from customer group by 2
union all select 'public.invoice', c.country, count(*)::int from invoice i join customer c using (customer_id) group by 2
union all select 'public.invoice_line', c.country, count(*)::int from invoice_line l join invoice i using (invoice_id) join customer c using (customer_id) group by 2`,
  },
]

describe.each(systems)('$name', ({ name, root, owned }) => {
  const there = isThere({ name }) ? test : test.skip
  there(
    `scoped in place, by country${isThere({ name }) ? '' : ` (skipped: no ${name}.sql beside the checkout)`}`,
    async () => {
      const url = await customer(readFileSync(fileOf(name), 'utf8').replace(/^SET default_with_oids.*$/m, ''))
      await ensureRoles(url)
      const before = await withClient(url, 'test', async client => {
        await client.query('set search_path to public')
        return (await client.query<{ table: string; country: string; rows: number }>(owned)).rows
      })
      const countries = [...new Set(before.map(({ country }) => country))].sort()
      const { plan } = await prepared(url, {
        kind: 'single',
        workspace: 'workspace',
        organizations: Object.fromEntries(
          countries.map((country, at) => [`country-${at}`, { name: country }]),
        ),
        tables: { [root]: { owner: { column: 'country' } } },
      })
      await withFolder(folder => apply(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} }))
      await withClient(url, 'test', async client => {
        const record = await readState(client)
        if (record === null) throw new Error('no plan')
        expect(await verifyScope(client, record, () => {})).toMatchObject({
          ok: true,
          phase: 'enforce',
          mismatches: [],
        })
        const seen: typeof before = []
        for (const organization of plan.organizations) {
          await asMember(client, plan, organization, async () => {
            for (const table of new Set(before.map(one => one.table))) {
              const { rows } = await client.query<{ rows: number }>(
                `select count(*)::int as rows from ${table}`,
              )
              const [{ rows: count } = { rows: 0 }] = rows
              if (count > 0) seen.push({ table, country: organization.name, rows: count })
            }
          })
        }
        const inOrder = (rows: typeof before) => rows.map(row => JSON.stringify(row)).sort()
        expect(inOrder(seen)).toEqual(inOrder(before))
      })
    },
  )
})
