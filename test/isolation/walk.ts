/**
 * The isolation walk: one organization goes through everything that it can reach, in SQL and in the API, and looks
 * for the others. It reads catalog and schema, so tables, columns and fields of tomorrow are walked by themselves.
 *
 * The measure is a twin of the database from which the others were taken out: whatever is sent, the answer must be
 * the same in both. Apart from that no answer, message or log may carry what is known to be somebody else's, and
 * the others' rows must be what they were. Each function gives a list of leaks: empty is good.
 */

import { type Server, startServer } from '../http/server.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { type Call, readSchema } from './graphqlApi.ts'
import { foreignCursors, plainReads, searchingReads } from './graphqlReads.ts'
import { readRows } from './graphqlRows.ts'
import { graphqlWalk, replyTexts } from './graphqlWalk.ts'
import { writes } from './graphqlWrites.ts'
import { type Role, roles } from './house.ts'
import type { Probe } from './probe.ts'
import { openSession } from './session.ts'
import { readBaseline, sqlProbes, sqlWalk } from './sqlWalk.ts'
import { checksums } from './truth.ts'
import type { Leak } from './watch.ts'
import { visitor, type World } from './world.ts'

/** Through SQL, as the visitor in the sealed context of somebody of this role. Everything is tried and undone. */
export async function walkSql(world: World, role: Role): Promise<Leak[]> {
  const { context } = world.house.attacker.people[role]
  const probes = probesOf(world, role)
  const nobody = await openSession(await authenticatorUrl(world.aloneUrl), visitor, context)
  const baseline = await readBaseline(nobody, probes)
  await nobody.end()
  return untouched(world, async () => {
    const session = await openSession(await authenticatorUrl(world.url), visitor, context)
    const leaks = await sqlWalk(session, probes, baseline, world.watch)
    await session.end()
    return leaks
  })
}

export const probesOf = ({ catalog, samples, house }: World, role: Role): Probe[] =>
  sqlProbes(catalog, samples, house, house.attacker.people[role], role === 'member' ? 'all' : 'few')

/** Both servers, and what to ask them. */
export type Api = {
  readonly server: Server
  /** Serves the twin. */
  readonly alone: Server
  /** Lookups and lists: for everybody. */
  readonly plain: readonly Call[]
  /** Aggregates, relations, filters, orders, pages: thousands. */
  readonly searching: readonly Call[]
  /** Mutations; for each role other rows of the own organization, since they are there once. */
  readonly changing: Readonly<Record<Role, readonly Call[]>>
}

export async function openApi({ url, aloneUrl, house }: World): Promise<Api> {
  const server = await startServer(url)
  const alone = await startServer(aloneUrl)
  const schema = await readSchema(server)
  const rows = await readRows(server, schema, house)
  const [victim] = house.victims
  const cursors = victim === undefined ? [] : await foreignCursors(server, schema, victim.people.owner.token)
  const changing = roles.map((role, at) => [role, writes(schema, rows, at + 1)] as const)
  return {
    server,
    alone,
    plain: plainReads(schema, rows),
    searching: [...searchingReads(schema, rows), ...cursors],
    changing: Object.fromEntries(changing) as Record<Role, Call[]>,
  }
}

/** Through the API. What is changed stays changed, in both databases alike. */
export async function walkApi(world: World, api: Api, role: Role, calls: readonly Call[]): Promise<Leak[]> {
  const { token } = world.house.attacker.people[role]
  return untouched(world, () =>
    graphqlWalk(api.server, token, calls, replyTexts(api.alone, token, calls), world.watch),
  )
}

/** What `work` found, and every table in which a row of the others is not what it was. */
async function untouched({ admin, catalog, house }: World, work: () => Promise<Leak[]>): Promise<Leak[]> {
  const before = await checksums(admin, catalog.tables, house)
  const leaks = await work()
  const after = await checksums(admin, catalog.tables, house)
  const changed = [...before].filter(([table, sum]) => after.get(table) !== sum)
  return [...leaks, ...changed.map(([where]) => ({ where, what: 'rows of others were changed' }))]
}
