/** Through SQL: whatever an organization sends, it is answered as if it were alone. */
import { roles } from './house.ts'
import { walkSql } from './walk.ts'
import { makeWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld('hr-whole-folded')
})
afterAll(() => world?.end())

test.each(roles)(
  'as %s',
  async role => {
    expect(await walkSql(world, role)).toEqual([])
  },
  180_000,
)
