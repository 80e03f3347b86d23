/**
 * A row as one number, the same in the old schema and in the new table: each column cast to text (enums hash by their
 * oid otherwise), put into a row (so that null and '' differ, and commas cannot shift), hashed. bytea is hashed
 * directly: its text is twice its size. Sums of these do not depend on order.
 */
import { ident, literal } from '../postgres/identifiers.ts'
import type { Column } from './catalog.ts'

/** The settings that text output depends on; both ends use these. */
export const textSettings: readonly string[] = [
  "set local timezone to 'UTC'",
  "set local datestyle to 'ISO, YMD'",
  "set local intervalstyle to 'iso_8601'",
  'set local extra_float_digits to 3',
  "set local bytea_output to 'hex'",
  'set local xmloption to content',
  'set local row_security to off',
  'set local statement_timeout to 0',
]

export const columnText = (column: Column, of: string): string =>
  expressionText(column, `${of}.${ident(column.name)}`)

/** The text of a value of the column's type. */
export const expressionText = ({ base, type }: Pick<Column, 'base' | 'type'>, column: string): string => {
  if (type.endsWith('[]')) return `${column}::text`
  if (base === 'bytea') return `encode(sha256(${column}), 'hex')`
  // As text it would lose the blanks at its end.
  return base === 'bpchar' ? `encode(bpcharsend(${column}), 'hex')` : `${column}::text`
}

/** bigint, of a row's columns as texts. */
export const rowHash = (texts: readonly string[]): string =>
  `hashtextextended(row(${texts.join(', ')})::text, 0)`

/** text, for the row aliased `of`: `7`, or `7,2` for a key of two columns. */
export const keyText = (key: readonly string[], of: string): string =>
  keyAsText(key.map(name => `${of}.${ident(name)}::text`))

/** The same of texts. */
export const keyAsText = (texts: readonly string[]): string =>
  `concat_ws(',', ${texts.map(text => `${text} collate "C"`).join(', ')})`

/** text[], naming the columns whose texts differ. */
export const changedColumns = (
  columns: readonly { readonly name: string; readonly a: string; readonly b: string }[],
): string =>
  `array_remove(array[${columns
    .map(({ name, a, b }) => `case when ${a} is distinct from ${b} then ${literal(name)} end`)
    .join(', ')}], null)`
