/**
 * Plan → database: the only writer of tables. One transaction per step, with the step's journal row in it; a restart sends the
 * steps that the journal lacks. Every statement comes from render.ts.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { asRowhouseError, connect, readable, withClient } from '../../postgres/connect.ts'
import {
  bringsRows,
  describe,
  type Operation,
  objectOf,
  shareOf,
  stepOf,
  unitsOf,
} from '../operations/index.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { refuseDrift } from '../plan/prepare.ts'
import { withSources } from '../plan/source.ts'
import { nameOf } from '../plan/targetTable.ts'
import { type Phase, phases } from '../scope/plan.ts'
import { following, holdersOf } from '../scope/waiting.ts'
import type { Listener } from './events.ts'
import { keepAllBusy, runWaves } from './lanes.ts'
import { besideFirst, isDone, prologue, type Step, steps, undo } from './render.ts'
import { connectionLost, send, sendBefore } from './sending.ts'
import { readState, recordFailure } from './state.ts'
import { type Connections, removeWorkspace, writeWorkspace } from './workspace.ts'

export type ApplyOptions = {
  /** The source's address, where the plan's source is another server. */
  readonly from?: string | undefined
  /** What the operator said about a backup; recorded with the plan. */
  readonly backup?: string | undefined
  /** The workspace's folder, absolute. */
  readonly workspace: string
  readonly connections?: Connections | undefined
  /** Connections at work at once. Default 1. */
  readonly jobs?: number | undefined
  /** True where the source was compared with the plan a moment ago, and nobody was asked since. Default false. */
  readonly justPlanned?: boolean | undefined
  /** The last phase to apply, of a database that is scoped in place. Default: all there are. */
  readonly until?: Phase | undefined
  /** How long a step asks for its lock again. Default: about two minutes where the database is in use. */
  readonly patience?: Patience | undefined
  readonly listen: Listener
}

export type Patience = {
  readonly attempts: number
  /** Milliseconds until the next. */
  readonly pause: (attempt: number) => number
}

/** Losing a race for a lock is no failure of the step; it is sent again. */
const retryable = new Set(['55P03', '40P01', '40001'])

/** Roles belong to the whole server: the apply of another database may make or grant the same one in the same moment. */
const isRaceForRoles = (error: unknown): boolean => {
  const { code, constraint = '', message = '' } = error as Partial<pg.DatabaseError>
  return (
    (code === '23505' && constraint.startsWith('pg_auth')) ||
    (code === 'XX000' && /^tuple concurrently/.test(message))
  )
}

/** In a database that is in use a lock is asked for briefly and often: for about two minutes. */
const usualPatience = ({ kind }: Plan): Patience =>
  kind === 'single'
    ? { attempts: 240, pause: () => 300 + Math.random() * 400 }
    : { attempts: 5, pause: attempt => 200 * 2 ** attempt }

/**
 * Sends the steps that the journal lacks.
 * @throws RowhouseError RH105 (connection lost: run the same command again), RH120, RH121, RH126 (names step and
 *   statement)
 */
export async function apply(url: string, plan: Plan, options: ApplyOptions): Promise<void> {
  const all = steps(plan)
  const listen = options.listen
  const settings = connectionSettings(plan, options)
  await session(url, 'apply', settings, async client => {
    const done = await journalled(url, plan)
    const last = options.until === undefined ? phases.length : phases.indexOf(options.until)
    const pending = all.filter(
      step => !isDone(step, done) && phases.indexOf(step.operation.phase ?? 'expand') <= last,
    )
    if (pending.length > 0 && options.justPlanned !== true) {
      // Between planning and the yes an hour may have passed: a new column would not be copied, and nobody would know.
      await refuseIfDrifted(url, plan, options.from)
    }
    const toCopy = rowsToCopy(plan, pending)
    listen({
      type: 'plan-begun',
      plan: plan.id,
      steps: all.length,
      done: all.filter(step => isDone(step, done)).length,
      toCopy,
    })
    const places = new Map(all.map((step, index) => [step.name, { at: index + 1, of: all.length }]))
    await runWaves(
      client,
      options.jobs ?? 1,
      () => beside(url, settings),
      pending,
      async (lane, step) => {
        const place = places.get(step.name) ?? { at: 0, of: all.length }
        const { name, description } = step
        listen({ type: 'step-begun', step: name, description, place })
        const begun = performance.now()
        const rows = await withRetries(url, plan, step, options, () =>
          following(url, plan, lane, step, listen, async () => {
            const isLast = step.operation.kind === 'finish'
            await Promise.all([
              sendBefore(() => beside(url, settings), lane, step, isLast ? (options.jobs ?? 1) : 1),
              // A column that came while rows were copied is in no copy.
              isLast
                ? refuseIfDrifted(url, plan, options.from).catch(error => {
                    // Whichever of the connections notices first.
                    throw error.code === 'RH101' ? connectionLost(step, error) : error
                  })
                : undefined,
            ])
            return send(lane, step, () => handOver(step.operation, plan, options), options.from)
          }),
        ).catch(async error => {
          await recordFailure(url, plan, { ...step, object: objectOf(step.operation, plan) }, error)
          throw error
        })
        const milliseconds = performance.now() - begun
        const table = bringsRows(step.operation) ? nameOf(tableOf(plan, step.operation.table)) : null
        listen({ type: 'step-done', step: name, description, place, table, rows, milliseconds })
      },
    )
  })
}

