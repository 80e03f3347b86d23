/** The finance system of db/samples/finance: its place in a database, and how many rows of each kind. Pure. */
import { leadingRows, type SampleSize } from './sizes.ts'
import type { SampleSystem } from './system.ts'
import { tenantSchemas } from './tenants.ts'

export const finance: SampleSystem = {
  name: 'finance',
  summary: 'books, sales, purchases and stock, one schema per tenant, with uuids and enum types of its own',
  counted: 'invoices',
  usualRows: 200,
  demonstration: { tenants: 12, rows: 4_800, zipf: true },
  question: '{ invoices(first: 3) { nodes { number status total customer { name } } } }',
  spec: 'finance/tenancy.json5',
  registry: 'public.companies',
  schemas: tenantSchemas,
  nobody: null,
  sizes,
  smallFiles: null,
  administrator: ({ word }, schema) => `owner.${word}1@${schema}.example`,
}

/** History 1 is a year of bank statements and journal: about 20 rows per invoice; 10: about 110. */
function sizes(no: number, size: SampleSize) {
  const invoices = leadingRows(no, size)
  const over = (count: number) => Math.max(1, Math.round(count * size.history))
  const bank_accounts = 3
  return {
    invoices,
    members: Math.max(5, Math.ceil(invoices / 40)),
    customers: Math.ceil(invoices / 4) + 1,
    vendors: Math.ceil(invoices / 10) + 1,
    products: Math.ceil(invoices / 8) + 2,
    quotes: Math.ceil(invoices / 2) + 1,
    sales_orders: Math.ceil(invoices * 0.6) + 1,
    purchase_orders: Math.ceil(invoices / 4) + 1,
    bank_accounts,
    months: over(12),
    /** Per account and month; in pairs, so that the balance stays near where it was. */
    transaction_pairs: Math.ceil(invoices / (bank_accounts * 12)),
    /** The invoices' own come first. */
    journal_entries: Math.max(invoices, over(2 * invoices)),
    /** Per product and warehouse, beside the first. */
    movement_pairs: over(2),
    leads: Math.ceil(invoices / 20) + 2,
    ai_jobs: Math.ceil(invoices / 5) + 2,
    // Every third tenant never used these: their tables are empty.
    reports: no % 3 === 0 ? 0 : over(12),
    wallets: no % 3 === 0 ? 0 : 4,
  }
}
