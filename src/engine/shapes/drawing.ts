/**
 * How a column is numbered: by what a default draws from a sequence. Most become identity columns; those that may be empty,
 * are no whole numbers, or make a text of the number get a sequence of the new table's own. Pure.
 */
import type { Column } from '../catalog/catalog.ts'
import { schemasIn } from './names.ts'

type Drawing = Pick<Column, 'default' | 'sequence' | 'identity' | 'notNull' | 'type'>

const constant = (sequence: string) => `'${sequence.replaceAll("'", "''")}'::regclass`

/** The default with another sequence in the place of the one that it draws from. @param to qualified */
export const drawnFrom = ({ default: value, sequence }: Drawing, to: string): string | null =>
  value === null || sequence === null ? value : value.replaceAll(constant(sequence), constant(to))

/** `numbered`, whatever the sequence is called, or what the default makes of the number besides. */
export function drawnText(column: Drawing): string {
  const text = drawnFrom(column, '') ?? ''
  return column.identity !== null || /^\(?nextval\(''::regclass\)\)?(::[\w ]+)?$/.test(text)
    ? 'numbered'
    : text
}

/** Whether a draw needs more than one sequence, or anything else that has a schema. */
export const drawsOddly = (column: Drawing): boolean => {
  const text = drawnText(column)
  return (
    text !== 'numbered' &&
    (text.replace(constant(''), '').includes('::regclass') ||
      schemasIn(text).size > 0 ||
      !text.includes(constant('')))
  )
}

/** No other types have identity. */
const whole: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint'])

export const isIdentity = (column: Drawing): boolean =>
  column.identity !== null ||
  (column.sequence !== null && column.notNull && whole.has(column.type) && drawnText(column) === 'numbered')

/** The sequence that the column owns where it is no identity column; undefined where it has none. */
export const ownSequence = (column: Drawing, sequence: string | null): { readonly draws?: string } =>
  column.sequence === null || sequence === null || isIdentity(column) ? {} : { draws: sequence }
