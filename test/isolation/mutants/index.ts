/**
 * Changes to a database that each break the isolation in one place. A walk that does not notice one of them proves
 * nothing. Made from the catalog, so that a new table brings its own.
 */
import { type Table, unlike } from '../catalog.ts'
import { isPlanted } from '../plants.ts'
import type { World } from '../world.ts'
import { checks } from './checks.ts'
import { detours } from './detours.ts'
import { grants } from './grants.ts'
import { keys } from './keys.ts'
import type { Mutant } from './mutant.ts'
import { roleGrants } from './roles.ts'
import { walls } from './walls.ts'

export async function mutants({ admin, catalog, system }: World): Promise<Mutant[]> {
  const walled = catalog.tables.filter(
    ({ kind, scope, reachable }) => kind === 'r' && scope !== undefined && reachable,
  )
  const planted = new Set(catalog.tables.filter(isPlanted).map(({ name }) => name))
  const special = unlike(catalog.tables)
  // Behind a private door a member sees too little to notice anything.
  const inside = (table: Table, made: readonly Mutant[]) =>
    made.map((mutant): Mutant => (special.has(table.name) ? { ...mutant, role: 'owner' } : mutant))
  return [
    ...walled.flatMap(table => inside(table, [...walls(table), ...grants(table), ...keys(table, planted)])),
    ...(await checks(admin)),
    ...roleGrants(catalog, system),
    ...detours(walled, system.core),
  ]
}

/** How many runs it takes to make every mutant. */
export const rounds = 4

/**
 * Of every kind each fourth, and of kinds that are few all: the next kind begins with the next table, so that every
 * table is broken in several ways in every round.
 */
export function ofRound(all: readonly Mutant[], round: number): Mutant[] {
  const kinds = [...Map.groupBy(all, ({ kind, name }) => kind ?? name).values()]
  return kinds.flatMap((alike, no) =>
    alike.length <= rounds ? alike : alike.filter((_, at) => (at + no + round) % rounds === 0),
  )
}
