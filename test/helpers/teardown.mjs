/** After all tests: this run's databases, then the embedded server with its directory. */
import { rmSync } from 'node:fs'
import { removeEmbedded } from '../../src/postgres/embedded.ts'
import { endRun } from './run.ts'

export default async function teardown() {
  await endRun()
  const embedded = globalThis.rowhouseTestServer
  if (embedded === undefined) return
  await embedded.server.stop()
  await removeEmbedded(embedded.home)
  rmSync(embedded.home, { recursive: true })
}
