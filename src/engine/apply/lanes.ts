/**
 * Steps over several connections. Consecutive steps of one kind that keep to their own tables run side by side, a
 * table at a time per connection, so that an organization's rows stay together; everything else runs alone, in order.
 */
import type pg from 'pg'
import { laneOf } from '../operations/index.ts'
import type { Step } from './render.ts'

/** A run of steps for one connection, in order. */
type Group = readonly Step[]

/**
 * Whether so many connections are busy to the end, each with a table at a time: then the server's own helpers to each
 * would only get in their way (2 processors, 20 tables of 250,000 rows).
 */
export function keepAllBusy(tables: readonly { readonly rows: number }[], jobs: number): boolean {
  const all = tables.reduce((sum, { rows }) => sum + rows, 0)
  return jobs > 1 && tables.every(({ rows }) => rows * jobs <= all)
}

/** Steps in waves: the groups of a wave may run side by side, the waves follow each other. */
export function waves(steps: readonly Step[]): Group[][] {
  const made: { kind: string; groups: Map<string, Step[]> }[] = []
  for (const step of steps) {
    const lane = laneOf(step.operation)
    const last = made.at(-1)
    const wave =
      lane !== null && last?.kind === step.operation.kind
        ? last
        : { kind: step.operation.kind, groups: new Map() }
    if (wave !== last) made.push(wave)
    const key = lane ?? step.name
    wave.groups.set(key, [...(wave.groups.get(key) ?? []), step])
  }
  return made.map(({ groups }) => [...groups.values()])
}

/**
 * Runs the waves. When a step fails, the other connections finish the step they are at and nothing new begins.
 * @param first the connection that is open already; further ones are opened when a wave can use them
 * @throws the first failure
 */
export async function runWaves(
  first: pg.Client,
  jobs: number,
  open: () => Promise<pg.Client>,
  steps: readonly Step[],
  run: (client: pg.Client, step: Step) => Promise<void>,
): Promise<void> {
  const clients = [first]
  let failure: { error: unknown } | undefined
  try {
    for (const wave of waves(steps)) {
      const queue = [...wave]
      while (clients.length < Math.min(jobs, queue.length)) clients.push(await open())
      const work = async (client: pg.Client) => {
        for (let group = queue.shift(); group !== undefined && failure === undefined; group = queue.shift()) {
          for (const step of group) {
            if (failure !== undefined) return
            await run(client, step).catch(error => {
              failure ??= { error }
            })
          }
        }
      }
      await Promise.all(clients.slice(0, Math.max(1, queue.length)).map(work))
      if (failure !== undefined) throw failure.error
    }
  } finally {
    await Promise.all(clients.slice(1).map(client => client.end().catch(() => {})))
  }
}
