/**
 * The server's two pools. Requests log in as the authenticator, which can become the visitor and nothing else; a small
 * pool logs in as the migrator, for what no request may do itself: checking passwords, reading the sealing key.
 * What may fail here is the login (RH102, RH104) and the configuration (RH201).
 */
import pg from 'pg'
import type { Config } from '../config.ts'
import { authenticatorAddress } from './authenticator.ts'
import { withClient } from './connect.ts'

export type Pools = {
  /** The authenticator's connections, pipelined; used through `withTenant` only. */
  readonly requests: pg.Pool
  /** The migrator's. */
  readonly owner: pg.Pool
  end(): Promise<void>
}

/**
 * Both pools, each proved by one login.
 * @throws RowhouseError RH101, RH102, RH103, RH104, RH201
 */
export async function openPools(config: Config, databaseUrl: string): Promise<Pools> {
  await withClient(databaseUrl, 'server start', client => client.query('select 1'))
  const authenticatorUrl = await authenticatorAddress(config, databaseUrl)
  // Ten connections serve two hundred requests at once: a transaction is short, and waiting costs no connection.
  const requests = pool(authenticatorUrl, 'requests', {
    max: 10,
    pipeline: true,
    // Past the limit that Postgres is given itself: a server that does not even refuse is given up.
    query_timeout: 40_000,
  })
  const owner = pool(databaseUrl, 'server', { max: 2, query_timeout: 10_000 })
  return {
    requests,
    owner,
    async end() {
      await Promise.allSettled([requests.end(), owner.end()])
    },
  }
}

function pool(url: string, purpose: string, options: pg.PoolConfig): pg.Pool {
  const made = new pg.Pool({
    connectionString: url,
    application_name: `rowhouse ${purpose}`,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 10_000,
    keepAlive: true,
    ...options,
  })
  // A broken connection is reported by the statement it breaks, used or idle; unheard, it would end the process.
  made.on('error', () => {})
  made.on('connect', client => {
    client.on('error', () => {})
  })
  return made
}
