/** Where to strike: chosen by a seed, which is in the tests' names; ROWHOUSE_TEST_SEED repeats a run. */
import { isDone, type Step, steps } from '../../src/engine/apply/render.ts'
import { copyInto, isTransfer, rowCount } from '../../src/engine/apply/transfer.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import type { Statement, Verdict } from './proxy.ts'

export const seed: number = Number(process.env.ROWHOUSE_TEST_SEED ?? Date.now() % 1_000_000)

export const moments = ['inside', 'before commit', 'after commit'] as const
export type Moment = (typeof moments)[number]

export type Point = {
  readonly moment: Moment
  readonly step: Step
  /** The statement that is stopped at. */
  readonly statement: string
  /** How many units the journal has after it. */
  readonly journalled: number
}

/** What the target is sent of a step, as text. */
const spoken = ({ before, statements }: Step): string[] => [
  // As it is sent: what psql makes of its answers is no part of it.
  ...before.map(text => text.replace(/\\gexec$/, '')),
  ...statements.map(one => (isTransfer(one) ? copyInto(one) : one)),
]

/** One point per kind of operation that has a step left to do, in the plan's order. */
export function pointsOf(
  plan: Plan,
  moment: Moment,
  random: () => number,
  done: ReadonlySet<string> = new Set(),
): Point[] {
  const all = steps(plan)
  const numbered = all.map((step, index) => ({ step, index })).filter(({ step }) => !isDone(step, done))
  const kinds = Map.groupBy(numbered, ({ step }) => step.operation.kind)
  // What several steps say would be met at the first of them.
  const said = Map.groupBy(
    all.flatMap(step => spoken(step)),
    text => text,
  )
  return [...kinds.values()].map(same => {
    const { step, index } = pick(same, random)
    const inner = spoken(step).filter(text => said.get(text)?.length === 1)
    return {
      moment,
      step,
      statement: moment === 'inside' ? pick(inner, random) : 'commit',
      journalled: all
        .slice(0, moment === 'after commit' ? index + 1 : index)
        .reduce((sum, { units }) => sum + units.length, 0),
    }
  })
}

/** Lets everything pass until the point: a `commit` counts once the step's own row in the journal was sent. */
export function strikeAt(
  { step, statement, moment }: Pick<Point, 'statement' | 'moment'> & { step: Pick<Step, 'statements'> },
  command = 'apply',
): (statement: Statement) => Verdict {
  const last = step.statements.at(-2)
  // The connection whose next commit is the step's; with several at work, others commit in between.
  let committing: number | undefined
  return ({ application, connection, text }) => {
    if (application !== `rowhouse ${command}`) return 'pass'
    const isHere = statement !== 'commit' || connection === committing
    if (isHere && isSent(text, statement)) return moment === 'after commit' ? 'mute' : 'hold'
    if (typeof last === 'string' && isSent(text, last)) committing = connection
    return 'pass'
  }
}

/** As it was planned, or with the number of rows that its transfer had. */
const isSent = (text: string, planned: string): boolean => {
  const [before = '', after] = planned.split(rowCount)
  return after === undefined
    ? text === planned
    : text.startsWith(before) &&
        text.endsWith(after) &&
        /^\d+$/.test(text.slice(before.length, text.length - after.length))
}

export const pick = <T>(from: readonly T[], random: () => number): T => {
  const one = from[Math.floor(random() * from.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}

/** 0 ≤ n < 1, the same again for the same seed (mulberry32). */
export function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
