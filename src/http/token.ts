/** Tokens: who signed in, to which organization, until when. They claim; the database decides at every request. */
import { errors, jwtVerify, SignJWT } from 'jose'
import { RowhouseError } from '../errors.ts'

/** Seconds. A membership that ends is refused at once by the database; this bounds a stolen token. */
const lifetime = 3600
const rowhouse = 'rowhouse'

export type Claims = {
  readonly userId: string
  readonly organizationId: string
  /** For display and routing; nothing is decided by it. */
  readonly organizationSlug: string
  /** seconds since 1970 */
  readonly expires: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** @param secret at least 32 characters */
export async function signToken(
  secret: string,
  claims: Omit<Claims, 'expires'>,
): Promise<{ token: string; expires: number }> {
  const now = Math.floor(Date.now() / 1000)
  const token = await new SignJWT({
    organization_id: claims.organizationId,
    organization_slug: claims.organizationSlug,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.userId)
    .setIssuer(rowhouse)
    .setAudience(rowhouse)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(bytes(secret))
  return { token, expires: now + lifetime }
}

/** @throws RowhouseError RH401 */
export async function verifyToken(secret: string, token: string): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, bytes(secret), {
      algorithms: ['HS256'],
      issuer: rowhouse,
      audience: rowhouse,
      requiredClaims: ['sub', 'exp', 'organization_id'],
    })
    const { sub, exp, organization_id: organizationId, organization_slug: slug } = payload
    if (typeof sub !== 'string' || typeof organizationId !== 'string' || typeof exp !== 'number')
      throw badToken()
    if (!uuid.test(sub) || !uuid.test(organizationId)) throw badToken()
    return {
      userId: sub,
      organizationId,
      organizationSlug: typeof slug === 'string' ? slug : '',
      expires: exp,
    }
  } catch (error) {
    if (error instanceof RowhouseError) throw error
    throw badToken(error)
  }
}

export function badToken(cause?: unknown): RowhouseError {
  const reason =
    cause instanceof errors.JWTExpired
      ? 'it has expired'
      : cause instanceof errors.JWSSignatureVerificationFailed
        ? 'it was not signed by this server'
        : cause instanceof errors.JOSEAlgNotAllowed
          ? 'it is not signed with HS256'
          : 'it is malformed'
  return new RowhouseError('RH401', {
    message: `the token is not valid: ${reason}`,
    hint: 'log in again: POST /auth/login {"email", "password", "organization"}',
    cause,
  })
}

const bytes = (secret: string): Uint8Array => new TextEncoder().encode(secret)
