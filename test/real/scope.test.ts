/** Databases that nobody here made, as one customer's: every table is classified, and none is guessed. */
import { readFileSync } from 'node:fs'
import { refuseUnowned } from '../../src/engine/scope/owners.ts'
import { refuseScope } from '../../src/engine/scope/refusals.ts'
import { decideScope, resolveScope } from '../../src/engine/scope/spec.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { change, classes, customer, file, inspected, type Said } from '../engine/scope/customer.ts'
import { fileOf, isThere } from './tenants.ts'

const real = (name: string) => (isThere({ name }) ? test : test.skip)
const said = (name: string) =>
  isThere({ name }) ? name : `${name} (skipped: no ${name}.sql beside the checkout)`

/** As one customer's: in `public`, whatever the dump says of search paths. */
const loaded = (name: string) =>
  customer(readFileSync(fileOf(name), 'utf8').replace(/^SET default_with_oids.*$/m, ''))

real('northwind')(said('northwind'), async () => {
  const url = await loaded('northwind')
  const found = await inspected(url)
  const everybody = 'global'
  expect(classes(found)).toEqual({
    customers: 'root',
    orders: 'scoped: customer_id → customers',
    order_details: 'scoped: order_id → orders, customer_id → customers',
    customer_customer_demo: 'scoped: customer_id → customers',
    categories: everybody,
    customer_demographics: everybody,
    employee_territories: everybody,
    employees: everybody,
    products: everybody,
    region: everybody,
    shippers: everybody,
    suppliers: everybody,
    territories: everybody,
    us_states: everybody,
  })
  expect(found.inspection.hazards.filter(({ blocks }) => blocks)).toEqual([])
  // The customers of a country are one organization's.
  const countries = await change(url, 'select distinct country from customers order by 1')
  const decided: Said = {
    organizations: Object.fromEntries(
      countries.rows.map(({ country }) => [country.toLowerCase(), { name: country as string }]),
    ),
    tables: { customers: { owner: { column: 'country' } } },
  }
  const ruled = await inspected(url, decided)
  const spec = resolveScope(ruled, file(decided))
  refuseScope(ruled, spec)
  await withClient(url, 'inspect', client => refuseUnowned(client, ruled, spec))
  expect(
    Object.fromEntries(
      spec.tables.flatMap(({ source, rule }) => (rule?.by === 'parent' ? [[source, rule.parent]] : [])),
    ),
  ).toEqual({
    orders: 'customers',
    order_details: 'orders',
    customer_customer_demo: 'customers',
  })
})

real('chinook')(said('chinook'), async () => {
  const url = await loaded('chinook')
  const found = await inspected(url)
  const scoped = Object.entries(classes(found)).filter(([, kind]) => kind !== 'global')
  expect(Object.fromEntries(scoped)).toEqual({
    customer: 'root',
    invoice: 'scoped: customer_id → customer',
    invoice_line: 'scoped: invoice_id → invoice, customer_id → customer',
  })
  expect(found.inspection.tables).toHaveLength(11)
  expect(found.inspection.ownerColumn).toMatchObject({ column: 'company', empty: 49 })
  // Most customers have no company: that is said before anything starts.
  const decided: Said = {
    organizations: { apple: { name: 'Apple Inc.' } },
    tables: { customer: { owner: { column: 'company' } } },
  }
  const spec = decideScope(found, file(decided))
  await expect(
    withClient(url, 'inspect', client => refuseUnowned(client, found, spec)),
  ).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringMatching(
      /customer \(column company\): 49 rows get no owner.*"Banco do Brasil S\.A\.", 1 rows/,
    ),
  })
})

real('chinook')(`${said('chinook')}, without its foreign keys: the names lead there too`, async () => {
  const url = await loaded('chinook')
  const keys = await change(
    url,
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as text from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  )
  for (const { text } of keys.rows) await change(url, text)
  const found = await inspected(url)
  expect(classes(found)).toMatchObject({
    customer: 'root',
    invoice: 'scoped: customer_id → customer (by its name)',
    invoice_line: 'scoped: invoice_id → invoice (by its name), customer_id → customer (by its name)',
    employee: 'global',
    track: 'global',
  })
})
