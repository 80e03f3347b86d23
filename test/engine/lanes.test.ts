/** Which steps may run beside each other. */
import type pg from 'pg'
import { runWaves, waves } from '../../src/engine/apply/lanes.ts'
import type { Step } from '../../src/engine/apply/render.ts'
import type { Operation } from '../../src/engine/operations/index.ts'

const step = (operation: Operation, name: string): Step => ({
  name,
  units: [name],
  operation,
  description: name,
  before: [],
  statements: [],
})
const copy = (table: string, organization: string) =>
  step({ kind: 'copy_rows', table, organizations: [organization] }, `${table} ${organization}`)
const key = (table: string, name: string) => step({ kind: 'add_constraint', table, name }, `${table} ${name}`)
const link = (table: string) => step({ kind: 'add_foreign_key', table, name: 'k' }, `link ${table}`)

test('copies run side by side, what works on one table in order, everything else alone', () => {
  const names = waves([
    copy('a', 'x'),
    copy('a', 'y'),
    copy('b', 'x'),
    link('a'),
    link('b'),
    copy('c', 'x'),
    key('a', 'p'),
    key('b', 'p'),
    key('a', 'q'),
  ]).map(wave => wave.map(group => group.map(({ name }) => name)))
  expect(names).toEqual([
    [['a x'], ['a y'], ['b x']],
    [['link a']],
    [['link b']],
    [['c x']],
    [['a p', 'a q'], ['b p']],
  ])
})

test('after a failure nothing new begins, and what was at work ends first', async () => {
  const clients = [1, 2].map(() => ({ end: async () => {} }) as unknown as pg.Client)
  const log: string[] = []
  const slow = Promise.withResolvers<void>()
  const running = runWaves(
    clients[0] as pg.Client,
    2,
    async () => clients[1] as pg.Client,
    [key('a', 'x'), key('a', 'y'), key('b', 'x'), key('b', 'y'), key('c', 'x')],
    async (_client, { name }) => {
      log.push(name)
      if (name === 'a x') throw new Error('no')
      if (name === 'b x') await slow.promise
      log.push(`${name} done`)
    },
  )
  setTimeout(slow.resolve, 20)
  await expect(running).rejects.toThrow('no')
  expect(log).toEqual(['a x', 'b x', 'b x done'])
})
