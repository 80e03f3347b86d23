/**
 * The only reader of the environment. Parsed once into a frozen value; every error is reported together.
 */
import { resolve } from 'node:path'
import { RowhouseError } from './errors.ts'

export type Config = {
  /** `DATABASE_URL`: the migrator's login. Absent: npm start uses the embedded server. */
  readonly databaseUrl: string | undefined
  /** `SOURCE_DATABASE_URL`: another server that the old schemas are on; only ever read. Absent: they are in the database itself. */
  readonly sourceUrl: string | undefined
  /** `AUTHENTICATOR_URL`: the login that serves requests. Absent: derived from `databaseUrl`. */
  readonly authenticatorUrl: string | undefined
  /** `PORT`: where the server listens; 0 asks for a free one. */
  readonly port: number | undefined
  /** `HOST`: the address the server listens on. Default 127.0.0.1: nothing is exposed unasked. */
  readonly host: string
  /** `JWT_SECRET`: signs tokens; at least 32 characters. Absent outside production: kept under `home`. */
  readonly jwtSecret: string | undefined
  /** `NODE_ENV=production` switches GraphiQL and explanations off and makes secrets mandatory. */
  readonly production: boolean
  /** `ROWHOUSE_HOME`: embedded server, secrets and the demonstration's workspace. Default `.rowhouse`. */
  readonly home: string
  /** `ROWHOUSE_ROLE_PREFIX`: roles belong to the whole server; two houses on one server may need two. */
  readonly rolePrefix: string
  /** `LOG_LEVEL`: silent, fatal, error, warn, info, debug, trace. Absent: each process has its own default. */
  readonly logLevel: string | undefined
}

// Grafast reads this when it is loaded, and complains at length where nobody set it. Its development mode adds checks
// for authors of plans to every request.
process.env.GRAPHILE_ENV ??= 'production'

/** What a program that we start may see of the environment. */
export const inherited = (): Record<string, string | undefined> => ({ ...process.env })

type Environment = Readonly<Record<string, string | undefined>>

const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']

/**
 * @throws RowhouseError RH201 with one line per variable that cannot be used.
 */
export function readConfig(environment: Environment = process.env): Config {
  const problems: string[] = []
  const text = (name: string) => environment[name]?.trim() || undefined

  const url = (name: string) => {
    const value = text(name)
    if (value !== undefined && !/^postgres(ql)?:\/\//.test(value)) {
      problems.push(`${name} must begin with postgres:// or postgresql://`)
    }
    return value
  }

  const port = text('PORT')
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65535)) {
    problems.push(`PORT must be a number from 0 to 65535, not "${port}"`)
  }
  const jwtSecret = text('JWT_SECRET')
  if (jwtSecret !== undefined && jwtSecret.length < 32)
    problems.push('JWT_SECRET must have at least 32 characters')
  const rolePrefix = text('ROWHOUSE_ROLE_PREFIX') ?? 'rowhouse'
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(rolePrefix)) {
    problems.push('ROWHOUSE_ROLE_PREFIX must be lowercase letters, digits and underscores, at most 41')
  }
  const logLevel = text('LOG_LEVEL')
  if (logLevel !== undefined && !levels.includes(logLevel))
    problems.push(`LOG_LEVEL must be one of ${levels.join(', ')}`)

  const config: Config = Object.freeze({
    databaseUrl: url('DATABASE_URL'),
    sourceUrl: url('SOURCE_DATABASE_URL'),
    authenticatorUrl: url('AUTHENTICATOR_URL'),
    port: port === undefined ? undefined : Number(port),
    host: text('HOST') ?? '127.0.0.1',
    jwtSecret,
    production: text('NODE_ENV') === 'production',
    home: resolve(text('ROWHOUSE_HOME') ?? '.rowhouse'),
    rolePrefix,
    logLevel,
  })
  if (problems.length > 0) {
    throw new RowhouseError('RH201', {
      message: `the environment cannot be used: ${problems.join('; ')}`,
      hint: 'set the variables named above, or unset them for their defaults',
    })
  }
  return config
}
