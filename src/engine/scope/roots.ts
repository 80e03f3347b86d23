/** Which table owners are people, accounts or customers of: by its name, and by how many tables lead to it. Pure. */
import type { Places } from './places.ts'
import { type Reference, wordsOf } from './references.ts'

/** In the order of preference. Not who works for the owner: employees, staff; nor who sells to it. */
const kinds = [
  ['tenant', 'organization', 'organisation', 'company', 'workspace'],
  ['account', 'customer', 'client', 'team', 'firm', 'agency', 'subscriber', 'shop', 'store'],
  ['user', 'member', 'person', 'profile'],
]

/** Rows of these are organizations themselves; people belong to one. */
export const isOrganization = (table: string): boolean => rankOf(table) < 2

/** The table's place among the kinds; beyond them when it is none. */
function rankOf(table: string): number {
  const last = wordsOf(table).at(-1) ?? ''
  const names = [last, last.replace(/ies$/, 'y'), last.replace(/s$/, ''), last === 'people' ? 'person' : last]
  const rank = kinds.findIndex(kind => names.some(name => kind.includes(name)))
  return rank < 0 ? kinds.length : rank
}

/** The proposal; null where no table is called like one. */
export function guessRoot({ all }: Places, references: readonly Reference[]): string | null {
  const [best] = all
    .filter(({ table }) => rankOf(table.name) < kinds.length)
    .map(({ source, table }) => ({
      source,
      rank: rankOf(table.name),
      reach: reaching(source, references).size,
    }))
    .sort((a, b) => b.reach - a.reach || a.rank - b.rank || (a.source < b.source ? -1 : 1))
  return best?.source ?? null
}

/** Tables from which references lead to the root, the root itself included. */
export function reaching(root: string, references: readonly Reference[]): Set<string> {
  const into = Map.groupBy(references, ({ to }) => to)
  const found = new Set([root])
  // A set that grows while it is walked ends when nothing is new: circles do not matter.
  for (const table of found) for (const { from } of into.get(table) ?? []) found.add(from)
  return found
}
