/**
 * Changes to a database that each break the isolation in one place. A walk that does not notice one of them proves
 * nothing. Made from the catalog, so that a new table brings its own.
 */
import type pg from 'pg'
import type { Catalog } from '../catalog.ts'
import { isPlanted } from '../plants.ts'
import { checks } from './checks.ts'
import { detours } from './detours.ts'
import { grants } from './grants.ts'
import { keys } from './keys.ts'
import type { Mutant } from './mutant.ts'
import { roleGrants } from './roles.ts'
import { walls } from './walls.ts'

export async function mutants(admin: pg.Client, catalog: Catalog): Promise<Mutant[]> {
  const walled = catalog.tables.filter(
    ({ kind, scope, reachable }) => kind === 'r' && scope !== undefined && reachable,
  )
  const planted = new Set(catalog.tables.filter(isPlanted).map(({ name }) => name))
  return [
    ...walled.flatMap(walls),
    ...walled.flatMap(grants),
    ...walled.flatMap(table => keys(table, planted)),
    ...(await checks(admin)),
    ...roleGrants(catalog),
    ...detours(walled),
  ]
}
