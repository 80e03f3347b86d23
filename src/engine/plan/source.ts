/**
 * Another server as the source: where it is, and sessions that can only read. What may fail here: it does not answer, or
 * it is not the one that the plan was made of (RH117).
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { connect, databaseOf, withClient } from '../../postgres/connect.ts'
import { type AnySpecFile, isScopeFile } from '../spec/specFile.ts'
import type { Plan } from './plan.ts'

/** Without login and password: it is kept with the plan, and printed. */
export type SourceAddress = {
  readonly host: string
  readonly port: number
  readonly database: string
  /** The server's own identifier, whatever its address is; null where the login may not read it. */
  readonly system: string | null
}

/** The source as a plan is made of it. */
export type Source = { readonly client: pg.ClientBase; readonly address: SourceAddress }

/** Nothing is ever written there. The settings are part of the connection, and the same as the target's. */
export const sourceSettings: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  search_path: 'pg_catalog, pg_temp',
  lock_timeout: '60s',
  statement_timeout: '0',
  row_security: 'off',
  idle_in_transaction_session_timeout: '0',
}

/** @throws RowhouseError RH101, RH102, RH103: about the source, not the target */
export const connectSource = (url: string, purpose = 'source'): Promise<pg.Client> =>
  connect(url, purpose, sourceSettings).catch(error => {
    if (!(error instanceof RowhouseError)) throw error
    throw new RowhouseError(error.code, {
      message: `the source: ${error.message}`,
      hint: 'check --from or SOURCE_DATABASE_URL: host, port, user, password, database',
      cause: error.cause,
    })
  })

/** As many sessions as that; none where the source is the target itself. */
export async function withSources<T>(
  url: string | undefined,
  count: number,
  work: (clients: readonly pg.Client[]) => Promise<T>,
): Promise<T> {
  const clients: pg.Client[] = []
  try {
    while (url !== undefined && clients.length < count) clients.push(await connectSource(url))
    return await work(clients)
  } finally {
    await Promise.all(clients.map(client => client.end().catch(() => {})))
  }
}

/**
 * The target, and the source where it is another server.
 * @throws RowhouseError RH200 where both are the same database
 */
export const withEnds = <T>(
  url: string,
  from: string | undefined,
  work: (client: pg.Client, source: Source | null) => Promise<T>,
): Promise<T> =>
  withClient(url, 'inspect', client =>
    withSources(from, 1, async ([reader]) => {
      if (reader === undefined || from === undefined) return work(client, null)
      const address = await readAddress(reader, from)
      const here = await readAddress(client, url)
      if (isSame(address, here)) {
        throw new RowhouseError('RH200', {
          message: `--from and --database are both database "${here.database}"`,
          hint: 'leave --from out to fold in place, or name an empty database as the target: createdb …',
        })
      }
      return work(client, { client: reader, address })
    }),
  )

/** Where a session is, as its address and the server itself say. */
export async function readAddress(client: pg.ClientBase, url: string): Promise<SourceAddress> {
  const { hostname, port, searchParams } = new URL(url)
  const system = await client
    .query<{ system: string }>('select system_identifier::text as system from pg_control_system()')
    .then(
      ({ rows }) => rows[0]?.system ?? null,
      () => null,
    )
  return {
    host: searchParams.get('host') ?? (decodeURIComponent(hostname) || 'localhost'),
    port: Number(port || searchParams.get('port') || 5432),
    database: databaseOf(url),
    system,
  }
}

/** A server may have several addresses; where it says who it is, that counts. */
const isSame = (a: SourceAddress, b: SourceAddress): boolean =>
  a.database === b.database &&
  (a.system !== null && b.system !== null ? a.system === b.system : a.host === b.host && a.port === b.port)

/** `"hr" at db.old.example:5432` */
export const sayAddress = ({ host, port, database }: SourceAddress): string =>
  `"${database}" at ${host}:${port}`

/** @throws RowhouseError RH200 where the spec is of one customer's database, which is scoped where it is */
export function refuseScope(decided: AnySpecFile): void {
  if (!isScopeFile(decided)) return
  throw new RowhouseError('RH200', {
    message: "--from is for schemas that are folded, and the spec says kind: 'single'",
    hint: 'leave --from out: one customer’s database is scoped where it is',
  })
}

/**
 * That a plan goes on with the source it was made of.
 * @throws RowhouseError RH117
 */
export function requireSource(
  { id, source }: Pick<Plan, 'id' | 'source'>,
  given: SourceAddress | null,
): void {
  if (source === null && given === null) return
  if (source !== null && given !== null && isSame(source, given)) return
  throw new RowhouseError('RH117', {
    message:
      source === null
        ? `plan ${id} folds in place, and --from names another server`
        : `plan ${id} reads from database ${sayAddress(source)}${given === null ? '' : `, and --from names ${sayAddress(given)}`}`,
    hint:
      source === null
        ? 'leave --from out, or: rowhouse cancel'
        : `name that one: --from postgres://user@${source.host}:${source.port}/${encodeURIComponent(source.database)}, or: rowhouse cancel`,
  })
}
