/**
 * Before and after: the typical queries of the baseline, asked of the shared tables as a member of each organization.
 * Another answer is a difference. A plan that reads other organizations' rows and a longer time are told, and decide
 * nothing: machines are noisy.
 */
import type pg from 'pg'
import { literal } from '../postgres/identifiers.ts'
import { type Answered, askSource } from './askSource.ts'
import type { Mismatch } from './compareRows.ts'
import type { Listener } from './events.ts'
import { type Measured, measure } from './measure.ts'
import { asMember } from './member.ts'
import { measured } from './operationsOf.ts'
import { type Organization, type Plan, tableOf } from './plan.ts'
import type { Quarantined } from './quarantine.ts'
import { nameOf } from './targetTable.ts'
import { queryText, type TypicalQuery } from './typical.ts'

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

/** How many rows of others a plan may read past before it is told. */
const othersRead = 1000

type Times = { readonly before: number; readonly after: number; readonly wall: number }

/** The wall's price is known and does not grow with the data; what is left must be as fast as before. */
const isSlower = ({ before, after, wall }: Times) => after - wall > 1.1 * before + 0.1

/** What the wall asks once per table and statement, and what a private table's doors ask after it. */
const wallQueries = [
  'select (select app_hidden.current_organization_id())',
  'select (select app_hidden.can_administer())',
]
const noConstants = `select '{}'::text[]`

/**
 * @param counts rows by new table, by organization id
 * @param narrowed tables whose doors hide rows from everybody: their answers are other ones on purpose
 * @param quarantined rows that no member sees: an organization's answers about such a table are other ones too
 * @param source where the old schemas are, when on another server: nothing was recorded, and it is asked now
 */
export async function comparePerformance(
  client: pg.ClientBase,
  plan: Plan,
  counts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  narrowed: ReadonlySet<string>,
  quarantined: readonly Quarantined[],
  listen: Listener,
  source: pg.ClientBase | null = null,
): Promise<{ performance: Performance; mismatches: Mismatch[] }> {
  const isOpen = (source: string) => !narrowed.has(nameOf(tableOf(plan, source)))
  const open = plan.typical.filter(
    ({ table, parent }) => isOpen(table) && (parent === null || isOpen(parent.table)),
  )
  const typical = new Map(open.map(query => [query.name, query]))
  const away = new Set(quarantined.map(one => `${one.organization} ${one.table}`))
  const isMissingRows = ({ table, parent }: TypicalQuery, { slug }: Organization) =>
    [table, ...(parent === null ? [] : [parent.table])].some(one =>
      away.has(`${slug} ${nameOf(tableOf(plan, one))}`),
    )
  const leads = await leadingColumns(client, plan)
  const mismatches: Mismatch[] = []
  const slower: Slower[] = []
  let queries = 0
  const asked = source === null ? await withBaseline(client, plan) : askedElsewhere(plan)
  for (const [index, organization] of asked.entries()) {
    const elsewhere = source === null ? [] : await askSource(source, plan, organization)
    await asMember(client, plan, organization, async () => {
      // From here the login's own role: measure() becomes the visitor for the query alone.
      await client.query('set local role none')
      const rows = source === null ? await baselinesOf(client, plan, organization) : elsewhere
      const price = await priceOfWall(client, plan)
      for (const baseline of rows) {
        const query = typical.get(baseline.query)
        if (query === undefined || isMissingRows(query, organization)) continue
        queries++
        const about = { organization: organization.slug, table: nameOf(tableOf(plan, query.table)) }
        const ask = () => again(client, plan, query, baseline)
        const found = await ask()
        if ('failure' in found || !(await isAnswer(client, baseline, found.answer))) {
          mismatches.push({ ...about, key: null, reason: difference(baseline, found) })
          continue
        }
        if (!isRecorded(baseline)) continue
        const told = { ...about, query: query.name }
        const reads = readsOfOthers(plan, query, organization, found, leads, counts)
        const times = await fairTimes(client, baseline, { ...found, wall: price * found.checks }, ask)
        slower.push(...reads.map(reason => ({ ...told, ...times, reason })))
        if (isSlower(times)) slower.push({ ...told, ...times, reason: 'takes longer' })
      }
    })
    listen({
      type: 'measured',
      organization: organization.slug,
      place: { at: index + 1, of: asked.length },
    })
  }
  return {
    performance: { organizations: asked.length, queries, slower, timed: source === null },
    mismatches,
  }
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
  const old = await askOld(client, baseline)
  return !('failure' in old) && old.answer === answer
}

