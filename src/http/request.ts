/** What every request gets: an id, headers that cost nothing and close doors, one line in the log. */
import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Logger } from '../log.ts'
import { callerOf } from './authenticate.ts'

/** An id that a proxy gave is kept when it is harmless in a log. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id']
  const id = typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
  response.locals.requestId = id
  response.setHeader('x-request-id', id)
  next()
}

/** GraphiQL brings its own scripts and workers, all from this server; nothing may come from elsewhere. */
const page = [
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
].join('; ')

export const safeHeaders: RequestHandler = (request, response, next) => {
  const isPage = request.path === '/graphiql' || request.path.startsWith('/graphiql/')
  response.setHeader('content-security-policy', isPage ? page : "default-src 'none'; frame-ancestors 'none'")
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  if (!isPage) response.setHeader('cache-control', 'no-store')
  next()
}

/** Method, path, status, time, caller. No query string, no headers, no body: they carry tokens and rows. */
export const logRequest =
  (log: Logger): RequestHandler =>
  (request, response, next) => {
    const began = performance.now()
    const { method, path } = request
    response.once('close', () => {
      const ms = Math.round(performance.now() - began)
      const { statusCode: status } = response
      const quiet = path === '/healthz' || path === '/readyz' || path.startsWith('/graphiql')
      log[quiet ? 'debug' : 'info'](
        { id: response.locals.requestId, method, path, status, ms, ...callerOf(response) },
        'request',
      )
    })
    next()
  }
