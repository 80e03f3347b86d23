/** `rowhouse.measure` (db/rowhouse/measure.sql) as a function: one query's answer, time, buffers and how it read. */
import type pg from 'pg'
import { readable } from '../../postgres/connect.ts'

export type Scan = { readonly node: string; readonly table: string | null; readonly index: string | null }

export type Measured = {
  readonly answer: string
  readonly milliseconds: number
  readonly buffers: number
  readonly scans: readonly Scan[]
  /** How many of the wall's and the doors' questions were asked. */
  readonly checks: number
}

/**
 * In the caller's transaction; a query that fails leaves it as it was.
 * @param query with `%L` where a constant belongs
 * @param picking a query for the constants, as text[]
 * @param role whom to ask as; null: whoever calls
 */
export async function measure(
  client: pg.ClientBase,
  query: string,
  picking: string,
  role: string | null,
): Promise<Measured | { readonly failure: string }> {
  await client.query('savepoint measure')
  try {
    const { rows } = await client.query<{
      answer: string
      milliseconds: string
      buffers: string
      scans: Scan[]
      checks: number
    }>('select answer, milliseconds, buffers, scans, checks from rowhouse.measure($1, $2, $3)', [
      query,
      picking,
      role,
    ])
    await client.query('release savepoint measure')
    const [row] = rows
    if (row === undefined) throw new Error('rowhouse.measure gave no row')
    return { ...row, milliseconds: Number(row.milliseconds), buffers: Number(row.buffers) }
  } catch (error) {
    await client.query('rollback to savepoint measure')
    return { failure: readable(error).message }
  }
}
