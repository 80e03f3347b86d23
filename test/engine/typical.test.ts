/** Which queries are typical, and how they are written for the old schemas and for the shared tables. */
import { render, steps } from '../../src/engine/apply/render.ts'
import { pickingText, queryText, typicalQueries } from '../../src/engine/plan/typical.ts'
import { database } from '../helpers/database.ts'
import { prepared } from './fold.ts'

async function planned() {
  const { url } = await database('hr-legacy')
  const found = await prepared(url)
  if (found.stage !== 'new') throw new Error('the sample was folded before')
  const models = new Map(
    found.found.catalog.tables.filter(({ schema }) => schema === 'acme').map(table => [table.name, table]),
  )
  return { plan: found.plan, models }
}

test('the same tables give the same queries, in whatever order they come', async () => {
  const { plan, models } = await planned()
  const queries = typicalQueries(plan.tables, models)
  expect(plan.typical).toEqual(queries)
  expect(typicalQueries([...plan.tables].reverse(), models)).toEqual(queries)
  expect(queries).toHaveLength(10)
  expect(new Set(queries.map(({ name }) => name)).size).toBe(10)
  expect(queries.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'hr.employees by key',
      'hr.employees by email',
      'hr.employees page by page',
      'hr.employees of one department_id',
      'hr.employees joined through department_id',
      'hr.employees counted',
    ]),
  )
  expect((await prepared((await database('hr-legacy')).url)).plan.typical).toEqual(queries)
})

test('what is secret is neither read nor compared', async () => {
  const { plan } = await planned()
  const secret = new Map(plan.tables.map(table => [table.source, table.secret]))
  expect([...secret.values()].flat()).toContain('password')
  for (const query of plan.typical) {
    const read = [...query.columns, ...query.equal, ...query.order]
    expect(read.filter(column => secret.get(query.table)?.includes(column))).toEqual([])
  }
})

test('one query, written for two places', () => {
  const query = {
    name: 'orders of one customer',
    table: 'order',
    columns: ['id', '50%'],
    equal: ['customer_id'],
    order: ['id'],
    parent: { table: 'customer', from: ['customer_id'], key: ['id'], columns: ['name'] },
  }
  const text = queryText(query, source => `old."${source}"`)
  expect(text).toBe(
    'select t.id, t."50%%", p.name from old."order" t join old."customer" p on t.customer_id = p.id ' +
      'where t.customer_id = %L order by t.id limit 50',
  )
  expect(queryText(query, source => `new."${source}"`)).toBe(text.replaceAll('old.', 'new.'))
  // The shared tables' foreign keys have the scope column in them; so does a join along them.
  expect(queryText(query, source => `old."${source}"`, 'organization_id')).toBe(
    text.replace(' on ', ' on t.organization_id = p.organization_id and '),
  )
  expect(pickingText(query, ['id'], source => `old."${source}"`)).toContain(
    'from old."order" t order by t.id limit 1000',
  )
})

test('the baseline is one statement per tenant, in the print, before anything is copied', async () => {
  const { plan } = await planned()
  const names = steps(plan).map(({ name }) => name)
  const at = plan.organizations.map(({ schema }) => names.indexOf(`record_baseline ${schema}`))
  expect(at).toEqual([0, 1, 2].map(more => names.indexOf('create_organizations') + 1 + more))
  expect(Math.max(...at)).toBeLessThan(names.findIndex(name => name.startsWith('copy_rows')))
  expect(render(plan).match(/cross join lateral rowhouse\.measure/g)).toHaveLength(3)
})
