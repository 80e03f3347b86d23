/** The HR system of db/samples/hr: its place in a database, and how many rows of each kind a tenant gets. Pure. */
import { leadingRows, type SampleSize } from './sizes.ts'
import type { SampleSystem } from './system.ts'
import { tenantSchemas } from './tenants.ts'

export const hr: SampleSystem = {
  name: 'hr',
  summary: 'personnel, one schema per tenant, as Django would have made it',
  counted: 'employees',
  usualRows: 200,
  demonstration: { tenants: 12, rows: 2_760, zipf: true },
  question: '{ employees(first: 3) { nodes { rowId firstName department { name } } } }',
  spec: null,
  registry: 'public.tenants_tenant',
  schemas: tenantSchemas,
  nobody: null,
  sizes,
  // People and where they work are in the files up to 34x; everything else about them follows.
  smallFiles: /^([12]|3[0-4])/,
  administrator: ({ word }, schema) => `admin.${word}1@${schema}.example`,
}

/** History 1 is three months of pay, ten days of attendance and one year of leave: about 36 rows per employee; 10: 250. */
function sizes(no: number, size: SampleSize) {
  const { history, small } = size
  const employees = leadingRows(no, size)
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
