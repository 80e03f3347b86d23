import type pg from 'pg'
import { canaryOf, maximumTenants } from '../../src/engine/sample/canary.ts'
import { buildSample, sampleTenant } from '../../src/engine/sample/sample.ts'
import { connect } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { canaryFaults, columnsOf } from './canaryCheck.ts'

const size = { tenants: 4, rows: 60, seed: 1 }
const tenants = Array.from({ length: size.tenants }, (_, index) => ({
  no: index + 1,
  ...sampleTenant(index + 1),
}))

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database()).url, 'test')
  await buildSample(client, size)
})
afterAll(() => client.end())

const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0]

describe('canaries', () => {
  test.each(tenants)('every value of $schema is its own and nobody else’s', async ({ schema, no }) => {
    expect(await canaryFaults(client, schema, no)).toEqual([])
  })

  test('the check sees each kind of value that is not its own', async () => {
    const faults: readonly (readonly [table: string, column: string, value: string])[] = [
      ['employees_employee', 'notes', `'cnry-0002-somebody else''s'`],
      ['employees_employee', 'last_name', `'Smith'`],
      ['employees_employee', 'email', `'e.cnry-0001-1@cnry-0003-.example'`],
      ['employees_employee', 'skills', `array['cnry-0001-a', 'b']`],
      ['employees_employee', 'preferences', `'{"a": [{"b": "CNRY-0002-"}]}'`],
      ['employees_employee', 'preferences', `'{"a": [2000000]}'`],
      ['employees_employee', 'salary', '5'],
      ['employees_employee', 'badge_number', '2000000'],
      ['employees_employee', 'last_seen_at', 'now()'],
      ['employees_designation', 'level', '200'],
      ['employees_location', 'latitude', '52.520002'],
      ['leave_leave_balance', 'used_days', '3'],
      ['attendance_geofence', 'radius_meters', '25.000002'],
      ['attendance_geofence', 'networks', `array[inet '10.0.1.9', '10.0.2.9']`],
      ['attendance_attendance_record', 'ip_address', `'fd00:cafe::2:0:9'`],
      ['attendance_attendance_record', 'worked', `'08:00:00.000002'`],
      ['attendance_attendance_record', 'device_time', `'2024-01-01 08:00'`],
      ['attendance_attendance_record', 'device_report', `'{"os": "cnry-0002-"}'`],
      ['attendance_shift', 'break_length', `'30 min'`],
      ['attendance_shift', 'starts_at', `'08:00:00.000002'`],
      ['payroll_payroll_run', 'batch_key', `'cafe0002-0000-4000-8000-000000000000'`],
      ['payroll_payslip', 'document_hash', `'cnry-0002-'`],
      ['authentication_user', 'password', `'pbkdf2_sha256$1$salt$x'`],
    ]
    for (const [table, column, value] of faults) {
      await client.query('begin')
      await client.query(`update acme.${ident(table)} set ${ident(column)} = ${value} where id = 1`)
      const found = await canaryFaults(client, 'acme', 1)
      await client.query('rollback')
      expect(found).toEqual([`${table}.${column}: 1 rows`])
    }
  })

  test('a new table is looked at, and a type without a rule is a fault', async () => {
    await client.query('begin')
    await client.query(`create table acme.leave (id bigint primary key, reason text, at point)`)
    await client.query(`insert into acme.leave values (1, 'ill', null)`)
    const found = await canaryFaults(client, 'acme', 1)
    await client.query('rollback')
    expect(found).toEqual(['leave.reason: 1 rows', 'leave.at: no canary is defined for point'])
  })

  test('are disjoint for every two tenants, but for smallint', () => {
    for (const no of [1, 2, 10, 255, 256, 299, 300, 301, maximumTenants - 1]) {
      const [canary, next] = [canaryOf(no), canaryOf(no + 1)]
      expect(next.numbers.from).toBe(canary.numbers.below)
      expect(canary.othersPattern.test(`an answer with ${next.word}x`)).toBe(true)
      expect(canary.othersPattern.test(`an answer with ${canary.word}x`)).toBe(false)
      expect(canary.pattern.test(next.word)).toBe(false)
      for (const kind of ['microseconds', 'decimals', 'uuid', 'networks', 'hex'] as const) {
        expect(canary[kind]).not.toEqual(next[kind])
      }
    }
  })

  test('the registry names its tenants with their canaries', async () => {
    for (const { no, schema, name } of tenants) {
      expect(await one('select name from public.tenants_tenant where schema_name = $1', [schema])).toEqual({
        name: `${name} ${canaryOf(no).word}`,
      })
    }
  })
})

test('the last tenant of all fits into integer and smallint', () => {
  const { numbers, smallNumbers } = canaryOf(maximumTenants)
  expect(numbers.below).toBeLessThanOrEqual(2 ** 31)
  expect(numbers.below + 1_000_000).toBeGreaterThan(2 ** 31)
  expect(smallNumbers.below).toBeLessThanOrEqual(2 ** 15)
})

test('the catalog is what the canary check reads', async () => {
  const columns = await columnsOf(client, 'acme')
  expect(columns).toContainEqual({ table: 'employees_employee', column: 'salary', type: 'numeric(12,2)' })
  expect(columns.map(({ column }) => column)).not.toContain('department_id')
})
