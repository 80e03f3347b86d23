/**
 * Plan → Report: is every row of the source in the target, once, byte for byte, in its organization; do constraints,
 * sequences and walls hold; does a visitor see exactly its own; do typical queries answer as before. Leaves nothing
 * behind: the member who asks is rolled back.
 */
import type pg from 'pg'
import { qualified } from '../../postgres/identifiers.ts'
import type { Listener } from '../apply/events.ts'
import { verifyQuery } from '../operations/index.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { readsFromItself } from '../shapes/reading.ts'
import type { Ends } from './compareAcross.ts'
import type { Mismatch } from './compareRows.ts'
import { type Compared, type Comparison, comparing } from './compareTables.ts'
import { comparePerformance, type Performance } from './performance.ts'
import { probing } from './probe.ts'
import { type Quarantined, readQuarantined, withQuarantines } from './quarantine.ts'
import { sharing } from './shared.ts'
import { sourceChanges } from './sourceChanges.ts'
import { inTransaction } from './totals.ts'

export type Report = {
  readonly ok: boolean
  readonly organizations: number
  readonly tables: number
  /** Rows compared. */
  readonly rows: number
  readonly mismatches: readonly Mismatch[]
  /** Each organization and table: the evidence. */
  readonly compared: readonly Compared[]
  readonly performance: Performance
  /** Tables of which not even an owner sees every row: their doors are narrower. */
  readonly narrowed: readonly string[]
  /** Rows that lead nowhere: compared, and in no tenant's sight. */
  readonly quarantined: readonly Quarantined[]
  /** Per organization, for status. */
  readonly perOrganization: ReadonlyMap<string, { rows: number; mismatches: number }>
}

/**
 * @param more further connections, to compare several tables at once
 * @param sources as many to the source, where that is another server
 */
export async function verify(
  client: pg.ClientBase,
  made: Plan,
  listen: Listener,
  more: readonly pg.ClientBase[] = [],
  sources: readonly pg.ClientBase[] = [],
): Promise<Report> {
  const source = sources[0] ?? client
  const plan = await withQuarantines(client, made)
  const quarantined = await readQuarantined(client, plan)
  if (await isGone(source, plan)) return reportOf(plan, await sourceChanges(source, plan))
  const pair = (target: pg.ClientBase, at: number): Ends => ({ target, source: sources[at] ?? target })
  const ends: [Ends, ...Ends[]] = [pair(client, 0), ...more.map((target, at) => pair(target, at + 1))]
  const tables = comparing(plan, ends.length, listen)
  const operations = checking(plan)
  const isolation = probing(plan, listen)
  // The first connection looks at the source's shape while the others compare rows, and then joins them.
  let changed: readonly Mismatch[] = []
  await Promise.all(
    ends.map(async (end, at) => {
      if (at === 0) changed = await sourceChanges(source, plan)
      await tables.work(end)
      await operations.work(end.target)
      await isolation.work(end.target)
    }),
  )
  const { compared, mismatches, counts } = tables.found()
  const visible = without(counts, quarantined, plan)
  const { mismatches: leaks, narrowed } = isolation.found(visible)
  const told = [...changed, ...mismatches, ...misplaced(quarantined, plan), ...operations.found(), ...leaks]
  const after = await comparePerformance(ends, plan, visible, narrowed, quarantined, listen)
  told.push(...unexplained(after.mismatches, told))
  return {
    ok: told.length === 0,
    organizations: plan.organizations.length,
    tables: plan.tables.length,
    rows: compared.reduce((sum, { rows }) => sum + rows, 0),
    mismatches: told,
    compared,
    performance: after.performance,
    narrowed: [...narrowed],
    quarantined,
    perOrganization: tally(plan, compared, told),
  }
}

