/** The database that is walked through, and its twin from which the victims were taken out. */
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { rolesOf } from '../../src/postgres/roles.ts'
import { clone, database } from '../helpers/database.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { collide } from './collisions.ts'
import { type House, settle } from './house.ts'
import { plant } from './plants.ts'
import { readSamples, type Samples } from './samples.ts'
import type { System } from './systems.ts'
import { forgetVictims } from './truth.ts'
import { type Watch, watchFor } from './watch.ts'

export const { visitor, authenticator } = rolesOf('rowhouse')

export type World = {
  readonly system: System
  readonly url: string
  readonly aloneUrl: string
  /** The superuser in each. */
  readonly admin: pg.Client
  readonly alone: pg.Client
  readonly house: House
  readonly catalog: Catalog
  readonly samples: ReadonlyMap<string, Samples>
  readonly watch: Watch
  end(): Promise<void>
}

export async function makeWorld(system: System): Promise<World> {
  const full = await database(system.template)
  const before = await connect(full.url, 'test')
  const settled = await settle(before, system)
  const { tables } = await readCatalog(before, visitor, system.core)
  await collide(before, tables, settled)
  const plants = await plant(before, tables, settled)
  const house = { ...settled, plants }
  await before.end()
  const twin = await clone(full.name)
  const admin = await connect(full.url, 'test')
  const alone = await connect(twin.url, 'test')
  const catalog = await readCatalog(admin, visitor, system.core)
  await forgetVictims(alone, catalog, house)
  return {
    system,
    url: full.url,
    aloneUrl: twin.url,
    admin,
    alone,
    house,
    catalog,
    samples: await readSamples(admin, catalog.tables, house),
    watch: watchFor(house),
    async end() {
      await Promise.all([admin.end(), alone.end()])
    },
  }
}
