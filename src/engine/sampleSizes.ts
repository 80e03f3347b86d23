/** How large a sample is: what may be asked for, and how many rows of each kind a tenant gets for it. Pure. */
import { RowhouseError } from '../errors.ts'
import { maximumTenants } from './canary.ts'

export type SampleSize = {
  /** Number of tenant schemas, 1 to 2,146. Default 3. */
  readonly tenants: number
  /**
   * Employees per tenant, or of the largest; the other tables follow from it. Default 200; all nasty texts are there
   * from 50.
   */
  readonly rows: number
  /** Another seed gives other values in the same shapes. Default 1. */
  readonly seed: number
  /** True: the second tenant has half as many employees as the first, the third a third, and so on. Default false. */
  readonly zipf: boolean
  /**
   * Times as long as the default's three months of pay, ten days of attendance and one year of leave; 0 to 100, at
   * least one of each. Default 1: about 36 rows per employee; 10: about 250.
   */
  readonly history: number
  /** True: only people and where they work, 5 of the 26 tables. Default false. */
  readonly small: boolean
}

/** A tenant's rows by kind; sample.tenants has a column for each. */
export type TenantSize = Readonly<Record<(typeof tenantKinds)[number], number>>

export const tenantKinds = [
  'employees',
  'users',
  'departments',
  'designations',
  'locations',
  'geofences',
  'shifts',
  'leave_types',
  'kpis',
  'postings',
  'candidates',
  'payroll_runs',
  'attendance_days',
  'leave_years',
] as const

/** The sizes of tenant `no`, counted from 1. */
export function tenantSize(no: number, { rows, zipf, history, small }: SampleSize): TenantSize {
  const employees = zipf ? Math.max(1, Math.round(rows / no)) : rows
  const departments = Math.ceil(Math.sqrt(employees))
  // In the small system that feature was never used: the table is empty, and referred to.
  const locations = small ? 0 : Math.min(60, Math.ceil(employees / 60) + 2)
  const over = (count: number) => Math.max(1, Math.round(count * history))
  return {
    employees,
    users: Math.min(employees, Math.max(5, Math.ceil(employees / 4))),
    departments,
    designations: Math.ceil(departments / 2) + 2,
    locations,
    geofences: 2 * locations,
    shifts: 4,
    leave_types: 5,
    // Every third tenant never used them.
    kpis: no % 3 === 0 ? 0 : departments + 2,
    postings: Math.ceil(employees / 20) + 1,
    candidates: Math.ceil(employees / 5) + 2,
    payroll_runs: over(3),
    attendance_days: over(10),
    leave_years: over(1),
  }
}

/** What was asked for, with the defaults. @throws RowhouseError RH200, naming all that is wrong */
export function checkedSize(wanted: Partial<SampleSize>): SampleSize {
  const { tenants = 3, rows = 200, seed = 1, zipf = false, history = 1, small = false } = wanted
  const problems: string[] = []
  const wholeNumber = (name: string, value: number, from: number, to: number) => {
    if (!Number.isInteger(value) || value < from || value > to) {
      problems.push(`${name} must be a whole number from ${from} to ${to}, not ${value}`)
    }
  }
  wholeNumber('tenants', tenants, 1, maximumTenants)
  wholeNumber('rows', rows, 1, 100_000_000)
  wholeNumber('seed', seed, 0, 2_147_483_647)
  if (!(history >= 0 && history <= 100)) problems.push(`history must be from 0 to 100, not ${history}`)
  if (problems.length === 0) return { tenants, rows, seed, zipf, history, small }
  throw new RowhouseError('RH200', {
    message: `the sample cannot be built: ${problems.join('; ')}`,
    hint: 'rowhouse sample hr --tenants 3 --rows 200 --seed 1',
  })
}

/** `seed 1, tenants 3, rows 200`, and what is not as by default. */
export const describeSize = ({ seed, tenants, rows, zipf, history, small }: SampleSize): string =>
  `seed ${seed}, tenants ${tenants}, rows ${rows}${small ? ', small' : ''}${zipf ? ', zipf' : ''}${history === 1 ? '' : `, history ${history}`}`
