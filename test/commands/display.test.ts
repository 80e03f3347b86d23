/** What is said while work goes on: a line that is rewritten, a line per event, or JSON; with rows, speed, time left. */
import { makeDisplay } from '../../src/commands/display.ts'
import { makeTally } from '../../src/commands/tally.ts'
import type { Event } from '../../src/engine/apply/events.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { folder, rowhouse } from './rowhouse.ts'

const begun: Event = {
  type: 'plan-begun',
  plan: 'p',
  steps: 4,
  done: 0,
  toCopy: { 'hr.employees': 600, 'hr.payslips': 300 },
}
const copied = (table: string, rows: number, at: number): Event => ({
  type: 'step-done',
  step: `copy_rows ${table} ${at}`,
  description: `copy acme to ${table}`,
  place: { at, of: 4 },
  table,
  rows,
  milliseconds: 12.4,
})
const step: Event = { type: 'step-begun', step: 'x', description: 'copy acme', place: { at: 1, of: 4 } }
const undone: Event = { type: 'step-undone', step: 'x', description: 'copy acme', place: { at: 3, of: 4 } }
const retried: Event = { type: 'step-retried', step: 'x', reason: 'a lock', attempt: 1 }
const events = [begun, step, copied('hr.employees', 400, 1), retried, copied('hr.payslips', 300, 2), undone]

function shown(isTTY: boolean, json: boolean, columns = 200): string {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  const display = makeDisplay({ isTTY, columns, write }, json)
  display.say('hello')
  for (const event of events) display.listen(event)
  display.clear()
  return text
}

test('rows per table and in all, rows per second, and how much longer', () => {
  let now = 0
  const tally = makeTally(() => now)
  tally.count(begun)
  now = 2_000
  tally.count(copied('hr.employees', 400, 1))
  expect(tally.describe('hr.employees')).toBe(
    'hr.employees 400 of about 600; in all 400 of about 900 rows, 200 rows/s, 3 s left',
  )
  // Statistics were old: never more than all.
  tally.count(copied('hr.payslips', 700, 2))
  expect(tally.describe('hr.payslips')).toBe(
    'hr.payslips 700 of about 700; in all 1,100 of about 1,100 rows, 550 rows/s, 0 s left',
  )
  now = 1_000_000
  const long = makeTally(() => now)
  long.count({ ...begun, toCopy: { 'hr.employees': 10_000_000 } } as Event)
  now += 1_000
  long.count(copied('hr.employees', 1_000, 1))
  expect(long.describe('hr.employees')).toMatch(/1,000 rows\/s, 2 h 47 min left$/)
})

test('no terminal: a plain line per event that is over, nothing that moves the cursor', () => {
  const lines = shown(false, false).trimEnd().split('\n')
  expect(lines).toEqual([
    'hello',
    'plan p: 4 steps',
    expect.stringMatching(
      /^\[1\/4\] copy acme to hr\.employees \(12 ms; hr\.employees 400 of about 600; in all 400 of about 900 rows, [\d,]+ rows\/s, \d+ s left\)$/,
    ),
    'waiting: a lock; attempt 2 at x',
    expect.stringMatching(
      /^\[2\/4\] copy acme to hr\.payslips \(12 ms; hr\.payslips 300 of about 300; in all 700/,
    ),
    '[3/4] undone: copy acme',
  ])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(shown(false, false)).not.toMatch(/[\r\x1b]/)
})

test('a terminal: one line that is rewritten and fits, and what lasts stays', () => {
  const text = shown(true, false, 60)
  const parts = text.split('\r\x1b[2K')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = parts.map(part => part.replace(/\x1b\[\d+m/g, ''))
  for (const part of plain.filter(one => !one.endsWith('\n'))) expect([...part].length).toBeLessThan(60)
  expect(plain.filter(part => part.endsWith('\n'))).toEqual([
    'hello\n',
    'plan p: 4 steps\n',
    'waiting: a lock; attempt 2 at x\n',
  ])
  expect(plain.at(-1)).toBe('')
})

test('--json: every event as it is, a line each, with its time', () => {
  const lines = shown(false, true).trimEnd().split('\n')
  const parsed = lines.map(line => JSON.parse(line))
  expect(parsed.map(({ at, ...event }) => event)).toEqual(events)
  for (const { at } of parsed) expect(new Date(at).toISOString()).toBe(at)
})

test('apply and verify as programs: every table has its progress, in lines and in JSON', async () => {
  const { url } = await database('hr-legacy')
  await ensureRoles(url)
  const directory = folder()
  const applied = await rowhouse(['apply', '--yes', '--json', '--database', url], { directory })
  const told = applied.stderr
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(JSON.parse(applied.stdout)).toMatchObject({ state: 'applied' })
  const { toCopy, steps } = told.find(({ type }) => type === 'plan-begun')
  const done = told.filter(({ type }) => type === 'step-done')
  expect(done).toHaveLength(steps)
  const rows = Object.groupBy(
    done.filter(({ rows }) => rows !== null),
    ({ table }) => table,
  )
  expect(Object.keys(rows).toSorted()).toEqual(Object.keys(toCopy).toSorted())

  const verified = await rowhouse(['verify', '--database', url], { directory })
  for (const table of Object.keys(toCopy)) {
    expect(verified.stderr).toMatch(new RegExp(`^\\[ *\\d+/\\d+\\] ${table}: \\d+ rows compared$`, 'm'))
  }
  expect(verified.stdout).not.toMatch(/compared/)
})
