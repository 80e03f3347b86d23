/** What a careful DBA asks before anything starts: is there room, are there locks enough, who is in the way. Reads only. */
import type pg from 'pg'
import { type Catalog, readOnly } from '../catalog/catalog.ts'
import type { FoundTable } from './classify.ts'
import { isFolded } from './classify.ts'
import type { Hazard } from './hazards.ts'

type Row = { locks: string; running: { pid: number; user: string; minutes: number }[] | null }

/** Tenants that are read in one transaction (operationsOf.ts, totals.ts). */
const together = 100

export async function readiness(
  client: pg.ClientBase,
  catalog: Catalog,
  tables: readonly FoundTable[],
): Promise<Hazard[]> {
  const { rows } = await readOnly(client, () =>
    client.query<Row>(`select
  current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) as locks,
  (select json_agg(json_build_object('pid', pid, 'user', usename, 'minutes', round(extract(epoch from now() - xact_start) / 60)))
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and now() - xact_start > interval '5 minutes') as running`),
  )
  const [{ locks, running } = { locks: '0', running: null }] = rows
  const folded = tables.filter(table => isFolded(table))
  const bytes = folded.reduce((sum, table) => sum + table.bytes, 0)
  // A table's own lock and one for each of its indexes, for the tenants that share a transaction.
  const indexes = Math.max(
    0,
    ...catalog.tables.map(
      ({ indexes: more, constraints }) =>
        more.length + constraints.filter(({ type }) => type === 'primary' || type === 'unique').length,
    ),
  )
  const needed = Math.min(together, Math.max(0, ...folded.map(table => table.tenants))) * (1 + indexes) * 2
  return [
    ...(needed > Number(locks) / 2
      ? [
          hazard(
            'locks',
            'server',
            `about ${needed} locks are needed at once, and the server has room for ${locks}`,
            `alter system set max_locks_per_transaction = ${Math.ceil((needed * 4) / 100)}; then restart`,
          ),
        ]
      : []),
    ...(bytes > 1_073_741_824
      ? [
          hazard(
            'space',
            catalog.server.database,
            `the new tables need about ${gigabytes(bytes)} GB, their indexes up to as much again, and the write-ahead log ${gigabytes(bytes)} GB on its way`,
            'see that the disk has three times that, and that replicas and archives keep up',
          ),
        ]
      : []),
    ...(running ?? []).map(({ pid, user, minutes }) =>
      hazard(
        'long-transaction',
        `pid ${pid}`,
        `${user} has had a transaction open for ${minutes} minutes: what it deletes or changes comes too late for the copy`,
        `see what it is: select * from pg_stat_activity where pid = ${pid}`,
      ),
    ),
  ]
}

const hazard = (code: string, object: string, detail: string, hint: string): Hazard => ({
  code,
  object,
  detail,
  hint,
  blocks: false,
})

const gigabytes = (bytes: number) => (bytes / 1_073_741_824).toFixed(1)
