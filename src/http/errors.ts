/** The last handlers: a path that leads nowhere, and what went wrong on the way. */
import { randomUUID } from 'node:crypto'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { codes, RowhouseError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { asRowhouseError } from '../postgres/connect.ts'
import { TooManyAttempts } from './attempts.ts'

export const notFound: RequestHandler = (request, response) => {
  response.status(404).json({
    error: {
      code: 'RH400',
      message: `nothing answers ${request.method} ${request.path}`,
      hint: 'POST /graphql, POST /auth/login, GET /healthz, GET /readyz',
    },
  })
}

/**
 * {error: {code, message, hint}}; at /graphql also {errors: […]}, which is where GraphQL clients look.
 * What is not understood is logged under an id, and only the id is told.
 */
export const answerError =
  (log: Logger): ErrorRequestHandler =>
  (error, request, response, next) => {
    // Too late for an answer: Express closes the connection.
    if (response.headersSent) return next(error)
    const known = understand(error, log)
    if (known instanceof TooManyAttempts) response.setHeader('retry-after', String(known.secondsLeft))
    if (known.status === 401) response.setHeader('www-authenticate', 'Bearer realm="rowhouse"')
    const { code, message, hint } = known.toJSON()
    const body = { code, message, hint }
    const errors = request.path === '/graphql' ? [{ message, extensions: { code, hint } }] : undefined
    response.status(known.status).json({ error: body, errors })
  }

function understand(error: unknown, log: Logger): RowhouseError {
  const known = asRowhouseError(error)
  if (known instanceof RowhouseError) return known
  const { status, type } = error as { status?: unknown; type?: unknown }
  if (type === 'entity.too.large' || status === 413) {
    return new RowhouseError('RH413', { message: 'the request body is too large', hint: 'send less at once' })
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new RowhouseError('RH400', {
      message: 'the request cannot be read',
      hint: 'send well-formed JSON',
    })
  }
  const id = randomUUID()
  log.error({ err: error, errorId: id }, 'unexpected error')
  return new RowhouseError('RH500', { message: codes.RH500.title, hint: `the log has it under ${id}` })
}
