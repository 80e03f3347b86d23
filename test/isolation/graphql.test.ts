/** Through the API: whatever an organization asks, it is answered as if it were alone. */
import { roles } from './house.ts'
import { systems } from './systems.ts'
import { type Api, openApi, pages, walkApi } from './walk.ts'
import { makeWorld, type World } from './world.ts'

describe.each(systems)('$name', system => {
  let world: World
  let api: Api
  beforeAll(async () => {
    world = await makeWorld(system)
    api = await openApi(world)
  }, 180_000)
  afterAll(() => world?.end())

  test('there is something to ask', () => {
    const { plain, searching, changing } = api
    expect([plain, searching, changing.member].every(({ length }) => length > 100)).toBe(true)
  })

  test.each(roles)(
    'lookups and lists, as %s',
    async role => {
      expect(await walkApi(world, api, role, api.plain)).toEqual([])
    },
    180_000,
  )

  test('aggregates, relations, filters, orders and pages', async () => {
    const calls = [...api.searching, ...(await pages(world, api))]
    expect(await walkApi(world, api, 'member', calls)).toEqual([])
  }, 180_000)

  test.each(roles)(
    'mutations, as %s',
    async role => {
      expect(await walkApi(world, api, role, api.changing[role])).toEqual([])
    },
    180_000,
  )

  test('the log has no row of anybody', () => {
    expect(api.server.program.stderr()).toMatch(/"path":"\/graphql"/)
    expect(api.server.program.stderr()).not.toMatch(/cnry-\d{4}-/)
  })
})
