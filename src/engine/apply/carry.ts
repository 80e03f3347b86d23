/**
 * One transfer: rows of the source's session into the target's, as fast as the slower of the two; what is on its way is
 * never more than a few chunks. What may fail here is either end; the target's transaction is then to be rolled back.
 */
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { copyInto, type Transfer } from './transfer.ts'

/** @returns how many rows the target took */
export async function carry(source: pg.Client, target: pg.Client, transfer: Transfer): Promise<number> {
  const out = source.query(copyTo(transfer.from))
  const into = target.query(copyFrom(copyInto(transfer)))
  try {
    await pipeline(out, into)
  } catch (error) {
    // Nobody reads what the source still sends; only closing the socket makes it stop.
    cutOff(source)
    throw error
  }
  return into.rowCount
}

function cutOff(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}
