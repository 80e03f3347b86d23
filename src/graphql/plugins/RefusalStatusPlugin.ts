/**
 * The database decides whether a token's context holds. When it refuses one, the HTTP answer says so too (401 or
 * 403): a GraphQL client that looks at the status only must not take a refusal for an answer.
 */
import 'postgraphile'
import { isAsyncIterable } from 'postgraphile/grafast'
import type {} from 'postgraphile/grafserv/express/v4'
import type { GraphQLError } from 'postgraphile/graphql'
import { RowhouseError } from '../../errors.ts'
import { asRowhouseError } from '../../postgres/connect.ts'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RefusalStatusPlugin: true
    }
  }
}

const contextCodes: ReadonlySet<string> = new Set(['RH001', 'RH002', 'RH003', 'RH004', 'RH005'])

/** Statuses of refused requests, by the response they will be sent with. */
const refused = new WeakMap<object, number>()

export const RefusalStatusPlugin: GraphileConfig.Plugin = {
  name: 'RefusalStatusPlugin',
  description: 'Answers 401 or 403 when the database refused the context',
  grafast: {
    middleware: {
      async execute(next, { args }) {
        const result = await next()
        const response = args.requestContext?.expressv4?.res
        if (response === undefined || isAsyncIterable(result)) return result
        const refusal = result.errors?.map(refusalOf).find(error => error !== undefined)
        if (refusal !== undefined) refused.set(response, refusal.status)
        return result
      },
    },
  },
  grafserv: {
    middleware: {
      async processRequest(next, { requestDigest }) {
        const result = await next()
        const response = requestDigest.requestContext.expressv4?.res
        const status = response === undefined ? undefined : refused.get(response)
        if (result !== null && status !== undefined && result.type !== 'noContent') result.statusCode = status
        return result
      },
    },
  },
}

function refusalOf(error: GraphQLError): RowhouseError | undefined {
  const cause = asRowhouseError(error.originalError)
  return cause instanceof RowhouseError && contextCodes.has(cause.code) ? cause : undefined
}
