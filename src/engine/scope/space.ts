/** Whether the disk has room for what scoping makes: a second index beside every index. Reads. */
import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { literal, qualified } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import type { Place } from './places.ts'

export type Space = {
  /** Bytes of the led indexes: as large as those that are there, and an organization's id (16 bytes) in each entry. */
  readonly indexes: number
  /** Bytes of tables whose rows are assigned: in the worst case every row is written anew. */
  readonly rows: number
  /** Null where the server's disk cannot be seen from here. */
  readonly free: number | null
}

export type FreeBytes = (client: pg.ClientBase) => Promise<number | null>

export async function readSpace(
  client: pg.ClientBase,
  chosen: readonly Place[],
  assigned: readonly Place[],
  freeBytes: FreeBytes = serverFreeBytes,
): Promise<Space> {
  const indexes = await readOnly(client, async () => {
    if (chosen.length === 0) return 0
    const names = chosen.map(({ table }) => literal(qualified(table.schema, table.name))).join(', ')
    const { rows } = await client.query<{ bytes: string | null }>(
      `select sum(pg_relation_size(i.indexrelid) + 16 * greatest(0, x.reltuples)) as bytes
from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am a on a.oid = x.relam
where i.indrelid in (select to_regclass(n) from unnest(array[${names}]) n) and a.amname = 'btree' and i.indisvalid`,
    )
    return Number(rows[0]?.bytes ?? 0)
  })
  return {
    indexes: Math.ceil(indexes),
    rows: assigned.reduce((sum, { table }) => sum + table.bytes, 0),
    free: await freeBytes(client),
  }
}

/**
 * Of the file system that the server's data directory is on, when that is this machine's and can be read. A tunnel
 * makes a far server look near, and its directory may be called like one here: the server's start time tells them apart.
 */
export const serverFreeBytes: FreeBytes = async client => {
  try {
    const { rows } = await client.query<{ folder: string | null; near: boolean; started: string }>(
      `select current_setting('data_directory', true) as folder,
  coalesce(host(inet_server_addr()), '127.0.0.1') in ('127.0.0.1', '::1') as near,
  floor(extract(epoch from pg_postmaster_start_time()))::text as started`,
    )
    const [{ folder, near, started } = { folder: null, near: false, started: '' }] = rows
    if (!folder || !near) return null
    const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')
    if (Math.abs(Number(lines[2]) - Number(started)) > 2) return null
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    // No right to know the folder, or to look into it.
    return null
  }
}
