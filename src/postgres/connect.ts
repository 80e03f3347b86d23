/**
 * Opening connections. What may fail here is the address, the login, the rights: each becomes one clear error
 * that names the server and never shows a password.
 */
import pg from 'pg'
import { isCode, RowhouseError } from '../errors.ts'

/** `postgres://user:secret@host:5432/db` → `postgres://user@host:5432/db`, for messages and logs. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.password = ''
    for (const key of [...parsed.searchParams.keys()]) {
      if (/password|key|cert/i.test(key)) parsed.searchParams.delete(key)
    }
    return parsed.toString()
  } catch {
    return 'the given address'
  }
}

/** The same server and login, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url)
  parsed.pathname = `/${encodeURIComponent(database)}`
  return parsed.toString()
}

/** The database's name in an address; libpq's default is the user's name. */
export function databaseOf(url: string): string {
  const parsed = new URL(url)
  return decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username) || 'postgres'
}

/**
 * One connection, with its purpose in `application_name` so that a DBA sees in pg_stat_activity what it does, and
 * settings that are part of the connection rather than statements in it.
 * @throws RowhouseError RH101, RH102, RH103
 */
export async function connect(
  url: string,
  purpose: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `rowhouse ${purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: startupOptions(settings),
  })
  // A broken connection is reported by the statement it breaks; without a listener Node would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw connectionFailure(error, url)
  }
  return client
}

/** How values become text, whatever the database or the login brings along: the driver and every comparison rely on it. */
const asText = {
  datestyle: 'ISO, YMD',
  timezone: 'UTC',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  xmloption: 'content',
}

/** Settings as the server's command line takes them (docs, 20.1.3): spaces and backslashes escaped. */
export const startupOptions = (settings: Readonly<Record<string, string>>): string =>
  Object.entries({ ...asText, ...settings })
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\\s]/g, character => `\\${character}`)}`)
    .join(' ')

/** Runs `work` on a connection of its own and closes it whatever happens. */
export async function withClient<T>(
  url: string,
  purpose: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(url, purpose)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The same with several connections, at least one. */
export async function withClients<T>(
  url: string,
  purpose: string,
  count: number,
  work: (first: pg.Client, ...more: pg.Client[]) => Promise<T>,
): Promise<T> {
  return withClient(url, purpose, first =>
    count <= 1
      ? work(first)
      : withClients(url, purpose, count - 1, (second, ...more) => work(first, second, ...more)),
  )
}

/** Turns what the driver says about a failed connection into one of our errors. */
export function connectionFailure(error: unknown, url: string): RowhouseError {
  const { code, message } = readable(error)
  const where = withoutPassword(url)
  if (code === '28P01' || code === '28000') {
    return new RowhouseError('RH102', {
      message: `${where} refused the login: ${message}`,
      hint: 'check user and password in --database or DATABASE_URL',
      cause: error,
    })
  }
  if (code === '3D000') {
    return new RowhouseError('RH103', {
      message: `there is no database "${databaseOf(url)}" at ${where}`,
      hint: `create it first: createdb "${databaseOf(url)}"`,
      cause: error,
    })
  }
  return new RowhouseError('RH101', {
    message: `no database server answers at ${where}: ${message}`,
    hint: 'check host and port, or leave DATABASE_URL out to use the embedded server',
    cause: error,
  })
}

/** Code and message of anything thrown; Node's AggregateError (a name with two addresses) hides both in its parts. */
export function readable(error: unknown): { code: string | undefined; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return readable(error.errors[0])
  const code = (error as { code?: unknown } | null)?.code
  const message = error instanceof Error ? error.message : String(error)
  return { code: typeof code === 'string' ? code : undefined, message: message || String(code) }
}

/** A database error that carries one of our codes, as our error; anything else unchanged. */
export function asRowhouseError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && isCode(error.code)) {
    return new RowhouseError(error.code, {
      message: error.message,
      detail: error.detail,
      hint: error.hint,
      cause: error,
    })
  }
  return error
}
