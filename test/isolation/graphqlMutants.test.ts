/** The walk through the API fails when a wall is gone, although the API asks for its own organization's rows only. */

import type { Catalog } from './catalog.ts'
import type { Call } from './graphqlApi.ts'
import { graphqlWalk, replyTexts } from './graphqlWalk.ts'
import { isPlanted } from './plants.ts'
import { type Api, openApi, walkApi } from './walk.ts'
import { makeWorld, type World } from './world.ts'

let world: World
let api: Api
beforeAll(async () => {
  world = await makeWorld('hr-whole-folded')
  api = await openApi(world)
})
afterAll(() => world?.end())

/**
 * The calls that lead to a table over a relation, by the names that the API makes of tables and foreign keys: the
 * rest asks for the own organization's rows by itself. Neighbours are alike, so they are put far apart.
 */
function leadingTo(name: string, { tables }: Catalog, calls: readonly Call[]): Call[] {
  const plain = (text: string) => text.replace(/^.*\./, '').replaceAll('_', '')
  const references = tables.flatMap(({ foreignKeys }) => foreignKeys.filter(({ target }) => target === name))
  const words = [
    plain(name).replace(/s$/, ''),
    ...references.flatMap(({ columns }) => columns.map(column => plain(column.replace(/_id$/, '')))),
  ]
  const pattern = new RegExp(`[({ ](${words.join('|')})`, 'i')
  const found = calls.filter(({ text }) => pattern.test(text))
  return Array.from({ length: 20 }, (_, part) => found.filter((_, at) => at % 20 === part)).flat()
}

test('every wall that can be seen through, when it is gone', async () => {
  const { admin, catalog, house, watch } = world
  const { token } = house.attacker.people.member
  const calls = [...api.plain, ...api.searching]
  const noticed: string[] = []
  const walled = catalog.tables.filter(
    ({ kind, scope, reachable }) => kind === 'r' && scope !== undefined && reachable,
  )
  for (const { name, scope } of walled) {
    const focus = leadingTo(name, catalog, calls)
    await admin.query(`drop policy organization_isolation on ${name}`)
    for (let at = 0; at < focus.length && noticed.at(-1) !== name; at += 40) {
      const part = focus.slice(at, at + 40)
      const leaks = await graphqlWalk(api.server, token, part, replyTexts(api.alone, token, part), watch)
      if (leaks.length > 0) noticed.push(name)
    }
    await admin.query('select app_private.build_wall($1, $2)', [name, scope])
  }
  // A table that no relation leads to is never asked for without the organization.
  expect(noticed).toEqual(expect.arrayContaining(walled.filter(isPlanted).map(({ name }) => name)))
  expect(noticed).toContain('app_public.organizations')
}, 180_000)

test('a mutation that reaches another house is noticed by its rows', async () => {
  const { admin, catalog } = world
  for (const { name } of catalog.tables.filter(isPlanted)) {
    await admin.query(`drop policy organization_isolation on ${name}`)
  }
  const leaks = await walkApi(world, api, 'member', api.changing.member)
  const changed = leaks.filter(({ what }) => what === 'rows of others were changed').map(({ where }) => where)
  expect(changed.length).toBeGreaterThan(0)
}, 180_000)
