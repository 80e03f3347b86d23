/**
 * Where the embedded server of this folder listens while `npm start` runs, so that other commands and db:watch find
 * it without being told.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = (home: string) => join(home, 'running.json')

/** @param url the database's address, with its password: the file is for its owner only */
export function announce(home: string, url: string): void {
  mkdirSync(home, { recursive: true })
  writeFileSync(file(home), JSON.stringify({ pid: process.pid, url }), { mode: 0o600 })
}

export const retract = (home: string): void => rmSync(file(home), { force: true })

/** The address, when the process that announced it still lives. */
export function announced(home: string): string | undefined {
  try {
    const { pid, url } = JSON.parse(readFileSync(file(home), 'utf8')) as { pid: number; url: string }
    process.kill(pid, 0)
    return url
  } catch {
    return undefined
  }
}
