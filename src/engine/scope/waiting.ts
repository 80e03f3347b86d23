/** Whom a step waits for, or why it did not get its lock: people want to know who is in the way. Reads only. */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { withClient } from '../../postgres/connect.ts'
import type { Listener } from '../apply/events.ts'
import type { AssignRows } from '../operations/assignRows.ts'
import type { Operation } from '../operations/index.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'

type Holder = { pid: number; user: string | null; seconds: number | null; query: string | null }

const describe = ({ pid, user, seconds, query }: Holder): string =>
  `pid ${pid}${user === null ? '' : ` (${user}, open for ${seconds} s: ${(query ?? '').replaceAll(/\s+/g, ' ').slice(0, 80)})`}`

const activity = `select a.pid, a.usename as user, round(extract(epoch from now() - a.xact_start))::int as seconds, a.query
from pg_catalog.pg_stat_activity a`

/**
 * Runs a step of a database in use and tells, every second, for whom it waits and how far it came. A step that is over
 * within a second is not followed.
 */
export async function following<T>(
  url: string,
  plan: Plan,
  worker: pg.Client & { processID?: number },
  { name, operation }: { name: string; operation: Operation },
  listen: Listener,
  work: () => Promise<T>,
): Promise<T> {
  if (plan.kind !== 'single') return work()
  const onNotice = ({ message }: { message?: string | undefined }) => {
    if (message?.startsWith('waiting for')) listen({ type: 'waiting', step: name, reason: message })
  }
  worker.on('notice', onNotice)
  const stop = new AbortController()
  let watcher: Promise<void> | undefined
  const timer = setTimeout(() => {
    watcher = withClient(url, 'watch', async client => {
      let told = ''
      while (!stop.signal.aborted) {
        const blockers = await blockersOf(client, worker.processID ?? 0)
        if (blockers !== '' && blockers !== told)
          listen({ type: 'waiting', step: name, reason: `waiting for ${blockers}` })
        told = blockers
        if (operation.kind === 'assign_rows') await tellProgress(client, plan, operation, listen)
        await wait(1000, undefined, { signal: stop.signal }).catch(() => {})
      }
    }).catch(() => {})
  }, 1000)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    worker.off('notice', onNotice)
    stop.abort()
    await watcher
  }
}

async function blockersOf(client: pg.ClientBase, pid: number): Promise<string> {
  const { rows } = await client.query<Holder>(
    `${activity} where a.pid = any (pg_catalog.pg_blocking_pids($1))`,
    [pid],
  )
  return rows.map(describe).join(', ')
}

async function tellProgress(
  client: pg.ClientBase,
  plan: Plan,
  { table: source, pass }: AssignRows,
  listen: Listener,
): Promise<void> {
  const table = tableOf(plan, source)
  const { rows } = await client.query<{ seen: string; moved: string }>(
    'select rows_seen as seen, rows_moved as moved from rowhouse.assignments where plan_id = $1 and table_name = $2 and pass = $3',
    [plan.id, nameOf(table), pass],
  )
  const [now] = rows
  if (now === undefined) return
  listen({
    type: 'rows-assigned',
    table: nameOf(table),
    seen: Number(now.seen),
    moved: Number(now.moved),
    of: table.rows,
  })
}

/** Who holds locks on these tables that a change of the catalog would have to wait for. */
export async function holdersOf(url: string, tables: readonly string[]): Promise<string | null> {
  const rows = await withClient(url, 'watch', async client => {
    const found = await client.query<Holder>(
      `${activity} where a.pid in (
  select l.pid from pg_catalog.pg_locks l
  where l.granted and l.relation in (select to_regclass(t)::oid from unnest($1::text[]) as t) and l.pid <> pg_backend_pid()
) order by a.xact_start`,
      [tables],
    )
    return found.rows
  }).catch(() => [])
  return rows.length === 0 ? null : rows.slice(0, 3).map(describe).join(', ')
}
