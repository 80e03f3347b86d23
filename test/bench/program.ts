/** A rowhouse command from outside: how long it takes and how much memory its process needs at most. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Measured = {
  readonly seconds: number /** kB; 0 where the system does not tell */
  readonly peak: number
}

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export async function run(argv: readonly string[], directory: string): Promise<Measured> {
  const begun = performance.now()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...argv], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', text => {
    said = `${said}${text}`.slice(-4000)
  })
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid))
  }, 50)
  const status = await new Promise(done => child.on('close', done))
  clearInterval(watch)
  if (status !== 0) throw new Error(`rowhouse ${argv[0]} ended with ${status}\n${said}`)
  return { seconds: (performance.now() - begun) / 1000, peak }
}

/** Linux' own account of the largest resident size so far. */
function highWater(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
