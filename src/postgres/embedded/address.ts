/** The embedded server's address: loopback only, on a port that is free now. */
import { createServer } from 'node:net'
import { superuser } from './cluster.ts'
import type { Place } from './place.ts'

export const loopback = '127.0.0.1'

export const urlOf = (place: Place, port: number): string =>
  `postgres://${superuser}:${encodeURIComponent(place.password)}@${loopback}:${port}/postgres`

/** A port nobody listens on. Somebody may take it before Postgres does, so the caller tries again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, loopback, () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(address)))
    })
  })
}
