/**
 * Who owns a running embedded server: the process that holds this advisory lock in it. Unlike a lock file it
 * cannot outlive its holder, and unlike a process id it cannot mean somebody else later.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { connect } from '../connect.ts'

/** "rowhouse" in two numbers; advisory locks belong to a database, and this one to `postgres`. */
const key = [0x726f7768, 0x6f757365] as const

export type Claim = { release(): Promise<void> }

/** Holds the server until released; takes it again when its connection is cut (a backend was killed). */
export async function claim(url: string): Promise<Claim> {
  let released = false
  let client: pg.Client | undefined

  const hold = async () => {
    client = await connect(url, `house of process ${process.pid}`)
    client.once('end', regain)
    await client.query('select pg_advisory_lock($1, $2)', [...key])
  }
  const regain = async () => {
    while (!released) {
      try {
        return await hold()
      } catch {
        await sleep(250, undefined, { ref: false })
      }
    }
  }
  await hold()
  return {
    async release() {
      released = true
      await client?.end().catch(() => {})
    },
  }
}

export async function tryToOwn(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as owned', [...key])
  return rows[0]?.owned === true
}

/** "rowhouse house of process 123", for a message. */
export async function ownerOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `select a.application_name from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
    [...key],
  )
  return rows[0]?.application_name ?? 'another run of this project'
}
