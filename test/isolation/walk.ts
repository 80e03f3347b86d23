/**
 * The isolation walk: one organization goes through everything that it can reach, in SQL and in the API, and looks
 * for the others. It reads catalog and schema, so tables, columns and fields of tomorrow are walked by themselves.
 *
 * The measure is a twin of the database from which the others were taken out: whatever is sent, the answer must be
 * the same in both. Apart from that no answer, message or log may carry what is known to be somebody else's, and
 * the others' rows must be what they were. Each function gives a list of leaks: empty is good.
 */
import type { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { type Server, startServer } from '../http/server.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { type Catalog, unlike } from './catalog.ts'
import { type Call, type Field, listsOf, readSchema } from './graphqlApi.ts'
import { foreignCursors, plainReads, searchingReads } from './graphqlReads.ts'
import { readRows } from './graphqlRows.ts'
import { graphqlWalk, replyTexts } from './graphqlWalk.ts'
import { type Extent, writes } from './graphqlWrites.ts'
import { type Role, roles } from './house.ts'
import type { Probe } from './probe.ts'
import { openSession } from './session.ts'
import { type Reach, readBaseline, sqlProbes, sqlWalk } from './sqlWalk.ts'
import { round, type System } from './systems.ts'
import { checksums } from './truth.ts'
import type { Leak } from './watch.ts'
import { visitor, type World } from './world.ts'

/** Through SQL, as the visitor in the sealed context of somebody of this role. Everything is tried and undone. */
export async function walkSql(world: World, role: Role): Promise<Leak[]> {
  const { context } = world.house.attacker.people[role]
  const probes = probesOf(world, role)
  return untouched(world, async () => {
    const alone = await openSession(await authenticatorUrl(world.aloneUrl), visitor, context)
    const session = await openSession(await authenticatorUrl(world.url), visitor, context)
    const leaks = await sqlWalk(session, probes, readBaseline(alone, probes), world.watch)
    await Promise.all([alone.end(), session.end()])
    return leaks
  })
}

/** A viewer meets other doors than a member everywhere, the others only at special tables. */
const reach: Readonly<Record<Role, Reach>> = {
  member: 'whole',
  viewer: 'doors',
  admin: 'special',
  owner: 'special',
}

export const probesOf = ({ catalog, samples, house }: World, role: Role): Probe[] =>
  sqlProbes(catalog, samples, house, house.attacker.people[role], reach[role])

/** Both servers, and what to ask them. */
export type Api = {
  readonly schema: GraphQLSchema
  readonly server: Server
  /** Serves the twin. */
  readonly alone: Server
  /** Lookups and lists: for everybody. */
  readonly plain: readonly Call[]
  /** Relations, aggregates, filters, orders: thousands. */
  readonly searching: readonly Call[]
  /** Mutations; for each role other rows of the own organization, since they are there once. */
  readonly changing: Readonly<Record<Role, readonly Call[]>>
}

export async function openApi({ url, aloneUrl, house, catalog, system }: World): Promise<Api> {
  const [server, alone] = await Promise.all([startServer(url), startServer(aloneUrl)])
  const schema = await readSchema(server)
  const rows = await readRows(server, schema, house)
  const special = specialTypes(schema, catalog)
  const changing = roles.map((role, at) => {
    const how = (type: string) => {
      const extent = reachOf(reach[role], special.has(type))
      return extent === 'whole' && system.everyCall > 1 ? 'once' : extent
    }
    return [role, writes(schema, rows, at + 1, how)] as const
  })
  return {
    schema,
    server,
    alone,
    plain: plainReads(schema, rows),
    searching: ofAlike(searchingReads(schema, rows), system),
    changing: Object.fromEntries(changing) as Record<Role, Call[]>,
  }
}

/** Lists that begin where a page of a victim's ended. */
export async function pages({ house, system }: World, { server, schema }: Api): Promise<Call[]> {
  const [victim] = house.victims
  if (victim === undefined) return []
  return ofAlike(await foreignCursors(server, schema, victim.people.owner.token), system)
}

/** Whether a key is asked for that only a victim has, of a row that refers to what both have. */
export const namesKey = ({ variables = {} }: Call): boolean =>
  /["-](000000)?80\d{4}"/.test(JSON.stringify(variables))

/** Of calls that ask one list in one way, over the same relation, every so many; the sharpest in any case. */
function ofAlike(calls: readonly Call[], { everyCall }: System): Call[] {
  const alike = Map.groupBy(calls, call => `${call.text} ${call.alike ?? ''}`)
  return [...alike.values()].flatMap(some =>
    some.filter((call, at) => at === 0 || (at + round) % everyCall === 0 || namesKey(call)),
  )
}

/** The list of a table's rows in the API, by the table's name. Core tables have names of their own there. */
export function listsByTable(
  schema: GraphQLSchema,
  { tables }: Catalog,
): Map<string, { readonly field: Field; readonly node: GraphQLObjectType }> {
  const camel = (text: string) => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const lists = new Map(listsOf(schema).map(list => [list.field.name, list]))
  return new Map(
    tables.flatMap(({ name, reachable, core }) => {
      const [place, short = ''] = name.split('.')
      const isTwice = !core && tables.some(other => other.core && other.name.endsWith(`.${short}`))
      // `sellout_entries2` has no plural of its own.
      const called = camel(isTwice ? `${place}_${short}` : short)
      const list = lists.get(called) ?? lists.get(`${called}s`)
      return list === undefined || !reachable ? [] : [[name, list] as const]
    }),
  )
}

/** The type of a table's rows, by the table's name. */
export const typesOf = (schema: GraphQLSchema, catalog: Catalog): Map<string, string> =>
  new Map([...listsByTable(schema, catalog)].map(([table, { node }]) => [table, node.name]))

/** Types of which not everybody may change or see the rows. */
function specialTypes(schema: GraphQLSchema, catalog: Catalog): Set<string> {
  const special = unlike(catalog.tables)
  const types = [...typesOf(schema, catalog)]
  const ordinary = new Set(types.filter(([table]) => !special.has(table)).map(([, type]) => type))
  return new Set(listsOf(schema).flatMap(({ node }) => (ordinary.has(node.name) ? [] : [node.name])))
}

const reachOf = (reach: Reach, isSpecial: boolean): Extent => {
  if (reach === 'special') return isSpecial ? 'whole' : 'none'
  return reach === 'doors' ? 'once' : 'whole'
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
