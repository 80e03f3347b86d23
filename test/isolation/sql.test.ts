/** Through SQL: whatever an organization sends, it is answered as if it were alone. */
import { authenticatorUrl } from '../postgres/login.ts'
import { roles } from './house.ts'
import { isPlanted } from './plants.ts'
import { openSession } from './session.ts'
import { systems } from './systems.ts'
import { probesOf, walkSql } from './walk.ts'
import { makeWorld, visitor, type World } from './world.ts'

describe.each(systems)('$name', system => {
  let world: World
  beforeAll(async () => {
    world = await makeWorld(system)
  }, 180_000)
  afterAll(() => world?.end())

  test.each(roles)(
    'as %s',
    async role => {
      expect(await walkSql(world, role)).toEqual([])
    },
    180_000,
  )

  test('a refusal means something: of every table with rows to insert, the own row can be inserted', async () => {
    const { aloneUrl, house, catalog } = world
    const session = await openSession(
      await authenticatorUrl(aloneUrl),
      visitor,
      house.attacker.people.owner.context,
    )
    const probes = probesOf(world, 'member').filter(({ name }) => /: insert of victim 1$/.test(name))
    const outcomes = await session.attempt(probes)
    const failed = probes.flatMap(({ name }, at) =>
      outcomes[at]?.rowCount === 1 ? [] : [`${name}: ${outcomes[at]?.said}`],
    )
    expect(failed).toEqual([])
    const taking = catalog.tables.filter(
      table => isPlanted(table) && table.columns.some(column => column.mayInsert),
    )
    expect(probes.map(({ table }) => table)).toEqual(expect.arrayContaining(taking.map(({ name }) => name)))
    await session.end()
  })
})
