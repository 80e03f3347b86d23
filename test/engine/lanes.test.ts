/** Which steps may run beside each other. */
import type pg from 'pg'
import { runWaves, waves } from '../../src/engine/lanes.ts'
import type { Operation } from '../../src/engine/operations/index.ts'
import type { Step } from '../../src/engine/render.ts'

const step = (operation: Operation, name: string): Step => ({
  name,
  operation,
  description: name,
  statements: [],
})
const copy = (table: string, organization: string) =>
  step({ kind: 'copy_rows', table, organization }, `${table} ${organization}`)
const link = (table: string) => step({ kind: 'add_foreign_key', table, name: 'k' }, `link ${table}`)

test('copies of different tables run side by side, those of one table in order, everything else alone', () => {
  const names = waves([
    copy('a', 'x'),
    copy('a', 'y'),
    copy('b', 'x'),
    link('a'),
    link('b'),
    copy('c', 'x'),
  ]).map(wave => wave.map(group => group.map(({ name }) => name)))
  expect(names).toEqual([[['a x', 'a y'], ['b x']], [['link a']], [['link b']], [['c x']]])
})

test('after a failure nothing new begins, and what was at work ends first', async () => {
  const clients = [1, 2].map(() => ({ end: async () => {} }) as unknown as pg.Client)
  const log: string[] = []
  const slow = Promise.withResolvers<void>()
  const running = runWaves(
    clients[0] as pg.Client,
    2,
    async () => clients[1] as pg.Client,
    [copy('a', 'x'), copy('a', 'y'), copy('b', 'x'), copy('b', 'y'), copy('c', 'x')],
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
