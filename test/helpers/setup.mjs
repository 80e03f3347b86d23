/**
 * Before all tests: the server they run on. `TEST_DATABASE_URL` names one (a superuser's address), otherwise an
 * embedded one in a directory of its own. Several runs may share a server: every database carries the run's name.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { startRun } from './run.ts'

export default async function setup() {
  const given = process.env.TEST_DATABASE_URL?.trim()
  if (given) {
    process.env.ROWHOUSE_TEST_SERVER = given
  } else {
    await sweep()
    const home = mkdtempSync(join(tmpdir(), 'rowhouse-test-'))
    chmodSync(home, 0o711)
    const server = await startEmbedded({ home, durable: false })
    process.env.ROWHOUSE_TEST_SERVER = server.url
    globalThis.rowhouseTestServer = { home, server }
  }
  await startRun()
}

/** Servers of runs that were killed before their teardown. No run takes a day. */
async function sweep() {
  for (const name of readdirSync(tmpdir()).filter(one => one.startsWith('rowhouse-test-'))) {
    const home = join(tmpdir(), name)
    try {
      if (statSync(home).mtimeMs > Date.now() - 86_400_000) continue
      await removeEmbedded(home)
      rmSync(home, { recursive: true })
    } catch {
      // Another user's, or another run was faster.
    }
  }
}
