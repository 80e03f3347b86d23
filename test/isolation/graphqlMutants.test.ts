/** The walk through the API fails when a wall is gone, although the API asks for its own organization's rows only. */
import { graphqlWalk, replyTexts } from './graphqlWalk.ts'
import { isPlanted } from './plants.ts'
import { systems } from './systems.ts'
import { type Api, namesKey, openApi, typesOf, walkApi } from './walk.ts'
import { makeWorld, type World } from './world.ts'

describe.each(systems)('$name', system => {
  let world: World
  let api: Api
  beforeAll(async () => {
    world = await makeWorld(system)
    api = await openApi(world)
  }, 180_000)
  afterAll(() => world?.end())

  test('every wall that can be seen through, when it is gone', async () => {
    const { admin, catalog, house, watch } = world
    const types = typesOf(api.schema, catalog)
    const noticed: string[] = []
    const walled = catalog.tables.filter(
      ({ kind, scope, reachable }) => kind === 'r' && scope !== undefined && reachable,
    )
    // A member sees too little of what is private to notice anything.
    const { token } = house.attacker.people.owner
    for (const { name, scope } of walled) {
      // Fields ask for the own organization's rows by themselves; conditions over a relation rely on the wall.
      const leading = api.searching.filter(
        ({ leadsTo, variables }) => variables?.filter !== undefined && leadsTo === types.get(name),
      )
      // What names a key that only a victim has tells most.
      const [near, far] = [true, false].map(is => leading.filter(call => namesKey(call) === is))
      const focus = leading.length > 0 ? [...(near ?? []), ...(far ?? [])] : api.plain
      await admin.query(`drop policy organization_isolation on ${name}`)
      for (let at = 0; at < focus.length && noticed.at(-1) !== name; at += 50) {
        const part = focus.slice(at, at + 50)
        const leaks = await graphqlWalk(api.server, token, part, replyTexts(api.alone, token, part), watch)
        if (leaks.length > 0) noticed.push(name)
      }
      await admin.query('select app_private.build_wall($1, $2)', [name, scope])
    }
    // A table that no relation leads to is never asked for without the organization.
    // Where keys are unique in the world, a relation leads to no row of another's, wall or not.
    const planted = system.keysCollide ? walled.filter(isPlanted).map(({ name }) => name) : []
    expect(planted.filter(name => !noticed.includes(name))).toEqual([])
    expect(noticed).toContain(`${world.system.core.schema}.organizations`)
  }, 180_000)

  test('a mutation that reaches another house is noticed by its rows', async () => {
    const { admin, catalog } = world
    for (const { name } of catalog.tables.filter(isPlanted)) {
      await admin.query(`drop policy organization_isolation on ${name}`)
    }
    const leaks = await walkApi(world, api, 'owner', api.changing.owner)
    const changed = leaks
      .filter(({ what }) => what === 'rows of others were changed')
      .map(({ where }) => where)
    expect(changed.length).toBeGreaterThan(0)
  }, 180_000)
})
