/** What the wall costs: it becomes a condition of an index, and its function is asked once per statement. */
import { acme, people, type Room, room } from './room.ts'

let house: Room
beforeAll(async () => {
  house = await room()
  await house.admin.query(`
    insert into app_public.organizations (name, slug) select 'o' || n, 'o' || n from generate_series(1, 50) n;
    insert into shop.orders (organization_id, label, total)
    select o.id, 'l' || n, n from app_public.organizations o, generate_series(1, 400) n;
    create index orders_total on shop.orders (organization_id, total);
    analyze shop.orders`)
})

type Node = {
  readonly 'Node Type': string
  readonly 'Subplan Name'?: string
  readonly 'Actual Loops': number
  readonly 'Index Cond'?: string
  readonly Filter?: string
  readonly Plans?: readonly Node[]
}

/** All nodes of the plan that a member's statement ran with. */
const nodes = (sql: string) =>
  house.member('member', async client => {
    const { rows } = await client.query(`explain (analyze, format json) ${sql}`)
    const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)]
    return flat(rows[0]?.['QUERY PLAN'][0].Plan)
  })

test.each([
  ['a lookup', 'select label from shop.orders where id = 7', 'orders_pkey'],
  ['a list', 'select label from shop.orders order by id limit 10', 'orders_pkey'],
  ['a list by another index', 'select label from shop.orders order by total limit 10', 'orders_total'],
  ['a count', 'select count(*) from shop.orders', undefined],
  ['an update', 'update shop.orders set total = 0 where id = 7', 'orders_pkey'],
  ['a delete', 'delete from shop.orders where id = 7', 'orders_pkey'],
])('%s: the wall is an index condition, its function runs once', async (_, sql, index) => {
  const plan = await nodes(sql)
  const scans = plan.filter(node => node['Index Cond'] !== undefined)
  expect(scans).not.toEqual([])
  for (const scan of scans) expect(scan['Index Cond']).toMatch(/organization_id = .*(InitPlan|\$\d)/)
  if (index) expect(JSON.stringify(scans)).toContain(`"${index}"`)
  for (const scan of plan) expect(scan.Filter ?? '').not.toContain('current_organization_id()')
  const asked = plan.filter(node => node['Subplan Name']?.startsWith('InitPlan'))
  expect(asked.length).toBeGreaterThan(0)
  // Wall and door each ask once, whatever the number of rows.
  for (const node of asked) expect(node['Actual Loops']).toBeLessThanOrEqual(1)
  expect(plan.filter(node => node['Subplan Name']?.startsWith('SubPlan'))).toEqual([])
})

test('a policy that passes a column to a function would be seen here', async () => {
  await house.admin.query(
    `create policy slow on shop.orders as restrictive for select to rowhouse_visitor
     using (app_public.validate_client_access('${people.member}', organization_id))`,
  )
  const plan = await nodes('select count(*) from shop.orders')
  expect(plan.map(({ Filter }) => Filter).join()).toContain('validate_client_access')
  await house.admin.query('drop policy slow on shop.orders')
})

test('the context is checked once per statement, and costs microseconds, not rows', async () => {
  const calls = async () =>
    Number(
      (
        await house.rows(
          `select coalesce(sum(calls), 0) as calls from pg_stat_xact_user_functions where funcname = 'current_organization_id'`,
        )
      )[0]?.calls,
    )
  await house.as(await house.sealed(people.member, acme), async client => {
    await client.query('reset role')
    await client.query(`set local track_functions to 'all'`)
    await client.query('set local role rowhouse_visitor')
    const before = await calls()
    const { rows } = await client.query('select count(*)::int as rows from shop.orders')
    expect(rows[0]?.rows).toBe(403)
    expect((await calls()) - before).toBe(1)
  })
})
