/** A rowhouse command from outside: how long it takes and how much memory its process needs at most. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Measured = {
  readonly seconds: number
  /** The process's own, s of processor time; 0 where the system does not tell. */
  readonly processor: number
  /** kB; 0 where the system does not tell. */
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
  let [peak, processor] = [0, 0]
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid))
    processor = Math.max(processor, stat(child.pid)?.own ?? 0)
  }, 50)
  const status = await new Promise(done => child.on('close', done))
  clearInterval(watch)
  if (status !== 0) throw new Error(`rowhouse ${argv[0]} ended with ${status}\n${said}`)
  return { seconds: (performance.now() - begun) / 1000, processor, peak }
}

/** Linux' own account of the largest resident size so far. */
function highWater(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

type Times = { readonly parent: number; readonly own: number; readonly ended: number }

/** Processor time in s, of a process and of its children that have ended; Linux counts hundredths. */
function stat(pid: number | string | undefined): Times | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const sum = (at: number) => ((fields[at] ?? 0) + (fields[at + 1] ?? 0)) / 100
    return { parent: fields[1] ?? 0, own: sum(11), ended: sum(13) }
  } catch {
    return null
  }
}

/**
 * Processor time that a server and all its processes have taken so far, in s; 0 where the system does not tell. On a
 * machine that others use too it says more than a clock.
 */
export function serverTime(postmaster: number): number {
  let pids: string[] = []
  try {
    pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  } catch {
    return 0
  }
  return pids.reduce((sum, pid) => {
    const times = stat(pid)
    if (times === null) return sum
    return Number(pid) === postmaster
      ? sum + times.own + times.ended
      : times.parent === postmaster
        ? sum + times.own
        : sum
  }, 0)
}
