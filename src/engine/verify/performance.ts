/**
 * Before and after: the typical queries of the baseline, asked of the shared tables as a member of each organization.
 * Another answer is a difference. A plan that reads other organizations' rows and a longer time are told, and decide
 * nothing: machines are noisy.
 */
import type pg from 'pg'
import { literal } from '../../postgres/identifiers.ts'
import type { Listener } from '../apply/events.ts'
import { measured } from '../plan/operationsOf.ts'
import { type Organization, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { queryText, type TypicalQuery } from '../plan/typical.ts'
import { type Answered, askSource } from './askSource.ts'
import type { Ends } from './compareAcross.ts'
import type { Mismatch } from './compareRows.ts'
import { type Measured, measure } from './measure.ts'
import { asMember } from './member.ts'
import { leadingColumns, readsOfOthers } from './othersRead.ts'
import type { Quarantined } from './quarantine.ts'
import { sharing } from './shared.ts'
import { askOld, isSlower, mildTimes, priceOfWall, type Times } from './timing.ts'

export type Performance = {
  /** Organizations that were asked: all, or of very many a part, evenly spread (operationsOf.ts). */
  readonly organizations: number
  /** Queries that were asked, over all organizations. */
  readonly queries: number
  readonly slower: readonly Slower[]
  /** False: asked on two servers, whose times cannot be compared. */
  readonly timed: boolean
}

/** Times are in ms, the database's own. */
export type Slower = {
  readonly organization: string
  readonly table: string
  readonly query: string
  readonly before: number
  readonly after: number
  /** The part of `after` that the wall's and the doors' own questions take, about. */
  readonly wall: number
  readonly reason: string
}

type Baseline = Answered & { readonly statement: string; readonly milliseconds: string }

/** What a comparison needs to know of the shared tables. */
type Known = {
  readonly plan: Plan
  /** Queries that an organization can be asked. */
  readonly open: (organization: Organization) => ReadonlyMap<string, TypicalQuery>
  /** Rows by new table, by organization id. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly leads: ReadonlyMap<string, string | null>
}

/** What an organization answered, and what has to be asked again before it is said. */
type Asked = {
  readonly queries: number
  readonly mismatches: readonly Mismatch[]
  readonly suspects: readonly Suspect[]
}

type Suspect = {
  readonly query: TypicalQuery
  readonly baseline: Baseline
  readonly times: Times
  /** That it reads rows of others. */
  readonly reads: readonly string[]
}

/**
 * Organizations are asked side by side; what seems slow then is asked again when nobody else asks.
 * @param ends at least one; where the old schemas are on another server nothing was recorded, and the source is asked now
 * @param counts rows by new table, by organization id
 * @param narrowed tables whose doors hide rows from everybody: their answers are other ones on purpose
 * @param quarantined rows that no member sees: an organization's answers about such a table are other ones too
 */
export async function comparePerformance(
  ends: readonly [Ends, ...Ends[]],
  plan: Plan,
  counts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  narrowed: ReadonlySet<string>,
  quarantined: readonly Quarantined[],
  listen: Listener,
): Promise<{ performance: Performance; mismatches: Mismatch[] }> {
  const client = ends[0].target
  const leads = await leadingColumns(client, plan)
  const known: Known = { plan, counts, leads, open: openQueries(plan, narrowed, quarantined) }
  const asked = plan.source === null ? await withBaseline(client, plan) : askedElsewhere(plan)
  const answers = new Map<Organization, Asked>()
  const ask = sharing<Organization, Ends>(asked, async (end, next) => {
    answers.set(next, await askOne(end, known, next))
    const place = { at: answers.size, of: asked.length }
    listen({ type: 'measured', organization: next.slug, place })
  })
  await Promise.all(ends.map(ask))
  const slower: Slower[] = []
  for (const organization of asked) {
    const suspects = answers.get(organization)?.suspects ?? []
    if (suspects.length > 0) slower.push(...(await askAgain(client, plan, organization, suspects)))
  }
  const all = asked.flatMap(organization => answers.get(organization) ?? [])
  return {
    performance: {
      organizations: asked.length,
      queries: all.reduce((sum, { queries }) => sum + queries, 0),
      slower,
      timed: plan.source === null,
    },
    mismatches: all.flatMap(({ mismatches }) => mismatches),
  }
}

function openQueries(
  plan: Plan,
  narrowed: ReadonlySet<string>,
  quarantined: readonly Quarantined[],
): Known['open'] {
  const tables = ({ table, parent }: TypicalQuery) =>
    [table, ...(parent === null ? [] : [parent.table])].map(source => nameOf(tableOf(plan, source)))
  const away = new Set(quarantined.map(one => `${one.organization} ${one.table}`))
  return ({ slug }) =>
    new Map(
      plan.typical
        .filter(query => tables(query).every(name => !narrowed.has(name) && !away.has(`${slug} ${name}`)))
        .map(query => [query.name, query]),
    )
}

async function askOne({ target, source }: Ends, known: Known, organization: Organization): Promise<Asked> {
  const { plan, counts, leads } = known
  const open = known.open(organization)
  const mismatches: Mismatch[] = []
  const suspects: Suspect[] = []
  let queries = 0
  const elsewhere = plan.source === null ? [] : await askSource(source, plan, organization)
  await asMember(target, plan, organization, async () => {
    // From here the login's own role: measure() becomes the visitor for the query alone.
    await target.query('set local role none')
    const rows = plan.source === null ? await baselinesOf(target, plan, organization) : elsewhere
    const price = await priceOfWall(target, plan)
    for (const baseline of rows) {
      const query = open.get(baseline.query)
      if (query === undefined) continue
      queries++
      const found = await again(target, plan, query, baseline)
      if ('failure' in found || !(await isAnswer(target, baseline, found.answer))) {
        const table = nameOf(tableOf(plan, query.table))
        mismatches.push({
          organization: organization.slug,
          table,
          key: null,
          reason: difference(baseline, found),
        })
        continue
      }
      if (!isRecorded(baseline)) continue
      const reads = readsOfOthers(plan, query, organization, found, leads, counts)
      const wall = price * found.checks
      const times = { before: Number(baseline.milliseconds), after: found.milliseconds, wall }
      if (reads.length > 0 || isSlower(times)) suspects.push({ query, baseline, times, reads })
    }
  })
  return { queries, mismatches, suspects }
}

async function askAgain(
  client: pg.ClientBase,
  plan: Plan,
  organization: Organization,
  suspects: readonly Suspect[],
): Promise<Slower[]> {
  const slower: Slower[] = []
  await asMember(client, plan, organization, async () => {
    await client.query('set local role none')
    for (const { query, baseline, times: first, reads } of suspects) {
      const times = await mildTimes(client, baseline.statement, first, () =>
        again(client, plan, query, baseline),
      )
      const told = {
        organization: organization.slug,
        table: nameOf(tableOf(plan, query.table)),
        query: query.name,
      }
      slower.push(...reads.map(reason => ({ ...told, ...times, reason })))
      if (isSlower(times)) slower.push({ ...told, ...times, reason: 'takes longer' })
    }
  })
  return slower
}

const isRecorded = (one: Baseline | Answered): one is Baseline => 'statement' in one

/** As many as apply would have recorded something of. */
function askedElsewhere(plan: Plan): Organization[] {
  const asked = new Set(measured(plan.organizations.map(({ schema }) => schema)))
  return plan.organizations.filter(({ schema }) => asked.has(schema))
}

async function baselinesOf(client: pg.ClientBase, plan: Plan, { id }: Organization): Promise<Baseline[]> {
  const { rows } = await client.query<Baseline>(
    `select query, statement, constants, answer, milliseconds from rowhouse.baselines
where plan_id = $1 and organization_id = $2 order by query`,
    [plan.id, id],
  )
  return rows
}

/** Organizations that something was recorded of. */
async function withBaseline(client: pg.ClientBase, plan: Plan): Promise<Organization[]> {
  const { rows } = await client.query<{ id: string }>(
    'select distinct organization_id as id from rowhouse.baselines where plan_id = $1',
    [plan.id],
  )
  const recorded = new Set(rows.map(({ id }) => id))
  return plan.organizations.filter(({ id }) => recorded.has(id))
}

/** The shared tables' form of a query, with the constants of then. */
function again(client: pg.ClientBase, plan: Plan, query: TypicalQuery, { constants }: Answered) {
  const text = queryText(query, source => nameOf(tableOf(plan, source)), plan.scopeColumn)
  const values = constants.map(literal).join(', ')
  return measure(client, text, `select array[${values}]::text[]`, plan.roles.visitor)
}

/** As recorded, or as the old schema answers by now: rows that were mended after the recording are no difference. */
async function isAnswer(
  client: pg.ClientBase,
  baseline: Baseline | Answered,
  answer: string,
): Promise<boolean> {
  if (answer === baseline.answer) return true
  if (!isRecorded(baseline)) return false
  const old = await askOld(client, baseline.statement)
  return !('failure' in old) && old.answer === answer
}

const difference = ({ query, answer }: Answered, found: Measured | { failure: string }): string => {
  if ('failure' in found) return `the typical query "${query}" fails for a member: ${found.failure}`
  const rows = (text: string) => text.replace(/ rows.*$/, '')
  const [before, after] = [rows(answer), rows(found.answer)]
  return `the typical query "${query}" is answered otherwise than before the fold: ${
    before === after ? `${after} rows, other values or another order` : `${before} rows before, ${after} now`
  }`
}
