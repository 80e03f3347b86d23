/**
 * Plan → Report: is every row of the source in the target, once, byte for byte, in its organization; do constraints,
 * sequences and walls hold; does a visitor see exactly its own; do typical queries answer as before. Leaves nothing behind: the member who asks is rolled
 * back.
 */
import type pg from 'pg'
import { type Catalog, readCatalog } from './catalog.ts'
import { compareRows, type Mismatch } from './compareRows.ts'
import type { Listener } from './events.ts'
import { verifyQuery } from './operations/index.ts'
import { comparePerformance, type Performance } from './performance.ts'
import type { Plan } from './plan.ts'
import { probe } from './probe.ts'
import { readRegistry } from './registry.ts'
import { readsPlainly } from './shapes/reading.ts'
import { sourceChanges } from './sourceChanges.ts'
import type { PlannedTable } from './targetTable.ts'
import { nameOf } from './targetTable.ts'
import { batch, inTransaction, sourceTotals, sumOf, type Total, targetTotals } from './totals.ts'

export type Report = {
  readonly ok: boolean
  readonly organizations: number
  readonly tables: number
  /** Rows compared. */
  readonly rows: number
  readonly mismatches: readonly Mismatch[]
  readonly performance: Performance
  /** Tables of which not even an owner sees every row: their doors are narrower. */
  readonly narrowed: readonly string[]
  /** Per organization, for status. */
  readonly perOrganization: ReadonlyMap<string, { rows: number; mismatches: number }>
}

/** At most this many rows are named per organization and table. */
const named = 100

export async function verify(client: pg.ClientBase, plan: Plan, listen: Listener): Promise<Report> {
  const catalog = await readCatalog(client)
  const registry = await readRegistry(client, catalog, plan.discover ?? undefined)
  const changes = sourceChanges(catalog, registry, plan)
  if (isGone(catalog, plan)) return reportOf(plan, changes)
  const mismatches: Mismatch[] = []
  const perOrganization = new Map(plan.organizations.map(({ id }) => [id, { rows: 0, mismatches: 0 }]))
  const visible = new Map<string, Map<string, number>>()
  let rows = 0
  for (const [index, table] of plan.tables.entries()) {
    const before = mismatches.length
    const target = await targetTotals(client, table, plan)
    const source = await sourceTotals(client, table, plan)
    visible.set(nameOf(table), new Map([...target].map(([id, total]) => [id, Number(total.count)])))
    for (const organization of plan.organizations) {
      const expected = source.get(organization.id) ?? { count: '0', sum: '0' }
      const found = target.get(organization.id) ?? { count: '0', sum: '0' }
      rows += Number(expected.count)
      const tally = perOrganization.get(organization.id)
      if (tally) tally.rows += Number(expected.count)
      if (expected.count === found.count && expected.sum === found.sum) continue
      mismatches.push(
        ...(await inTransaction(client, () => compareRows(client, plan, table, organization, named))),
      )
    }
    mismatches.push(...strangers(target, plan, table))
    const place = { at: index + 1, of: plan.tables.length }
    listen({
      type: 'table-compared',
      table: nameOf(table),
      rows: sumOf(source),
      mismatches: mismatches.length - before,
      place,
    })
  }
  const told = [...changes, ...nameMoves(mismatches)]
  told.push(...(await faults(client, plan)))
  const { mismatches: leaks, narrowed } = await probe(client, plan, visible, listen)
  told.push(...leaks)
  const after = await comparePerformance(client, plan, visible, narrowed, listen)
  told.push(...unexplained(after.mismatches, told))
  const bySlug = new Map(plan.organizations.map(({ slug, id }) => [slug, id]))
  for (const { organization } of told) {
    const tally = perOrganization.get(bySlug.get(organization ?? '') ?? '')
    if (tally) tally.mismatches++
  }
  return {
    ok: told.length === 0,
    organizations: plan.organizations.length,
    tables: plan.tables.length,
    rows,
    mismatches: told,
    performance: after.performance,
    narrowed: [...narrowed],
    perOrganization,
  }
}

/** True where a table of the source is not there any more: there is nothing to compare with. */
function isGone(catalog: Catalog, plan: Plan): boolean {
  const there = new Set(catalog.tables.map(({ schema, name }) => `${schema}.${name}`))
  return plan.organizations.some(({ schema }) =>
    plan.tables.some(table => readsPlainly(table, schema, []) && !there.has(`${schema}.${table.source}`)),
  )
}

const reportOf = (plan: Plan, mismatches: readonly Mismatch[]): Report => ({
  ok: false,
  organizations: plan.organizations.length,
  tables: plan.tables.length,
  rows: 0,
  mismatches,
  performance: { queries: 0, slower: [] },
  narrowed: [],
  perOrganization: new Map(plan.organizations.map(({ id }) => [id, { rows: 0, mismatches: 1 }])),
})

/** Another answer follows from rows that differ; it is told where none was found in the organization. */
function unexplained(answers: readonly Mismatch[], told: readonly Mismatch[]): Mismatch[] {
  const explained = new Set(told.map(({ organization }) => organization))
  return answers.filter(({ organization }) => !explained.has(organization))
}

/** Rows of organizations that the plan does not know. */
function strangers(target: ReadonlyMap<string, Total>, plan: Plan, table: PlannedTable): Mismatch[] {
  const known = new Set(plan.organizations.map(({ id }) => id))
  return [...target.values()]
    .filter(({ organization }) => !known.has(organization))
    .map(({ organization, count }) => ({
      organization,
      table: nameOf(table),
      key: null,
      reason: `${count} rows belong to an organization that the plan does not know`,
    }))
}

/** A row that is missing here and was added there, alike, was moved: both ends say so. */
function nameMoves(mismatches: readonly (Mismatch & { hash?: string })[]): Mismatch[] {
  const missing = mismatches.filter(({ reason }) => reason === 'missing')
  return mismatches.map(({ hash, ...mismatch }) => {
    if (hash === undefined) return mismatch
    const same = (other: Mismatch & { hash?: string }) =>
      other.hash === hash && other.table === mismatch.table && other.organization !== mismatch.organization
    if (mismatch.reason === 'added') {
      const from = missing.find(other => same(other))
      if (from) return { ...mismatch, reason: `moved here from organization ${from.organization}` }
    }
    if (mismatch.reason === 'missing') {
      const to = mismatches.find(other => other.reason === 'added' && same(other))
      if (to) return { ...mismatch, reason: `moved to organization ${to.organization}` }
    }
    return mismatch
  })
}

/** What each operation asks of the finished database, in few queries. */
async function faults(client: pg.ClientBase, plan: Plan): Promise<Mismatch[]> {
  const queries = plan.operations
    .map(operation => verifyQuery(operation, plan))
    .filter(query => query !== null)
  const found: Mismatch[] = []
  for (let start = 0; start < queries.length; start += batch) {
    const text = queries
      .slice(start, start + batch)
      .map(query => `select * from (${query}) q (fault)`)
      .join('\nunion all\n')
    const { rows } = await inTransaction(client, () => client.query<{ fault: string }>(text))
    found.push(...rows.map(({ fault }) => ({ organization: null, table: null, key: null, reason: fault })))
  }
  return found
}
