/** Running a program on the Node 24 that the install brings, as if it were this process. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = fileURLToPath(new URL('..', import.meta.url))

/** A file of this checkout, wherever the caller stands. */
export const program = path => join(checkout, path)

const windows = process.platform === 'win32'
export const node24 = program(`node_modules/node/bin/node${windows ? '.exe' : ''}`)

/**
 * Type stripping and Jest's modules still announce themselves as experimental: that would be the first thing
 * on every screen.
 */
const quiet = '--disable-warning=ExperimentalWarning'

/**
 * Where compiled modules are kept: to strip and compile the program anew takes half a second of every command. Beside
 * the program, and so as trusted as it is; Node's own choice, a folder in /tmp, is anybody's to fill. What cannot be
 * written is compiled each time.
 */
const compiled = program('node_modules/.cache/compiled')

/** @returns {Promise<{ status: number | null, signal: NodeJS.Signals | null }>} */
export function runOnNode24(argv, { directory = checkout } = {}) {
  const child = spawn(node24, [quiet, ...argv], {
    cwd: directory,
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compiled, ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal's Ctrl-C reaches the child by itself; twice would read as "at once, without cleaning up".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  stopWithParent(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (status, signal) => resolve({ status, signal }))
  })
}

/** `kill -9` of npm reaches nobody below it; a server that nobody waits for would keep its port and its data. */
function stopWithParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const check = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(check)
    child.kill('SIGTERM')
  }, 250)
  check.unref()
}

/** Ends this process the way the child ended; a signal becomes 128 + its number, as shells do. */
export function exitLike({ status, signal }) {
  process.exit(status ?? 128 + (constants.signals[signal] ?? 0))
}
