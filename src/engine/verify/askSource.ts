/**
 * What typical queries answer in a tenant's schema on another server, where nothing was recorded and rowhouse.measure is
 * not: the same constants, the same hash over the rows in their order. Reads only; without times, for those of two
 * servers cannot be compared.
 */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { literal } from '../../postgres/identifiers.ts'
import { askable, mayCount } from '../operations/recordBaseline.ts'
import { type Organization, type Plan, tableOf } from '../plan/plan.ts'
import type { TypicalQuery } from '../plan/typical.ts'
import { inTransaction } from './totals.ts'

export type Answered = {
  readonly query: string
  readonly constants: readonly (string | null)[]
  /** As rowhouse.measure says it: `50 rows 9f86…`. */
  readonly answer: string
}

export const askSource = (source: pg.ClientBase, plan: Plan, { schema }: Organization): Promise<Answered[]> =>
  inTransaction(source, async () => {
    const answers: Answered[] = []
    for (const { query, text, picking, counted } of askable(plan, schema)) {
      if (!isOrderedAlike(plan, query)) continue
      if (counted !== null && !(await isSmall(source, counted))) continue
      const { rows: picked } = await source.query<{ constants: (string | null)[] | null }>(
        `select (${picking}) as constants`,
      )
      const constants = picked[0]?.constants ?? []
      const { rows } = await source.query<{ row: string }>(
        `select t::text as row from (${formatted(text, constants)}) t`,
      )
      const hash = rows.reduce<Buffer>(
        (so, { row }) => createHash('sha256').update(so).update(row).digest(),
        Buffer.alloc(0),
      )
      answers.push({ query: query.name, constants, answer: `${rows.length} rows ${hash.toString('hex')}` })
    }
    return answers
  })

/** Texts are in the order of a database's collation, of which two servers may have two: other rows are the first then. */
const isOrderedAlike = (plan: Plan, { table, order }: TypicalQuery): boolean =>
  tableOf(plan, table)
    .columns.filter(({ name }) => order.includes(name))
    .every(({ base, typeSchema }) => typeSchema === null && !texts.has(base))

const texts = new Set(['text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'xml'])

async function isSmall(source: pg.ClientBase, table: string): Promise<boolean> {
  const { rows } = await source.query<{ small: boolean }>(
    `select ${mayCount(`${literal(table)}::regclass`)} as small`,
  )
  return rows[0]?.small ?? false
}

/** As Postgres' format() does: `%L` is the next constant, `%%` a per cent sign. */
function formatted(text: string, constants: readonly (string | null)[]): string {
  let at = 0
  return text.replaceAll(/%[L%]/g, found => (found === '%%' ? '%' : literal(constants[at++] ?? null)))
}
