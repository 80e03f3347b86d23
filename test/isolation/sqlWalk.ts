/** The walk through SQL: as visitor in the attacker's sealed context, compared with a world without victims. */
import { type Catalog, unlike } from './catalog.ts'
import type { House, Person } from './house.ts'
import { outcomeText, type Probe } from './probe.ts'
import type { Samples } from './samples.ts'
import type { Outcome, Session } from './session.ts'
import { readProbes } from './sqlReads.ts'
import { sessionProbes } from './sqlSession.ts'
import { writeProbes } from './sqlWrites.ts'
import type { Leak, Watch } from './watch.ts'

/**
 * How much of each table is tried: `whole` all; `doors` what shows its doors, behind which everybody meets the same wall;
 * `special` all of the tables whose doors are not like the others', and of the rest a look.
 */
export type Reach = 'whole' | 'doors' | 'special'

/** Everything that the catalog gives to try, for one person. */
export function sqlProbes(
  catalog: Catalog,
  samples: ReadonlyMap<string, Samples>,
  house: House,
  person: Person,
  reach: Reach = 'whole',
): Probe[] {
  const special = unlike(catalog.tables)
  const look = /: (star|count|all columns|no context)$/
  const door = /: (delete .*|insert .*|update \S+ of \S+|scope to \S+|right to .*)$/
  const isWanted = ({ name, table = '' }: Probe) =>
    reach === 'whole' ||
    look.test(name) ||
    (reach === 'doors' && door.test(name)) ||
    (reach === 'special' && special.has(table))
  const probes = [
    ...sessionProbes(catalog, house, person.context),
    ...catalog.tables.flatMap(table =>
      [
        ...readProbes(table, samples.get(table.name), house),
        ...writeProbes(table, samples.get(table.name), house, catalog.tables),
      ].filter(isWanted),
    ),
  ]
  const seen = new Set<string>()
  return probes.filter(({ name }) => !seen.has(name) && seen.add(name))
}

/** What the probes give where nobody else exists, in their order. */
export const readBaseline = async (session: Session, probes: readonly Probe[]): Promise<string[]> =>
  (await session.attempt(probes)).map(outcomeText)

/** @param baseline where nobody else exists: it is asked at the same time */
export async function sqlWalk(
  session: Session,
  probes: readonly Probe[],
  baseline: Promise<readonly string[]>,
  watch: Watch,
): Promise<Leak[]> {
  const [outcomes, alone] = await Promise.all([session.attempt(probes), baseline])
  return probes.flatMap((probe, at): Leak[] => {
    const what = judge(probe, outcomes[at] as Outcome, alone[at], watch)
    return what === undefined ? [] : [{ where: `sql: ${probe.name}`, what }]
  })
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