/** The stored statement has its constants in it already. */
const askOld = (client: pg.ClientBase, { statement }: Pick<Baseline, 'statement'>) =>
  measure(client, statement.replaceAll('%', '%%'), noConstants, null)

const difference = ({ query, answer }: Answered, found: Measured | { failure: string }): string => {
  if ('failure' in found) return `the typical query "${query}" fails for a member: ${found.failure}`
  const rows = (text: string) => text.replace(/ rows.*$/, '')
  const [before, after] = [rows(answer), rows(found.answer)]
  return `the typical query "${query}" is answered otherwise than before the fold: ${
    before === after ? `${after} rows, other values or another order` : `${before} rows before, ${after} now`
  }`
}

/** Of one question, in ms: the dearer of the two. */
async function priceOfWall(client: pg.ClientBase, plan: Plan): Promise<number> {
  const prices: number[] = []
  for (const query of wallQueries) {
    const found = await measure(client, query, noConstants, plan.roles.visitor)
    prices.push('failure' in found ? 0 : found.milliseconds)
  }
  return Math.max(...prices)
}

/** How often what seems slow is asked again. */
const attempts = 3

/** Seems slow? Then both forms are asked again, so that a machine that is busy now is not blamed on the fold. */
async function fairTimes(
  client: pg.ClientBase,
  { statement, milliseconds }: Baseline,
  { milliseconds: after, wall }: Pick<Measured, 'milliseconds'> & { readonly wall: number },
  asked: () => Promise<Measured | { failure: string }>,
): Promise<Times> {
  let times = { before: Number(milliseconds), after, wall }
  for (let left = attempts; left > 0 && isSlower(times); left--) {
    const old = await askOld(client, { statement })
    const next = await asked()
    times = {
      before: Math.max(times.before, 'failure' in old ? 0 : old.milliseconds),
      after: Math.min(times.after, 'failure' in next ? times.after : next.milliseconds),
      wall,
    }
  }
  return times
}

/** One reason per table that was read past the scope column although others have many rows in it. */
function readsOfOthers(
  plan: Plan,
  query: TypicalQuery,
  { id }: Organization,
  { scans }: Measured,
  leads: ReadonlyMap<string, string | null>,
  counts: ReadonlyMap<string, ReadonlyMap<string, number>>,
): string[] {
  const sources = new Set([query.table, ...(query.parent === null ? [] : [query.parent.table])])
  return [...sources].flatMap(source => {
    const table = tableOf(plan, source)
    const rows = counts.get(nameOf(table)) ?? new Map<string, number>()
    const others = [...rows].reduce((sum, [owner, count]) => (owner === id ? sum : sum + count), 0)
    if (others <= othersRead) return []
    const wrong = scans.find(({ node, table: read, index }) =>
      index === null
        ? node === 'Seq Scan' && read === table.target.name
        : leads.get(`${nameOf(table)} ${index}`) !== undefined &&
          leads.get(`${nameOf(table)} ${index}`) !== plan.scopeColumn,
    )
    if (wrong === undefined) return []
    const how = wrong.index === null ? 'without an index' : `through index ${wrong.index}, which is not`
    return [`reads ${nameOf(table)} ${how} led by ${plan.scopeColumn}, past ${others} rows of others`]
  })
}

/** `hr.employees employees_pkey` → the index's first column; null where that is an expression. */
async function leadingColumns(client: pg.ClientBase, plan: Plan): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ table: string; index: string; column: string | null }>(
    `select wanted.name as table, x.relname as index, a.attname as column
from unnest($1::text[]) as wanted (name)
join pg_index i on i.indrelid = to_regclass(wanted.name)
join pg_class x on x.oid = i.indexrelid
left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attnum > 0`,
    [plan.tables.map(nameOf)],
  )
  return new Map(rows.map(({ table, index, column }) => [`${table} ${index}`, column]))
}