/** Part of the connections, for they change nothing of what is made. */
function connectionSettings(plan: Plan, { backup, jobs = 1 }: ApplyOptions): Record<string, string> {
  return {
    ...(backup === undefined ? {} : { 'rowhouse.backup': backup }),
    // As many indexes as there are connections are built at once; helpers to each take 1.3 times as long.
    ...(keepAllBusy(plan.tables, jobs) ? { max_parallel_maintenance_workers: '0' } : {}),
  }
}

/** Estimated from the tables' sizes at planning, in equal parts for each tenant. */
function rowsToCopy(plan: Plan, pending: readonly Step[]): Record<string, number> {
  const left: Record<string, number> = {}
  for (const { operation } of pending) {
    if (!bringsRows(operation)) continue
    const table = tableOf(plan, operation.table)
    const part =
      (table.rows * shareOf(operation) * operation.organizations.length) / plan.organizations.length
    left[nameOf(table)] = (left[nameOf(table)] ?? 0) + part
  }
  return left
}

/** A further connection; the lock that keeps a second apply out is the first one's. */
async function beside(url: string, settings: Readonly<Record<string, string>>): Promise<pg.Client> {
  const client = await connect(url, 'apply', settings)
  for (const statement of besideFirst()) await client.query(statement)
  return client
}

/** What there is to undo, last step first. @param from the first phase, of a database that is scoped in place */
export function undoable(
  { operations }: Plan,
  done: ReadonlySet<string>,
  from: Phase = 'expand',
): Operation[] {
  const first = phases.indexOf(from)
  return operations
    .filter(one => isDone({ units: unitsOf(one) }, done) && phases.indexOf(one.phase ?? 'expand') >= first)
    .reverse()
}

/**
 * Undoes what the journal says was done, last step first; each in a transaction of its own.
 * @param options.from the first phase to undo, of a database that is scoped in place. Default: all
 */
export async function cancel(
  url: string,
  plan: Plan,
  options: Pick<ApplyOptions, 'workspace' | 'patience' | 'listen'> & { readonly from?: Phase | undefined },
): Promise<{ keptFiles: string[]; steps: number }> {
  let undone = 0
  await session(url, 'cancel', {}, async client => {
    const back = undoable(plan, await journalled(url, plan), options.from)
    undone = back.length
    for (const [index, operation] of back.entries()) {
      const step = {
        name: stepOf(operation),
        units: unitsOf(operation),
        operation,
        description: describe(operation, plan),
        before: [],
        statements: undo(operation, plan),
      }
      await withRetries(url, plan, step, options, () => send(client, step, async () => {}))
      const place = { at: index + 1, of: back.length }
      options.listen({ type: 'step-undone', step: step.name, description: step.description, place })
    }
  })
  return { keptFiles: await removeWorkspace(options.workspace, plan), steps: undone }
}

/** The source as it is now against the plan. @throws RowhouseError RH120 */
const refuseIfDrifted = (url: string, plan: Plan, from: string | undefined): Promise<void> =>
  from === undefined
    ? withClient(url, 'journal', client => refuseDrift(client, plan))
    : withSources(from, 1, ([client]) => refuseDrift(client as pg.Client, plan))

/** The workspace is written before the step commits: the journal never says that files exist which do not. */
async function handOver(operation: Operation, plan: Plan, options: ApplyOptions): Promise<void> {
  if (operation.kind !== 'hand_over') return
  const kept = await writeWorkspace(options.workspace, plan, options.connections)
  options.listen({ type: 'workspace-written', folder: options.workspace, kept })
}

async function session(
  url: string,
  purpose: string,
  settings: Readonly<Record<string, string>>,
  work: (client: pg.Client) => Promise<void>,
) {
  const client = await connect(url, purpose, settings)
  try {
    for (const statement of prologue()) await client.query(statement)
    await work(client)
  } catch (error) {
    throw asRowhouseError(error)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * What is done now that nobody else can be at work: between the caller's look and our lock, a session that lost its
 * client may have committed its last step, or another apply may have finished. Read on a connection of its own,
 * because this one sends nothing but the plan.
 * @throws RowhouseError RH125 when another plan was begun meanwhile
 */
async function journalled(url: string, plan: Plan): Promise<ReadonlySet<string>> {
  const record = await withClient(url, 'journal', readState)
  // Never begun, or cancelled.
  if (record === null) return new Set()
  if (record.id === plan.id) return record.done
  throw new RowhouseError('RH125', {
    message: `plan ${record.id} was begun in this database meanwhile; plan ${plan.id} does not fit any more`,
    hint: 'see where things stand: rowhouse status',
  })
}

async function withRetries<T>(
  url: string,
  plan: Plan,
  step: Step,
  { patience = usualPatience(plan), listen }: Pick<ApplyOptions, 'patience' | 'listen'>,
  work: () => Promise<T>,
): Promise<T> {
  const { attempts, pause } = patience
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const cause = (error as Error).cause ?? error
      const { code, message } = readable(cause)
      if (!isRaceForRoles(cause) && (code === undefined || !retryable.has(code))) throw error
      const holders = plan.kind === 'single' ? await holdersOf(url, plan.tables.map(nameOf)) : null
      const reason = holders === null ? message : `${message}: held by ${holders}`
      if (attempt === attempts) throw plan.kind === 'single' ? noLock(step, reason, error) : error
      listen({ type: 'step-retried', step: step.name, reason, attempt })
      await wait(pause(attempt))
    }
  }
}

const noLock = (step: Step, reason: string, cause: unknown) =>
  new RowhouseError('RH129', {
    message: `"${step.description}" did not get its lock: ${reason}`,
    hint: 'nothing is half done; end that transaction, or wait for it, and run the same command again',
    cause,
  })
