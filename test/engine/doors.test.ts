/** Doors by what a table is about, on the whole HR system: pay is for owners and admins, and for people their own. */
import type pg from 'pg'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { sealContext } from '../../src/postgres/context.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, verified } from './fold.ts'

let url: string
let admin: pg.Client
beforeAll(async () => {
  url = (await database()).url
  await ensureRoles(url)
  await withClient(url, 'test', client => buildSample(client, { tenants: 2, rows: 40 }))
  await fold(url)
  admin = await connect(url, 'test')
})
afterAll(() => admin.end())

type Person = { user: string; organization: string; employee: string | null }

/** Users of acme with their employee's id; `role` as the fold gave it. */
async function people(role: string): Promise<Person[]> {
  const { rows } = await admin.query<Person>(
    `select m.user_id as user, m.organization_id as organization, e.id as employee
     from app_public.user_organizations m
     join app_public.organizations o on o.id = m.organization_id and o.slug = 'acme'
     join app_public.legacy_identities l using (organization_id, user_id)
     left join hr.employees e on e.organization_id = m.organization_id and e.user_id = l.legacy_id::bigint
     where m.role = $1 and m.is_active order by l.legacy_id::bigint`,
    [role],
  )
  return rows
}

async function as<T>({ user, organization }: Person, ask: () => Promise<T>): Promise<T> {
  const { rows } = await admin.query<{ key: Buffer }>('select app_private.context_key() as key')
  const expires = String(Math.floor(Date.now() / 1000) + 600)
  const context = sealContext(rows[0]?.key as Buffer, { userId: user, organizationId: organization, expires })
  await admin.query('begin; set local role rowhouse_visitor')
  try {
    const { userId, organizationId, seal } = context
    await admin.query('select app_hidden.enter_context($1, $2, $3, $4)', [
      userId,
      organizationId,
      expires,
      seal,
    ])
    return await ask()
  } finally {
    await admin.query('rollback')
  }
}

const employeesPaid = async () =>
  (
    await admin.query<{ id: string }>('select distinct employee_id as id from hr.payslips order by 1')
  ).rows.map(row => row.id)

test('an owner sees all of the organization’s payslips, and none of another', async () => {
  const [owner] = await people('owner')
  const all = await admin.query(
    `select distinct employee_id::text as id from acme.payroll_payslip order by 1`,
  )
  const seen = await as(owner as Person, employeesPaid)
  expect(seen.toSorted()).toEqual(all.rows.map(row => row.id))
})

test('a member sees the own payslips, components and bank accounts, and no other', async () => {
  const member = (await people('member')).find(({ employee }) => employee !== null) as Person
  await as(member, async () => {
    expect(await employeesPaid()).toEqual([member.employee])
    const parts = await admin.query(
      'select count(*)::int as all, count(s.id)::int as own from hr.payroll_components c left join hr.payslips s on s.id = c.payslip_id',
    )
    expect(parts.rows[0].all).toBeGreaterThan(0)
    expect(parts.rows[0].own).toBe(parts.rows[0].all)
    const accounts = await admin.query('select distinct employee_id as id from hr.bank_accounts')
    expect(accounts.rows.filter(row => row.id !== member.employee)).toEqual([])
    // What everybody may see is as before.
    expect((await admin.query('select from hr.employees')).rowCount).toBe(40)
  })
})

test('a member changes nobody’s pay, not even the own', async () => {
  const member = (await people('member')).find(({ employee }) => employee !== null) as Person
  await as(member, async () => {
    expect((await admin.query('delete from hr.payslips')).rowCount).toBe(0)
    expect((await admin.query('delete from hr.bank_accounts')).rowCount).toBe(0)
  })
})

test('the doors are private, and verify knows no difference', async () => {
  const report = await verified(url)
  expect(report).toMatchObject({ ok: true, mismatches: [], narrowed: [] })
})

test('who approved a salary is not whom it is about', async () => {
  const { rows } = await admin.query<{ table: string; door: string }>(
    `select polrelid::regclass::text as table, pg_get_expr(polqual, polrelid) as door from pg_policy
     where polname = 'select_concerned' order by 1`,
  )
  const own = (table: string) => rows.find(row => row.table === table)?.door
  expect(own('hr.employee_salaries')).toMatch(/employee_id IN .*user_id = /s)
  expect(own('hr.payroll_runs')).not.toMatch(/current_legacy_id/)
  for (const { door } of rows) expect(door).not.toMatch(/approved_by_id/)
})
