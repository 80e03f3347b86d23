/** Whether rows bear out a reference that only names tell. Reads; a table is read once, whatever is guessed of it. */
import type pg from 'pg'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import type { Places } from './places.ts'
import type { Reference } from './references.ts'

export type CheckedReference = Reference & {
  /** Rows that refer to something, and those of them that lead nowhere. */
  readonly rows: number
  readonly orphans: number
}

/** Forced to hash: two million rows take a second, and a minute by nested loops. */
export const forManyRows = ['set local enable_nestloop to off', "set local work_mem to '64MB'"]

export async function checkGuesses(
  client: pg.ClientBase,
  places: Places,
  guesses: readonly Reference[],
): Promise<CheckedReference[]> {
  if (guesses.length === 0) return []
  return readOnly(client, async () => {
    for (const setting of forManyRows) await client.query(setting)
    const checked: CheckedReference[] = []
    for (const [source, own] of Map.groupBy(guesses, ({ from }) => from)) {
      const { rows } = await client.query<Record<string, string>>(question(source, own, places))
      checked.push(
        ...own.map((guess, at) => ({
          ...guess,
          rows: Number(rows[0]?.[`rows_${at}`]),
          orphans: Number(rows[0]?.[`orphans_${at}`]),
        })),
      )
    }
    return checked
  })
}

function question(source: string, guesses: readonly Reference[], places: Places): string {
  const nameOf = (of: string) => {
    const table = places.find(of)?.table
    return qualified(table?.schema ?? '', table?.name ?? '')
  }
  const column = ({ columns }: Reference) => `t.${ident(columns[0] ?? '')}`
  const key = ({ keys }: Reference, at: number) => `p${at}.${ident(keys[0] ?? '')}`
  return `select ${guesses
    .map(
      (guess, at) =>
        `count(${column(guess)}) as rows_${at}, count(${column(guess)}) filter (where ${key(guess, at)} is null) as orphans_${at}`,
    )
    .join(', ')}
from ${nameOf(source)} t
${guesses.map((guess, at) => `left join ${nameOf(guess.to)} p${at} on ${key(guess, at)} = ${column(guess)}`).join('\n')}`
}
