/**
 * Databases that nobody here made, as 3 and 50 tenants (ROWHOUSE_REAL=300 for more), some of them drifted: folded,
 * verified, and every tenant's real queries answered as before, by the visitor through the walls.
 */
import { asMember } from '../../src/engine/verify/member.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { fold, prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { buildTenants, isThere, type Real, tenantName } from './tenants.ts'

const northwind: Real = {
  name: 'northwind',
  own: `update customers set company_name = left(company_name || ' :no', 40);
    update order_details set quantity = quantity + :no % 7; update products set unit_price = unit_price + :no;
    delete from order_details where order_id % 10 = :no % 10; delete from orders where order_id % 10 = :no % 10`,
  queries: [
    'select count(*), sum(quantity) from order_details',
    'select company_name, city from customers where country = $$Germany$$ order by customer_id',
    'select p.product_name, c.category_name from products p join categories c using (category_id) order by p.product_id limit 20',
    `select c.company_name, count(o.*) as orders from customers c left join orders o using (customer_id) group by c.customer_id, c.company_name order by orders desc, c.company_name limit 10`,
    'select e.last_name, m.last_name as boss from employees e left join employees m on m.employee_id = e.reports_to order by e.employee_id',
    'select order_id, round(sum(unit_price * quantity * (1 - discount))::numeric, 2) as total from order_details group by order_id order by total desc, order_id limit 10',
    'select t.territory_description, r.region_description from territories t join region r using (region_id) order by t.territory_id limit 15',
    'select s.company_name, count(*) from suppliers s join products p using (supplier_id) group by s.supplier_id, s.company_name order by 2 desc, 1 limit 5',
    'select date_trunc($$month$$, order_date) as month, count(*) from orders group by 1 order by 1',
    'select product_name from products where product_id not in (select product_id from order_details) order by 1',
  ],
}

const chinook: Real = {
  name: 'chinook',
  own: `update artist set name = name || ' :no'; update customer set email = ':no.' || email;
    update invoice_line set quantity = quantity + :no % 3; delete from playlist_track where track_id % 5 = :no % 5`,
  queries: [
    'select count(*), sum(quantity * unit_price) from invoice_line',
    'select a.title, r.name from album a join artist r using (artist_id) order by a.album_id limit 20',
    'select g.name, count(*) from track t join genre g using (genre_id) group by g.name order by 2 desc, 1',
    'select p.name, count(*) from playlist p join playlist_track t using (playlist_id) group by p.playlist_id, p.name order by p.playlist_id',
    'select email from customer where country = $$Brazil$$ order by customer_id',
    'select billing_country, sum(total) from invoice group by 1 order by 2 desc, 1 limit 10',
    'select e.first_name, m.first_name as boss from employee e left join employee m on m.employee_id = e.reports_to order by e.employee_id',
    'select name, milliseconds from track order by milliseconds desc, track_id limit 10',
    'select m.name, sum(bytes) from track t join media_type m using (media_type_id) group by m.name order by 1',
    'select c.last_name, e.last_name as rep from customer c join employee e on e.employee_id = c.support_rep_id order by c.customer_id limit 10',
  ],
}

/** Tenants of other versions: a wider type, a column more, a table less, an index less. */
const drift: Record<string, string> = {
  northwind: `alter table ${tenantName(2)}.customers alter column company_name type text, add column loyalty integer default 3;
    drop table ${tenantName(3)}.us_states; alter table ${tenantName(3)}.orders alter column ship_via type integer`,
  chinook: `alter table ${tenantName(2)}.track alter column name type text, alter column bytes type bigint;
    alter table ${tenantName(3)}.customer drop column fax, add column birthday date`,
}

const sizes = [3, 50, ...(process.env.ROWHOUSE_REAL ? [Number(process.env.ROWHOUSE_REAL)] : [])]

describe.each([northwind, chinook])('$name', real => {
  const cases = isThere(real) ? test : test.skip
  cases.each(sizes)(
    `%i tenants${isThere(real) ? '' : ` (skipped: no ${real.name}.sql beside the checkout)`}`,
    async tenants => {
      const { url } = await database()
      await ensureRoles(url)
      await buildTenants(url, real, tenants)
      await withClient(url, 'test', client => client.query(drift[real.name] ?? ''))
      const asked = Array.from({ length: tenants }, (_, at) => tenantName(at + 1))
      const before = await withClient(url, 'test', async client => {
        const answers = new Map<string, unknown[]>()
        for (const schema of asked) {
          await client.query(`set search_path to ${schema}`)
          const found: unknown[] = []
          for (const query of real.queries) found.push((await client.query(query)).rows)
          answers.set(schema, found)
        }
        return answers
      })

      const { plan } = await fold(url, { spec: { target_schema: 'shop' } })
      expect(plan).toMatchObject({ blocked: [], left: [] })
      expect(plan.organizations).toHaveLength(tenants)
      expect(await verified(url)).toMatchObject({ ok: true, mismatches: [] })

      await withClient(url, 'test', async client => {
        for (const organization of plan.organizations) {
          const after = await asMember(client, plan, organization, async () => {
            await client.query('set local search_path to shop')
            const found: unknown[] = []
            for (const query of real.queries) found.push((await client.query(query)).rows)
            return found
          })
          expect([organization.schema, after]).toEqual([organization.schema, before.get(organization.schema)])
        }
      })
      // Tenants differ: an answer of somebody else would not pass for the own one.
      expect(new Set([...before.values()].map(found => JSON.stringify(found))).size).toBe(tenants)
      expect((await prepared(url)).stage).toBe('applied')
    },
    300_000,
  )
})
