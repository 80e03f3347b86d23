/**
 * The login that serves requests: found in the configuration or made up, and proved before anything is served.
 */
import type pg from 'pg'
import type { Config } from '../config.ts'
import { RowhouseError } from '../errors.ts'
import { withClient, withoutPassword } from './connect.ts'
import { ident, literal } from './identifiers.ts'
import { type Roles, rolesOf } from './roles.ts'
import { derivedSecret, scramVerifier } from './secrets.ts'

/**
 * `AUTHENTICATOR_URL`, or outside production an address made from the migrator's, with a password set by us.
 * @throws RowhouseError RH101 to RH104, RH201
 */
export async function authenticatorAddress(config: Config, databaseUrl: string): Promise<string> {
  if (config.authenticatorUrl !== undefined) {
    await prove(config.authenticatorUrl, rolesOf(config.rolePrefix))
    return config.authenticatorUrl
  }
  if (config.production) {
    throw new RowhouseError('RH201', {
      message: 'AUTHENTICATOR_URL is not set: in production the login that serves requests is not derived',
      hint: `give the role ${rolesOf(config.rolePrefix).authenticator} a password and set AUTHENTICATOR_URL`,
    })
  }
  const roles = rolesOf(config.rolePrefix)
  const role = roles.authenticator
  const password = derivedSecret(config.home, `authenticator ${role}`)
  const url = withLogin(databaseUrl, role, password)
  try {
    await prove(url, roles)
  } catch (error) {
    if (!(error instanceof RowhouseError && error.code === 'RH102')) throw error
    await setPassword(databaseUrl, role, password)
    await prove(url, roles)
  }
  return url
}

/** Logs in once, and looks whether the login can do what it must and nothing that would carry it past the wall. */
async function prove(url: string, { visitor, owner, definer }: Roles): Promise<void> {
  const { rows } = await withClient(url, 'server start', client =>
    client.query<{ login: string; is_strong: boolean; can_serve: boolean }>(
      `select r.rolname as login,
        r.rolsuper or r.rolbypassrls or r.rolcreaterole
          or coalesce(pg_has_role(r.oid, to_regrole($2), 'member'), false)
          or coalesce(pg_has_role(r.oid, to_regrole($3), 'member'), false) as is_strong,
        coalesce(pg_has_role(r.oid, to_regrole($1), 'member'), false) as can_serve
      from pg_catalog.pg_roles r where r.rolname = current_user`,
      [visitor, owner, definer].map(ident),
    ),
  )
  const [found] = rows
  if (found?.is_strong) {
    throw new RowhouseError('RH201', {
      message: `the login ${found.login} must not serve requests: it can reach past row-level security`,
      hint: `set AUTHENTICATOR_URL to a login that is a member of ${visitor} and nothing else`,
    })
  }
  if (!found?.can_serve) {
    throw new RowhouseError('RH104', {
      message: `the login ${found?.login} may not become ${visitor}`,
      hint: `have a superuser run: grant ${ident(visitor)} to ${ident(found?.login ?? '')};`,
    })
  }
}

async function setPassword(databaseUrl: string, role: string, password: string): Promise<void> {
  const statement = `alter role ${ident(role)} login password ${literal(scramVerifier(password))}`
  await withClient(databaseUrl, 'server start', async client => {
    try {
      await client.query(statement)
    } catch (error) {
      const { code } = error as pg.DatabaseError
      if (code === '42704') {
        throw new RowhouseError('RH104', {
          message: `${withoutPassword(databaseUrl)} has no role ${role}`,
          hint: 'run db/roles.sql once as a superuser or a login with CREATEROLE, or fold a database: rowhouse apply',
          cause: error,
        })
      }
      throw new RowhouseError('RH104', {
        message: `${withoutPassword(databaseUrl)} may not set the password of ${role}`,
        hint: `set AUTHENTICATOR_URL, or have a superuser run: ${statement};`,
        cause: error,
      })
    }
  })
}

/** The same server and database, another login; certificates and passwords of the first one do not go along. */
function withLogin(url: string, user: string, password: string): string {
  const parsed = new URL(url)
  parsed.username = encodeURIComponent(user)
  parsed.password = encodeURIComponent(password)
  for (const key of ['user', 'password', 'sslcert', 'sslkey']) parsed.searchParams.delete(key)
  return parsed.toString()
}
