/** The sell-out system of db/samples/sellout: its place in a database, and how many rows of each kind. Pure. */
import { maximumTenants } from './canary.ts'
import { leadingRows, type SampleSize } from './sizes.ts'
import type { SampleSystem } from './system.ts'

/**
 * Whose canary is in what belongs to no company, and will be the default organization's. The last there is, so that
 * it does not depend on how many companies there are.
 */
const nobody = maximumTenants

export const sellout: SampleSystem = {
  name: 'sellout',
  summary: 'sales figures from uploaded spreadsheets, one schema in which all companies share the tables',
  counted: 'sell-out entries',
  usualRows: 5_000,
  demonstration: { tenants: 12, rows: 40_000, zipf: true },
  question: '{ uploads(first: 3) { nodes { rowId filename status user { fullName } } } }',
  spec: 'sellout/tenancy.json5',
  registry: 'public.alembic_version',
  schemas: () => ['public'],
  nobody,
  sizes,
  smallFiles: null,
  administrator: ({ word }, slug) => `admin@${word}${slug}.example`,
}

/** What is nobody's is a tenth of a company's. History 1 is 13 lines of log per upload; 10: 130. */
function sizes(no: number, size: SampleSize) {
  const entries = no === nobody ? Math.ceil(size.rows / 10) : leadingRows(no, size)
  const uploads = Math.ceil(entries / Math.min(100, Math.ceil(Math.sqrt(entries) / 2)))
  const over = (count: number) => Math.max(1, Math.round(count * size.history))
  return {
    is_company: no !== nobody,
    users: Math.max(5, Math.ceil(1.5 * Math.sqrt(uploads))),
    products: Math.ceil(2 * Math.sqrt(entries)) + 5,
    uploads,
    entries,
    processing_logs: over(5),
    transform_logs: over(8),
    // The first company is the largest.
    corrupted: no === 1 ? size.corrupted : 0,
  }
}
