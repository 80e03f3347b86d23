/** The walk through SQL: as visitor in the attacker's sealed context, compared with a world without victims. */
import type { Catalog } from './catalog.ts'
import type { House, Person } from './house.ts'
import { outcomeText, type Probe } from './probe.ts'
import type { Samples } from './samples.ts'
import type { Outcome, Session } from './session.ts'
import { readProbes } from './sqlReads.ts'
import { sessionProbes } from './sqlSession.ts'
import { writeProbes } from './sqlWrites.ts'
import type { Leak, Watch } from './watch.ts'

/**
 * Everything that the catalog gives to try, for one person.
 * @param reads with `few` only a look at each table: which rows are there is the same for every role
 */
export function sqlProbes(
  catalog: Catalog,
  samples: ReadonlyMap<string, Samples>,
  house: House,
  person: Person,
  reads: 'all' | 'few' = 'all',
): Probe[] {
  const isWanted = ({ name }: Probe) => reads === 'all' || /: (star|count|all columns|no context)$/.test(name)
  const probes = [
    ...sessionProbes(catalog, house, person.context),
    ...catalog.tables.flatMap(table => [
      ...readProbes(table, samples.get(table.name), house).filter(isWanted),
      ...writeProbes(table, samples.get(table.name), house),
    ]),
  ]
  const seen = new Set<string>()
  return probes.filter(({ name }) => !seen.has(name) && seen.add(name))
}

/** What the probes give where nobody else exists, by name. */
export type Baseline = Map<string, string>

export async function readBaseline(session: Session, probes: readonly Probe[]): Promise<Baseline> {
  const baseline: Baseline = new Map()
  for (const probe of probes)
    baseline.set(probe.name, outcomeText(await session.attempt(probe.sql, probe.values)))
  return baseline
}

/** @param patience leaks after which it stops; all of them by default */
export async function sqlWalk(
  session: Session,
  probes: readonly Probe[],
  baseline: ReadonlyMap<string, string>,
  watch: Watch,
  patience = Number.POSITIVE_INFINITY,
): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const probe of probes) {
    const outcome = await session.attempt(probe.sql, probe.values)
    const what = judge(probe, outcome, baseline.get(probe.name), watch)
    if (what !== undefined) leaks.push({ where: `sql: ${probe.name}`, what })
    if (leaks.length >= patience) break
  }
  return leaks
}

function judge(probe: Probe, outcome: Outcome, alone: string | undefined, watch: Watch): string | undefined {
  const { refused, varies, echoes, sums, values = [] } = probe
  if (refused !== undefined && !refused.test(outcome.code ?? 'done')) {
    return `must be refused (${refused.source}), and got: ${outcome.code ?? 'done'} ${outcome.said}`
  }
  // What was sent may come back in a message; what was not may not.
  const told = `${outcome.said}\n${outcome.around}`
  const sent = [...values, ...probe.sql.flatMap(text => text.match(/[\w-]{4,}/g) ?? [])]
  const unsent = watch.text(told) === undefined ? '' : sent.reduce<string>(without, told)
  const seen =
    (echoes ? undefined : watch.value(outcome.rows, { sums: sums === true })) ??
    watch.text(unsent) ??
    watch.text(outcome.copied)
  if (seen !== undefined) return `shows ${seen}`
  // Refused is refused, in whatever words.
  if (varies || alone === undefined || refused !== undefined) return undefined
  const here = outcomeText(outcome)
  return here === alone ? undefined : `answers ${here.slice(0, 200)} and not ${alone.slice(0, 200)}`
}

const without = (text: string, word: unknown): string =>
  typeof word === 'string' && word !== '' ? text.replaceAll(word, '…') : text
