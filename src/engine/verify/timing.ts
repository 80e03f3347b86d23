/** How long a query takes before and after the fold, and what is told of it: only what is slower however often it is asked. */
import type pg from 'pg'
import type { Plan } from '../plan/plan.ts'
import { type Measured, measure } from './measure.ts'

/** In ms, the database's own. */
export type Times = { readonly before: number; readonly after: number; readonly wall: number }

/** The wall's price is known and does not grow with the data; what is left must be as fast as before. */
export const isSlower = ({ before, after, wall }: Times) => after - wall > 1.1 * before + 0.1

/** What the wall asks once per table and statement, and what a private table's doors ask after it. */
const wallQueries = [
  'select (select app_hidden.current_organization_id())',
  'select (select app_hidden.can_administer())',
]

/** How measure() is told that a query has no constants. */
export const noConstants = `select '{}'::text[]`

/** The stored statement has its constants in it already. */
export const askOld = (client: pg.ClientBase, statement: string) =>
  measure(client, statement.replaceAll('%', '%%'), noConstants, null)

/** Of one question, in ms: the dearer of the two. */
export async function priceOfWall(client: pg.ClientBase, plan: Plan): Promise<number> {
  const prices: number[] = []
  for (const query of wallQueries) {
    const found = await measure(client, query, noConstants, plan.roles.visitor)
    prices.push('failure' in found ? 0 : found.milliseconds)
  }
  return Math.max(...prices)
}

/** How often what seems slow is asked again. */
const attempts = 3

/**
 * Both forms are asked again, and the slowest of before stands against the fastest of now: a machine that was busy is not
 * blamed on the fold, and what is told is slower than it ever was.
 */
export async function mildTimes(
  client: pg.ClientBase,
  statement: string,
  first: Times,
  asked: () => Promise<Measured | { failure: string }>,
): Promise<Times> {
  let times = first
  for (let left = attempts; left > 0 && isSlower(times); left--) {
    const old = await askOld(client, statement)
    const next = await asked()
    times = {
      ...times,
      before: Math.max(times.before, 'failure' in old ? 0 : old.milliseconds),
      after: Math.min(times.after, 'failure' in next ? times.after : next.milliseconds),
    }
  }
  return times
}
