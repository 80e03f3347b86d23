/** GET /healthz: the process lives. GET /readyz: requests can be served, or 503 and why not. */
import type { RequestHandler } from 'express'
import { readable } from '../postgres/connect.ts'

export const healthz: RequestHandler = (_request, response) => {
  response.json({ status: 'alive' })
}

/** @param check rejects with the reason why requests cannot be served */
export const readyz =
  (check: () => Promise<void>): RequestHandler =>
  async (_request, response) => {
    try {
      await check()
      response.json({ status: 'ready' })
    } catch (error) {
      response.status(503).json({ status: 'not ready', reason: readable(error).message })
    }
  }