function tally(
  plan: Plan,
  compared: readonly Compared[],
  told: readonly Mismatch[],
): Report['perOrganization'] {
  const bySlug = new Map(plan.organizations.map(({ slug }) => [slug, { rows: 0, mismatches: 0 }]))
  for (const { organization, rows } of compared) {
    const one = bySlug.get(organization)
    if (one) one.rows += rows
  }
  for (const { organization } of told) {
    // What is nobody's alone is everybody's: a wall, a key, a source that changed.
    const one = bySlug.get(organization ?? '')
    for (const concerned of one ? [one] : bySlug.values()) concerned.mismatches++
  }
  return new Map(
    plan.organizations.map(({ id, slug }) => [id, bySlug.get(slug) ?? { rows: 0, mismatches: 0 }]),
  )
}

/** True where a table of the source is not there any more: there is nothing to compare with. */
async function isGone(source: pg.ClientBase, plan: Plan): Promise<boolean> {
  const names = plan.organizations.flatMap(({ schema }) =>
    plan.tables.filter(table => readsFromItself(table, schema)).map(table => qualified(schema, table.source)),
  )
  const { rows } = await source.query<{ gone: boolean }>(
    'select exists (select from unnest($1::text[]) as wanted (name) where to_regclass(name) is null) as gone',
    [names],
  )
  return rows[0]?.gone === true
}

const reportOf = (plan: Plan, mismatches: readonly Mismatch[]): Report => ({
  ok: false,
  organizations: plan.organizations.length,
  tables: plan.tables.length,
  rows: 0,
  mismatches,
  compared: [],
  performance: { organizations: 0, queries: 0, slower: [], timed: true },
  narrowed: [],
  quarantined: [],
  perOrganization: new Map(plan.organizations.map(({ id }) => [id, { rows: 0, mismatches: 1 }])),
})

/** A row is put away by a key of its table, or it was put away by hand. */
const misplaced = (quarantined: readonly Quarantined[], { tables }: Plan): Mismatch[] =>
  quarantined
    .filter(
      ({ table, foreignKey }) =>
        !tables.some(one => nameOf(one) === table && one.foreignKeys.some(({ name }) => name === foreignKey)),
    )
    .map(({ organization, table, foreignKey, rows }) => ({
      organization,
      table,
      key: null,
      reason: `${rows} rows are in quarantine by ${foreignKey ?? 'nothing'}, which is no foreign key of the table`,
    }))

/** Rows that a member may see. */
const without = (
  counts: Comparison['counts'],
  quarantined: readonly Quarantined[],
  { organizations }: Plan,
): Comparison['counts'] => {
  const slugs = new Map(organizations.map(({ id, slug }) => [id, slug]))
  return new Map(
    [...counts].map(([table, perOrganization]) => [
      table,
      new Map(
        [...perOrganization].map(([id, rows]) => {
          const slug = slugs.get(id)
          const away = quarantined.filter(one => one.table === table && one.organization === slug)
          return [id, rows - away.reduce((sum, one) => sum + one.rows, 0)]
        }),
      ),
    ]),
  )
}

/** Another answer follows from rows that differ; it is told where none was found in the organization. */
function unexplained(answers: readonly Mismatch[], told: readonly Mismatch[]): Mismatch[] {
  const explained = new Set(told.map(({ organization }) => organization))
  return answers.filter(({ organization }) => !explained.has(organization))
}

/** Questions per query. Some look at a whole table. */
const together = 20

/** What each operation asks of the finished database, in few queries. */
function checking(plan: Plan) {
  const queries = plan.operations
    .map(operation => verifyQuery(operation, plan))
    .filter(query => query !== null)
  const parts = Array.from({ length: Math.ceil(queries.length / together) }, (_, at) =>
    queries
      .slice(at * together, (at + 1) * together)
      .map(query => `select * from (${query}) q (fault)`)
      .join('\nunion all\n'),
  )
  const found = new Map<string, readonly string[]>()
  return {
    work: sharing<string, pg.ClientBase>(parts, async (client, text) => {
      const { rows } = await inTransaction(client, () => client.query<{ fault: string }>(text))
      found.set(
        text,
        rows.map(({ fault }) => fault),
      )
    }),
    /** When everybody is done. */
    found: (): Mismatch[] =>
      parts
        .flatMap(text => found.get(text) ?? [])
        .map(fault => ({ organization: null, table: null, key: null, reason: fault })),
  }
}
