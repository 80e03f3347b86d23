/** The walk through the API: the attacker's calls, compared with a server whose database has no victims. */
import type { Server } from '../http/server.ts'
import { type Call, type Reply, send } from './graphqlApi.ts'
import type { Leak, Watch } from './watch.ts'

/** What the calls give where nobody else exists. */
export const replyText = ({ data, errors }: Reply): string =>
  // An id in the log is another one every time.
  JSON.stringify([data, errors], inOneOrder).replaceAll(/under [0-9a-f-]{36}/g, 'under …')

/** Groups have no order: with other statistics Postgres hashes where it sorted. The same groups are the same answer. */
const inOneOrder = (key: string, value: unknown): unknown =>
  key === 'groupedAggregates' && Array.isArray(value)
    ? value.map(group => JSON.stringify(group)).sort()
    : value

export async function graphqlWalk(
  server: Server,
  token: string,
  calls: readonly Call[],
  /** What the server without victims replied, in the order of the calls. */
  alone: readonly string[] | Promise<readonly string[]>,
  watch: Watch,
): Promise<Leak[]> {
  const [replies, baseline] = await Promise.all([send(server, token, calls), alone])
  return replies.flatMap((reply, at): Leak[] => {
    const call = calls[at] as Call
    const where = `graphql: ${call.name}`
    // Neither a leak nor a proof that there is none.
    const isLost = /"RH105"/.test(JSON.stringify(reply.errors) + baseline[at])
    if (isLost) throw new Error(`${where}: the connection was lost`)
    const seen = call.echoes ? undefined : watch.value(reply.data)
    if (seen !== undefined) return [{ where, what: `shows ${seen}` }]
    const said = reply.errors
      .map(({ message, extensions }) => `${message} ${JSON.stringify(extensions)}`)
      .join('\n')
    const told = call.echoes ? undefined : watch.text(said)
    if (told !== undefined) return [{ where, what: `says ${told}` }]
    const [here, there = ''] = [replyText(reply), baseline[at]]
    if (here !== there)
      return [{ where, what: `answers ${here.slice(0, 300)} and not ${there.slice(0, 300)}` }]
    return []
  })
}

export const replyTexts = async (server: Server, token: string, calls: readonly Call[]): Promise<string[]> =>
  (await send(server, token, calls)).map(replyText)
