/**
 * What a statement in a tenant's context can still do to others, each as a test that is expected to fail: none of it
 * goes through the API, all of it needs SQL of the tenant's own. Whoever closes one is told by Jest to move it.
 */
import { authenticatorUrl } from '../postgres/login.ts'
import { openSession, type Session } from './session.ts'
import { hr } from './systems.ts'
import { makeWorld, visitor, type World } from './world.ts'

let world: World
let session: Session
const attempt = async (sql: string[]) => (await session.attempt([{ sql }]))[0]
beforeAll(async () => {
  world = await makeWorld(hr)
  const { context } = world.house.attacker.people.member
  session = await openSession(await authenticatorUrl(world.url), visitor, context)
}, 180_000)
afterAll(async () => {
  await session?.end()
  await world?.end()
})

// Every tenant is the visitor, and the visitor owns what it stores: the next tenant reads and changes it.
test.failing('large objects cannot be made', async () => {
  const code = (await attempt([`select lo_from_bytea(0, 'of one tenant')`]))?.code
  expect(code).toBe('42501')
})

// A role may always change its own password and settings; `reset role` leads back to the login that all share.
test.failing('the login cannot be changed by whoever resets the role', async () => {
  const code = (await attempt(['reset role', `alter role current_user set search_path to nowhere`]))?.code
  expect(code).toBe('42501')
})

// The planner's statistics are of all rows, and it uses them for leakproof operators whatever the policies say.
test.failing('explain does not tell how many rows another organization has', async () => {
  const table = world.catalog.tables.find(({ name }) => name === 'hr.employees')
  const estimate = async (id: string | undefined) => {
    const outcome = await attempt([`explain select from ${table?.name} where organization_id = '${id}'`])
    return / rows=(\d+)/.exec(String(outcome?.rows[0]?.[0]))?.[1]
  }
  expect(await estimate(world.house.victims[0]?.id)).toBe(
    await estimate('00000000-0000-4000-8000-000000000000'),
  )
})

// The right to delete rows is enough for every lock; the others wait until this transaction ends.
test.failing('a table of everybody cannot be locked', async () => {
  const code = (await attempt(['lock table hr.employees in access exclusive mode nowait']))?.code
  expect(code).toBe('42501')
})
