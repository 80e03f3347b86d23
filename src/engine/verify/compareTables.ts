/** Every table's rows against their source, as many tables at once as there are connections. Reads only. */
import type { Listener } from '../apply/events.ts'
import { keepAllBusy } from '../apply/lanes.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { nameOf } from '../plan/targetTable.ts'
import { compareAcross, type Ends } from './compareAcross.ts'
import { mergedRows } from './compareMerged.ts'
import { compareRows, type HashedMismatch, type Mismatch } from './compareRows.ts'
import { sharing } from './shared.ts'
import { inTransaction, sourceTotals, type Total, targetTotals } from './totals.ts'

/** What one organization has in one table: the source's count and sum of hashes, and whether the target's are the same. */
export type Compared = {
  readonly table: string
  readonly organization: string
  readonly rows: number
  readonly checksum: string
  readonly equal: boolean
}

export type Comparison = {
  readonly compared: readonly Compared[]
  readonly mismatches: readonly Mismatch[]
  /** Rows of the new tables, wherever they stand, by table, by organization id. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** At most this many rows are named per organization and table. */
const named = 100

/** The largest first, each by one connection. @param jobs how many there are */
export function comparing(plan: Plan, jobs: number, listen: Listener) {
  const found = new Map<string, Awaited<ReturnType<typeof compareTable>>>()
  const isBusy = keepAllBusy(plan.tables, jobs)
  const largestFirst = [...plan.tables].sort((a, b) => b.rows - a.rows)
  const compare = sharing<PlannedTable, Ends>(largestFirst, async (ends, table) => {
    const one = await compareTable(ends, plan, table)
    found.set(table.source, one)
    const place = { at: found.size, of: plan.tables.length }
    const rows = one.compared.reduce((sum, { rows: own }) => sum + own, 0)
    listen({
      type: 'table-compared',
      table: nameOf(table),
      rows,
      mismatches: one.mismatches.length,
      place,
    })
  })
  return {
    async work(ends: Ends): Promise<void> {
      if (isBusy) await withoutHelpers(ends)
      await compare(ends)
      if (isBusy) await withHelpers(ends)
    },
    /** When everybody is done. */
    found(): Comparison {
      const all = plan.tables.flatMap(table => found.get(table.source) ?? [])
      return {
        compared: all.flatMap(({ compared }) => compared),
        mismatches: nameMoves(all.flatMap(({ mismatches }) => mismatches)),
        counts: new Map(all.map(({ table, counts }) => [table, counts])),
      }
    },
  }
}

const helpers = 'max_parallel_workers_per_gather'
const both = ({ source, target }: Ends) => [...new Set([source, target])]
const withoutHelpers = (ends: Ends) =>
  Promise.all(both(ends).map(client => client.query(`set ${helpers} to 0`)))
/** What is asked afterwards is timed, as it would be for anybody. */
const withHelpers = (ends: Ends) => Promise.all(both(ends).map(client => client.query(`reset ${helpers}`)))

async function compareTable(ends: Ends, plan: Plan, table: PlannedTable) {
  const isOne = ends.source === ends.target
  const target = await targetTotals(ends.target, table, plan)
  const merged = table.merge === null ? null : await mergedRows(ends.target, plan, table, named)
  const source = await sourceTotals(ends.source, table, plan)
  const compared: Compared[] = []
  const mismatches: HashedMismatch[] = []
  for (const organization of plan.organizations) {
    const expected = source.get(organization.id) ?? nothing
    const here = target.get(organization.id) ?? nothing
    const equal = expected.count === here.count && expected.sum === here.sum
    compared.push({
      table: nameOf(table),
      organization: organization.slug,
      rows: Number(expected.count),
      checksum: expected.sum,
      equal,
    })
    if (equal) continue
    mismatches.push(
      ...(isOne
        ? await inTransaction(ends.target, () => compareRows(ends.target, plan, table, organization, named))
        : await compareAcross(ends, plan, table, organization, named)),
    )
  }
  // A table that was there may have rows of its own.
  mismatches.push(...(merged?.mismatches ?? (table.adopted === null ? strangers(target, plan, table) : [])))
  // A merged table's rows are there for everybody.
  const counts = merged
    ? new Map(plan.organizations.map(({ id }) => [id, merged.count]))
    : new Map([...target].map(([id, total]) => [id, Number(total.count)]))
  return { table: nameOf(table), compared, mismatches, counts }
}

const nothing = { count: '0', sum: '0' }

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
function nameMoves(mismatches: readonly HashedMismatch[]): Mismatch[] {
  const missing = mismatches.filter(({ reason }) => reason === 'missing')
  return mismatches.map(({ hash, ...mismatch }) => {
    if (hash === undefined) return mismatch
    const same = (other: HashedMismatch) =>
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
