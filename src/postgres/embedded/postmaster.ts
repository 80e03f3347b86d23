/** The server's process: started apart from the terminal, watched, stopped. Knows nothing of homes or versions. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, startedAs } from './account.ts'
import { loopback } from './address.ts'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'

export type Postmaster = {
  readonly pid: number
  /** Resolves when the process ended, however that came. */
  readonly exited: Promise<void>
  readonly hasExited: () => boolean
  /** What it wrote since it started. */
  readonly log: () => string
  /** Fast shutdown: sessions are cut, the data is left clean. After `patience` an immediate one. */
  stop(patience?: number): Promise<void>
}

export type Settings = Readonly<Record<string, string | number | boolean>>

export function spawnPostmaster(
  place: Place,
  binaries: Binaries,
  account: Account,
  { port, settings, log }: { port: number; settings: Settings; log: string },
): Postmaster {
  const all: Settings = {
    listen_addresses: loopback,
    port,
    // Sockets would need a directory with a short path that nobody else can write to; TCP needs neither.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }
  const argv = [
    '-D',
    place.data,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const start = rotate(log)
  const output = openSync(log, 'a', 0o600)
  const child = spawn(join(binaries.directory, 'bin', 'postgres'), argv, {
    ...startedAs(account, place.directory),
    // A terminal's Ctrl-C goes to its whole process group; the server is stopped by us, after its clients.
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)

  let over = false
  const exited = new Promise<void>(resolve => {
    child.once('error', resolve)
    child.once('exit', () => resolve())
  }).then(() => {
    over = true
    watch?.kill('SIGKILL')
  })
  const watch = child.pid === undefined ? undefined : stopWhenWeEnd(child.pid)

  return {
    pid: child.pid ?? -1,
    exited,
    hasExited: () => over,
    log: () => readFileSync(log).subarray(start).toString('utf8'),
    async stop(patience = 30_000) {
      child.kill('SIGINT')
      const impatient = setTimeout(() => child.kill('SIGQUIT'), patience)
      await exited
      clearTimeout(impatient)
    },
  }
}

/**
 * However this process ends (`kill -9` included), the pipe to this shell closes and the shell stops the server.
 * Should the shell be killed too, the next start finds the orphan.
 */
function stopWhenWeEnd(pid: number): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined
  const script = 'while read -r _; do :; done; kill -INT "$0" 2>/dev/null'
  const watch = spawn('/bin/sh', ['-c', script, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watch.on('error', () => {})
  watch.unref()
  return watch
}

/** Where the log ends now; one older log is kept, so that it never fills the disk. */
function rotate(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (size < 10_000_000) return size
  renameSync(log, `${log}.1`)
  return 0
}
