/** What each organization sees of itself through the API: what the walk aims with. */
import type { GraphQLSchema } from 'graphql'
import type { Server } from '../http/server.ts'
import { leaves, listsOf, send } from './graphqlApi.ts'
import type { House, Organization } from './house.ts'

export type ApiRow = Readonly<Record<string, unknown>>

export type ApiRows = {
  /** By the name of the type of row. */
  readonly own: ReadonlyMap<string, readonly ApiRow[]>
  /** Of each victim: rows that were planted, or whose Relay id the attacker has not. */
  readonly theirs: readonly ReadonlyMap<string, readonly ApiRow[]>[]
  /** Of the first victim: rows whose ids the attacker has too, and refers to. */
  readonly colliding: ReadonlyMap<string, readonly ApiRow[]>
}

export async function readRows(server: Server, schema: GraphQLSchema, house: House): Promise<ApiRows> {
  const own = await rowsOf(server, schema, house.attacker)
  const ids = new Set([...own.values()].flat().map(({ id }) => id))
  const theirs: Map<string, readonly ApiRow[]>[] = []
  let colliding: ApiRows['colliding'] | undefined
  for (const victim of house.victims) {
    const all = await rowsOf(server, schema, victim)
    colliding ??= new Map([...all].map(([type, rows]) => [type, rows.filter(({ id }) => ids.has(id))]))
    theirs.push(new Map([...all].map(([type, rows]) => [type, rows.filter(({ id }) => !ids.has(id))])))
  }
  return { own, theirs, colliding: colliding ?? new Map() }
}

async function rowsOf(
  server: Server,
  schema: GraphQLSchema,
  organization: Organization,
): Promise<Map<string, readonly ApiRow[]>> {
  const lists = listsOf(schema)
  const calls = lists.map(({ field, node }) => ({
    name: field.name,
    text: `${field.name}(first: 1000) { nodes { ${leaves(node).join(' ')} } }`,
  }))
  const replies = await send(server, organization.people.owner.token, calls)
  const pages = replies.map(({ data }) => (data as { nodes: (ApiRow | null)[] } | null)?.nodes ?? [])
  // A row that cannot be read would be aimed with by nobody. A field may: GraphQL has no number that is infinite.
  const lost = replies.flatMap(({ errors }, at) => (pages[at]?.includes(null) ? errors : []))
  if (lost.length > 0) throw new Error(lost.map(({ message }) => message).join('\n'))
  return new Map(lists.map(({ node }, at) => [node.name, pages[at] as readonly ApiRow[]]))
}
