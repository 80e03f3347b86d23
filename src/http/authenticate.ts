/** From the Authorization header to a sealed context. A request without one goes on, and is refused by the database. */
import type { RequestHandler, Response } from 'express'
import { sealContext, type TenantContext } from '../postgres/context.ts'
import { badToken, type Claims, verifyToken } from './token.ts'

export type Sealing = {
  readonly jwtSecret: string
  /** The newest of the database's sealing keys; it may be replaced while the server runs. */
  readonly key: () => Buffer
}

const contexts = new WeakMap<object, { readonly claims: Claims; readonly context: TenantContext }>()

/** @throws RowhouseError RH401 through `next` */
export const authenticate =
  ({ jwtSecret, key }: Sealing): RequestHandler =>
  async (request, response, next) => {
    const header = request.headers.authorization
    if (header === undefined) return next()
    const token = /^Bearer ([^\s]+)$/i.exec(header)?.[1]
    if (token === undefined) throw badToken()
    const claims = await verifyToken(jwtSecret, token)
    const { userId, organizationId, expires } = claims
    contexts.set(response, {
      claims,
      context: sealContext(key(), { userId, organizationId, expires: String(expires) }),
    })
    next()
  }

/** Who the request acts for, or null. */
export const contextOf = (response: object | undefined): TenantContext | null =>
  (response === undefined ? undefined : contexts.get(response)?.context) ?? null

/** What a log line may say about the caller. */
export function callerOf(response: Response): { user: string; organization: string } | undefined {
  const claims = contexts.get(response)?.claims
  return claims && { user: claims.userId, organization: claims.organizationId }
}
