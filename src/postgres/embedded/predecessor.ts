/**
 * What an earlier run left: nothing, a stale postmaster.pid, or a server that outlived its owner. A server whose
 * owner lives is somebody's second `npm start`, and is left alone.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { connect } from '../connect.ts'
import { urlOf } from './address.ts'
import { ownerOf, tryToOwn } from './claim.ts'
import type { Place } from './place.ts'

/** A starting or stopping server is given this long to make up its mind. */
const patience = 60_000

/**
 * Returns when no server uses the data directory; the process id of one that had to be stopped, if any.
 * @throws RowhouseError RH142 when another run of ours owns it
 */
export async function clearPredecessor(place: Place): Promise<number | undefined> {
  const deadline = Date.now() + patience
  let stopped: number | undefined
  for (;;) {
    const found = readPidFile(place)
    if (found === undefined || !isAlive(found.pid)) return stopped
    if (!isServerOf(found, place)) {
      // Postgres would take the stranger that has this process id now for a living server.
      rmSync(join(place.data, 'postmaster.pid'), { force: true })
      return stopped
    }
    if (await isOrphan(found, place)) {
      process.kill(found.pid, 'SIGINT')
      stopped = found.pid
    }
    if (Date.now() > deadline) throw inUse(place, `the server ${found.pid} neither answers nor ends`)
    await sleep(50)
  }
}

export const inUse = (place: Place, who: string) =>
  new RowhouseError('RH142', {
    message: `the embedded server's data directory ${place.data} is in use: ${who}`,
    hint: 'stop the other one first, or set ROWHOUSE_HOME to another directory for a second house',
  })

type PidFile = { readonly pid: number; readonly data: string; readonly port: number }

function readPidFile(place: Place): PidFile | undefined {
  try {
    const [pid, data, , port] = readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(pid), data: data ?? '', port: Number(port) }
  } catch {
    return undefined
  }
}

/** Answers, and nobody owns it. One that only just started has an owner who is about to say so. */
async function isOrphan(found: PidFile, place: Place): Promise<boolean> {
  let client: pg.Client
  try {
    client = await connect(urlOf(place, found.port), 'predecessor')
  } catch {
    return false
  }
  try {
    if (!(await tryToOwn(client))) throw inUse(place, await ownerOf(client))
    const age = await client.query("select now() - pg_postmaster_start_time() > interval '3 s' as settled")
    return age.rows[0]?.settled === true
  } finally {
    await client.end().catch(() => {})
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Process ids are reused, in containers within seconds: is this one a Postgres of this data directory? */
function isServerOf({ pid, data }: PidFile, place: Place): boolean {
  const command = commandOf(pid)
  if (command === undefined) return true
  if (!/\bpostgres\b/.test(command)) return false
  // A copied checkout has the original's file, with the original's directory in it.
  if (data !== place.data && existsSync(data)) return statSync(data).ino === statSync(place.data).ino
  return command.includes(data)
}

/** Its command line, from /proc or `ps`; undefined where neither tells. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    const { status, stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return status === 0 ? stdout : undefined
  }
}
