/** Who has no valid context gets an error at the first question, and never an empty list; and answers never mix. */
import { type Server, startServer } from '../http/server.ts'
import { type Call, listsOf, readSchema, send } from './graphqlApi.ts'
import { plainReads } from './graphqlReads.ts'
import { readRows } from './graphqlRows.ts'
import type { Organization } from './house.ts'
import { hr } from './systems.ts'
import { makeWorld, type World } from './world.ts'

let world: World
let server: Server
let calls: Call[]
let lists: Call[]
beforeAll(async () => {
  world = await makeWorld(hr)
  server = await startServer(world.url)
  const schema = await readSchema(server)
  calls = plainReads(schema, await readRows(server, schema, world.house))
  lists = listsOf(schema).map(({ field: { name } }) => ({
    name,
    text: `${name} { totalCount nodes { __typename } }`,
  }))
}, 180_000)
afterAll(() => world?.end())

/** What each call was refused with; a value instead of a refusal is what must not be. */
async function refusals(token: string | undefined): Promise<Set<unknown>> {
  const replies = await send(server, token, [...lists, ...calls])
  return new Set(
    replies.map(({ data, errors }) =>
      data == null ? (errors[0]?.extensions as { code?: string })?.code : data,
    ),
  )
}

test('nobody: RH001 to every question', async () => {
  expect(await refusals(undefined)).toEqual(new Set(['RH001']))
})

const switches = [
  ['the membership', 'RH004', 'app_public.user_organizations', 'user_id'],
  ['the user', 'RH004', 'app_public.users', 'id'],
  ['the organization', 'RH005', 'app_public.organizations', 'id'],
] as const

test.each(switches)(
  '%s switched off: refused from the next request on, with the same token',
  async (what, code, table, key) => {
    const { attacker } = world.house
    const { token, userId } = attacker.people.member
    const id = what === 'the organization' ? attacker.id : userId
    const turn = (on: boolean) =>
      world.admin.query(`update ${table} set is_active = $2 where ${key} = $1`, [id, on])
    expect(await refusals(token)).not.toContain(code)
    await turn(false)
    expect(await refusals(token)).toEqual(new Set([code]))
    await turn(true)
    expect(await refusals(token)).not.toContain(code)
  },
)

test('two hundred requests at once, of three organizations: every answer belongs to its asker', async () => {
  const everybody = [world.house.attacker, ...world.house.victims]
  const fixed = `currentUser { rowId } employees(first: 1, offset: 5) {
    nodes { firstName department { name } supervisor { lastName } } }`
  const asked = Array.from({ length: 200 }, (_, at) => everybody[at % everybody.length] as Organization)
  const answers = await Promise.all(
    asked.map(({ people }, at) =>
      server.ask(
        people[at % 2 === 0 ? 'member' : 'owner'].token,
        `{ ${fixed} other: ${lists[at % lists.length]?.text} currentOrganization { slug } }`,
      ),
    ),
  )
  for (const [at, { slug, people, canary }] of asked.entries()) {
    const { data, errors } = answers[at]?.body ?? {}
    expect(errors).toBeUndefined()
    expect(data.currentOrganization.slug).toBe(slug)
    expect(data.currentUser.rowId).toBe(people[at % 2 === 0 ? 'member' : 'owner'].userId)
    expect(data.employees.nodes[0].firstName).toMatch(canary.pattern)
    expect(JSON.stringify(data)).not.toMatch(canary.othersPattern)
  }
})
