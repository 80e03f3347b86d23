/**
 * The only way to a tenant's transaction. What may fail here is the context (RH001 to RH005) and the connection.
 *
 * A statement that a tenant injected can do what it likes to its session, and the next organization gets the same
 * connection. So every transaction begins by undoing what can be planted, in its own transaction, where a pooler
 * cannot put another server in between; then takes the visitor's role; then shows its sealed context. The three are
 * sent with the first statement in one round trip: when one fails, Postgres refuses the rest of the transaction.
 */
import { createHmac } from 'node:crypto'
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg'
import { RowhouseError } from '../errors.ts'
import { asRowhouseError } from './connect.ts'
import { ident } from './identifiers.ts'

/** Who acts, for which organization, until when; sealed, so that only the server can make one. */
export type TenantContext = {
  /** uuid, lowercase */
  readonly userId: string
  /** uuid, lowercase */
  readonly organizationId: string
  /** seconds since 1970, as text */
  readonly expires: string
  /** lowercase hex */
  readonly seal: string
}

/** What `work` gets: statements in the tenant's transaction, until `work` ends. */
export type TenantClient = {
  query(statement: QueryConfig | string, values?: unknown[]): Promise<QueryResult>
}

export type TenantOptions = {
  /** The role that the wall and the grants name. */
  readonly visitor: string
  /** Milliseconds that one statement may take. Default 30,000. */
  readonly statementTimeout?: number
  /** Milliseconds that the transaction may wait for its next statement. Default 30,000. */
  readonly idleTimeout?: number
}

/**
 * The seal that `app_hidden.current_organization_id()` checks.
 * @param key 32 bytes, from `app_private.context_key()`
 */
export function sealContext(key: Buffer, context: Omit<TenantContext, 'seal'>): TenantContext {
  const userId = context.userId.toLowerCase()
  const organizationId = context.organizationId.toLowerCase()
  const { expires } = context
  const seal = createHmac('sha256', key).update(`${userId}|${organizationId}|${expires}`).digest('hex')
  return Object.freeze({ userId, organizationId, expires, seal })
}

/**
 * Undoes what a session can keep beyond its transaction: role, settings, cursors, prepared statements, session locks, temporary tables, the last numbers drawn from sequences. No constants in it: a planted
 * `standard_conforming_strings` or `search_path` must not change what it means. `discard all` is not allowed in a
 * transaction, and `discard plans` would throw away the plans of the policies' functions each time.
 */
const cleaning = [
  'reset role',
  'reset all',
  'close all',
  'deallocate all',
  'select pg_catalog.pg_advisory_unlock_all()',
  'discard temp',
  'discard sequences',
].join('; ')

const enter = 'select app_hidden.enter_context($1, $2, $3, $4)'

/**
 * Runs `work` in one transaction, inside one organization. Commits when `work` resolves, rolls back when it rejects.
 * A connection that could not be brought back to rest is destroyed.
 * @throws RowhouseError RH001 to RH005 when the context is refused, RH101 when no connection can be had
 */
export async function withTenant<T>(
  pool: Pool,
  context: TenantContext | null,
  options: TenantOptions,
  work: (client: TenantClient) => Promise<T>,
): Promise<T> {
  if (context === null) throw noContext()
  const client = await checkout(pool)
  const entered = open(client, context, options)
  const queries = lease(client)
  let result: T
  try {
    result = await work(queries)
    await entered
  } catch (error) {
    queries.end()
    await close(client, 'rollback').catch(() => {})
    // What follows a refused context fails only because the transaction did: the refusal is the reason.
    throw asRowhouseError((await refusal(entered)) ?? error)
  }
  queries.end()
  await close(client, 'commit')
  return result
}

/** @throws RowhouseError RH101 (no answer), RH503 (every connection is in use, and others wait as well) */
async function checkout(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    if (pool.totalCount > 0 && pool.waitingCount > 0) {
      throw new RowhouseError('RH503', {
        message: 'the server is busy: every connection to the database stayed in use',
        hint: 'try again in a moment',
        cause: error,
      })
    }
    throw new RowhouseError('RH101', {
      message: 'the database does not answer',
      hint: 'ask GET /readyz; the server goes on by itself when the database is back',
      cause: error,
    })
  }
}

export const noContext = (): RowhouseError =>
  new RowhouseError('RH001', {
    message: 'this request names no organization',
    hint: 'log in at POST /auth/login and send the token: Authorization: Bearer <token>',
  })

/** Sends the opening; where the connection is pipelined, without waiting for it. */
function open(client: PoolClient, context: TenantContext, options: TenantOptions): Promise<unknown> {
  const { statementTimeout = 30_000, idleTimeout = 30_000 } = options
  // By itself, because inside a transaction it would take effect at its end.
  const unlisten = client.query('unlisten *')
  // The isolation is said in full: `begin` alone would take what was planted as the session's default.
  const begin = client.query(
    `begin transaction isolation level read committed read write not deferrable; ${cleaning}; ` +
      `set local role ${ident(options.visitor)}; set local jit to off; ` +
      `set local statement_timeout to ${Math.trunc(statementTimeout)}; ` +
      `set local idle_in_transaction_session_timeout to ${Math.trunc(idleTimeout)}`,
  )
  const { userId, organizationId, expires, seal } = context
  const entered = client.query(enter, [userId, organizationId, expires, seal])
  const opening = Promise.all([unlisten, begin, entered])
  // Awaited later; until then a refusal must not count as unhandled.
  opening.catch(() => {})
  return opening
}

/** The error an opening ended with, or undefined when it succeeded. */
const refusal = (opening: Promise<unknown>): Promise<unknown> =>
  opening.then(
    () => undefined,
    error => error,
  )

/** A client that can be used until the transaction ends, and not a statement longer. */
function lease(client: PoolClient): TenantClient & { end(): void } {
  let ended = false
  return {
    query(statement, values) {
      if (ended) return Promise.reject(new Error('the tenant transaction has ended'))
      const config = typeof statement === 'string' ? { text: statement } : { ...statement }
      // A named statement would outlive the transaction, and SQL in the session can replace what a name means.
      delete config.name
      return client.query(values === undefined ? config : { ...config, values })
    },
    end() {
      ended = true
    },
  }
}

/**
 * Ends the transaction and gives the connection back, or destroys it where it did not come to rest. What was planted
 * on it waits for the next opening, or for the pool to close it when it stays idle.
 * @throws Error when the commit failed, or turned into a rollback because a statement had failed
 */
async function close(client: PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  let atRest = false
  try {
    const { command } = await client.query(how)
    atRest = client.getTransactionStatus() === 'I'
    if (how === 'commit' && command !== 'COMMIT') {
      throw new Error('the transaction was rolled back: one of its statements had failed')
    }
  } finally {
    client.release(!atRest)
  }
}
