/** `kill -9` of a whole Postgres. */
import { execFileSync } from 'node:child_process'

/** The postmaster first, so that it cannot begin a recovery of its own; then everything it started. */
export function killAll(postmaster: number): void {
  const children = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === postmaster)
    .map(([pid]) => pid as number)
  process.kill(postmaster, 'SIGKILL')
  for (const pid of children) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself when it saw its parent gone.
    }
  }
}
