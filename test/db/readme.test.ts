/** db/README.md is true: its SQL runs as written, in its order, and leaves no fault; its tables name what there is. */
import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'

const readme = readFileSync(`${checkout}/db/README.md`, 'utf8')
const blocks = [...readme.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database('hr-folded')).url, 'test')
})
afterAll(() => client.end())

const faults = async () =>
  (await client.query('select check_name, object from app_private.isolation_faults')).rows

test('every SQL block runs, one after the other', async () => {
  expect(blocks.length).toBeGreaterThan(6)
  const results = new Map<string, pg.QueryResult[]>()
  for (const block of blocks) {
    // The block that adds a column says what the check says in between.
    for (const part of block.split('-- 0009_grants_stale names it now.')) {
      const result = (await client.query(part)) as unknown as pg.QueryResult | pg.QueryResult[]
      results.set(part, [result].flat())
      if (block.includes('add column paid_on')) {
        const expected = { check_name: '0009_grants_stale', object: 'billing.invoices.paid_on' }
        expect(await faults()).toEqual(part.includes('add column') ? [expected] : [])
      }
    }
    expect(await faults()).toEqual([])
  }
  const entered = [...results].find(([text]) => text.includes('set local role'))?.[1] ?? []
  const [who, count, plan] = entered.filter(({ command }) => command !== 'BEGIN').slice(3)
  expect(who?.rows).toEqual([{ email: expect.stringContaining('@'), slug: 'acme' }])
  expect(count?.rows).toEqual([{ count: '200' }])
  expect(plan?.rows.map(row => row['QUERY PLAN']).join()).toMatch(/Index Cond: \(\(organization_id = /)
})

test('the two doors do what is said of them', async () => {
  const { rows } = await client.query(
    `select polrelid::regclass::text as table, polname, pg_get_expr(polqual, polrelid) as door from pg_policy
     where (polrelid = 'hr.departments'::regclass and polname = 'delete_member')
        or (polrelid = 'billing.invoices'::regclass and polname = 'update_member') order by 1`,
  )
  expect(rows).toEqual([
    {
      table: 'billing.invoices',
      polname: 'update_member',
      door: expect.stringMatching(/created_by = \( SELECT .*current_user_id.*can_administer/s),
    },
    { table: 'hr.departments', polname: 'delete_member', door: expect.stringContaining('can_administer') },
  ])
})

test('every check, every code and every role is in it, and no other', () => {
  const named = [...new Set(readme.match(/\b\d{4}_[a-z_]+/g))].sort()
  const there = readdirSync(`${checkout}/db/checks`)
    .filter(name => /^\d/.test(name))
    .map(name => name.replace('.sql', ''))
  expect(named).toEqual(there)
  const raised = new Set<string>()
  for (const folder of ['app_hidden', 'app_private', 'app_public', 'rowhouse', 'triggers']) {
    for (const file of readdirSync(`${checkout}/db/${folder}`)) {
      const text = readFileSync(`${checkout}/db/${folder}/${file}`, 'utf8')
      for (const [, code = ''] of text.matchAll(/errcode = '(RH\d{3})'/g)) raised.add(code)
    }
  }
  expect([...readme.matchAll(/^\| `(RH\d{3})`/gm)].map(([, code]) => code)).toEqual([...raised].sort())
  const roles = readFileSync(`${checkout}/db/roles.sql`, 'utf8').matchAll(/create role :(\w+)/g)
  for (const [, role = ''] of roles) expect(readme).toContain(`\`rowhouse_${role.toLowerCase()}\``)
})
