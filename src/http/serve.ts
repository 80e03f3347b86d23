/**
 * Starts the server and stops it. Everything is proved before the port opens: logins, core, schema; what is missing
 * ends the start with one of our errors.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Pool } from 'pg'
import type { Config } from '../config.ts'
import { recordServing } from '../engine/apply/state.ts'
import { RowhouseError } from '../errors.ts'
import { type Logger, makeLog } from '../log.ts'
import { asRowhouseError, withoutPassword } from '../postgres/connect.ts'
import { openPools } from '../postgres/pools.ts'
import { rolesOf } from '../postgres/roles.ts'
import { derivedSecret } from '../postgres/secrets.ts'
import { makeApp } from './app.ts'
import { countAttempts } from './attempts.ts'
import { makeGraphql } from './graphql.ts'
import { parseHash, passwordChecker } from './password.ts'

export type ServeOptions = {
  readonly config: Config
  /** The migrator's login. */
  readonly databaseUrl: string
  /** Default: `config.port`, else 5678; 0 asks for a free one. */
  readonly port?: number | undefined
  readonly log?: Logger
}

export type Running = {
  readonly url: string
  readonly port: number
  /** Takes no more requests, finishes those that run, closes the pools. */
  stop(): Promise<void>
}

/** @throws RowhouseError RH101 to RH104, RH140, RH201 */
export async function serve(options: ServeOptions): Promise<Running> {
  const { config, databaseUrl } = options
  const log = options.log ?? makeLog(config.logLevel ?? 'info')
  const jwtSecret = jwtSecretOf(config)
  const pools = await openPools(config, databaseUrl)
  try {
    let key = await readKey(pools.owner, databaseUrl)
    const graphql = await makeGraphql({
      pool: pools.requests,
      tenant: { visitor: rolesOf(config.rolePrefix).visitor },
      log,
      production: config.production,
    })
    const app = await makeApp({
      log,
      graphql,
      graphiql: !config.production,
      sealing: { jwtSecret, key: () => key },
      login: {
        owner: pools.owner,
        jwtSecret,
        checkPassword: passwordChecker(await usualIterations(pools.owner)),
        attempts: countAttempts(),
        log,
      },
      async checkReady() {
        await pools.requests.query('select 1')
        // Read again: a database that was built anew seals with another key.
        key = await readKey(pools.owner, databaseUrl)
      },
    })
    const server = createServer(app)
    const port = await listen(server, config.host, options.port ?? config.port ?? 5678)
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    // From here on the tables are the application's: a later verify says "changed since".
    await recordServing(pools.owner)
    log.info({ url }, 'serving')
    return {
      url,
      port,
      async stop() {
        await close(server)
        await graphql.release()
        await pools.end()
        log.info('stopped')
      },
    }
  } catch (error) {
    await pools.end()
    throw asRowhouseError(error)
  }
}

function jwtSecretOf(config: Config): string {
  if (config.jwtSecret !== undefined) return config.jwtSecret
  if (!config.production) return derivedSecret(config.home, 'jwt')
  throw new RowhouseError('RH201', {
    message: 'JWT_SECRET is not set: in production the secret that signs tokens is not made up',
    hint: 'set JWT_SECRET to at least 32 random characters, for instance from: openssl rand -hex 32',
  })
}

/** The sealing key; the first thing that is missing where the core is. */
async function readKey(owner: Pool, databaseUrl: string): Promise<Buffer> {
  try {
    const { rows } = await owner.query<{ key: Buffer }>('select app_private.context_key() as key')
    return rows[0]?.key as Buffer
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === '42883' || code === '3F000') {
      throw new RowhouseError('RH123', {
        message: `${withoutPassword(databaseUrl)} has no tenancy core: there is nothing to serve`,
        hint: 'fold a database first: rowhouse inspect --write tenancy.json5, then rowhouse apply',
        cause: error,
      })
    }
    if (code === '42501') {
      throw new RowhouseError('RH104', {
        message: `${withoutPassword(databaseUrl)} may not read the sealing key`,
        hint: 'DATABASE_URL must be the migrator: the login that db/roles.sql made a member of the owner',
        cause: error,
      })
    }
    throw error
  }
}

/** What a check of a password costs in this database; Django's own number where there is none to look at. */
async function usualIterations(owner: Pool): Promise<number> {
  const { rows } = await owner.query<{ password_hash: string }>(
    `select password_hash from app_private.user_secrets where password_hash like 'pbkdf2%' limit 100`,
  )
  const found = rows.map(row => parseHash(row.password_hash)?.iterations ?? 0).filter(count => count > 0)
  return found.sort((a, b) => a - b)[Math.floor(found.length / 2)] ?? 600_000
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error)
      const why = error.code === 'EACCES' ? 'may not be used by this user' : 'is in use'
      reject(
        new RowhouseError('RH140', {
          message: `port ${port} on ${host} ${why}`,
          hint: `choose another one: PORT=${port === 0 ? 5679 : port + 1}, or PORT=0 for any free one`,
          cause: error,
        }),
      )
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Requests that run get ten seconds; connections that wait for a next one are closed as soon as they do. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    const late = setTimeout(() => server.closeAllConnections(), 10_000)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(late)
      resolve()
    })
  })
}
