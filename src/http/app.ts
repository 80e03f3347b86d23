/** The Express application: what answers where, in which order. */
import express, { type Express } from 'express'
import type { GrafservBase } from 'postgraphile/grafserv'
import type { Logger } from '../log.ts'
import { authenticate, type Sealing } from './authenticate.ts'
import { answerError, notFound } from './errors.ts'
import { addPage } from './graphiql.ts'
import { healthz, readyz } from './health.ts'
import { type LoginOptions, login } from './login.ts'
import { logRequest, requestId, safeHeaders } from './request.ts'

export type AppOptions = {
  readonly log: Logger
  readonly sealing: Sealing
  readonly login: LoginOptions
  readonly graphql: GrafservBase & { addTo(app: Express, server: null, websockets: boolean): Promise<void> }
  /** Whether there is a page to send a browser to. */
  readonly graphiql: boolean
  /** Rejects with the reason why requests cannot be served. */
  readonly checkReady: () => Promise<void>
}

export async function makeApp(options: AppOptions): Promise<Express> {
  const { log } = options
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(requestId, safeHeaders, logRequest(log))
  app.get('/healthz', healthz)
  app.get('/readyz', readyz(options.checkReady))
  app.post('/auth/login', express.json({ limit: '10kb' }), login(options.login))
  if (options.graphiql) addPage(app)
  // Read here, and not by grafserv, so that a body that cannot be read gets an answer like all others.
  app.use('/graphql', authenticate(options.sealing), express.json({ limit: '100kb' }))
  await options.graphql.addTo(app, null, false)
  app.use(notFound)
  app.use(answerError(log))
  return app
}
