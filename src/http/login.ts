/**
 * POST /auth/login {email, password, organization} → {token, expiresAt, organization: {id, slug}}.
 * Whatever is wrong, the answer is RH402 after the same work: it does not tell which users and organizations exist.
 */
import type { RequestHandler } from 'express'
import type { Pool } from 'pg'
import { RowhouseError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Attempts } from './attempts.ts'
import { signToken } from './token.ts'

export type LoginOptions = {
  /** The migrator's connections: no tenant can read a password hash. */
  readonly owner: Pool
  readonly jwtSecret: string
  readonly checkPassword: (password: string, hash: string | null) => Promise<boolean>
  readonly attempts: Attempts
  readonly log: Logger
}

type Login = { user_id: string; organization_id: string; slug: string; password_hash: string | null }

export function login({ owner, jwtSecret, checkPassword, attempts, log }: LoginOptions): RequestHandler {
  return async (request, response) => {
    const { email, password, organization } = readBody(request.body)
    const address = request.ip ?? ''
    attempts.begin(address, email, organization)
    const found = await findLogin(owner, email, organization)
    const isRight = await checkPassword(password, found?.password_hash ?? null)
    if (found === undefined || !isRight) {
      log.warn({ address, organization }, 'login refused')
      throw new RowhouseError('RH402', {
        message: 'e-mail, password or organization is wrong',
        hint: '"organization" is its slug',
      })
    }
    attempts.succeeded(address, email, organization)
    const { token, expires } = await signToken(jwtSecret, {
      userId: found.user_id,
      organizationId: found.organization_id,
      organizationSlug: found.slug,
    })
    log.info({ user: found.user_id, organization: found.organization_id }, 'login')
    response.json({
      token,
      expiresAt: new Date(expires * 1000).toISOString(),
      organization: { id: found.organization_id, slug: found.slug },
    })
  }
}

async function findLogin(owner: Pool, email: string, organization: string): Promise<Login | undefined> {
  const { rows } = await owner.query<Login>(
    'select user_id, organization_id, slug, password_hash from app_private.find_login($1, $2)',
    [email, organization],
  )
  return rows[0]
}

/** @throws RowhouseError RH400 naming every field that is missing */
function readBody(body: unknown): { email: string; password: string; organization: string } {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const missing = ['email', 'password', 'organization'].filter(name => {
    const value = fields[name]
    // Postgres has no NUL in text; 1024 letters bound the work of hashing.
    return typeof value !== 'string' || value === '' || value.length > 1024 || value.includes('\0')
  })
  if (missing.length > 0) {
    throw new RowhouseError('RH400', {
      message: `the body has no usable ${missing.join(', ')}`,
      hint: 'send JSON: {"email": "…", "password": "…", "organization": "<slug>"} with content-type application/json',
    })
  }
  return fields as { email: string; password: string; organization: string }
}
