/**
 * Rows on their way from another server: a `copy … to stdout` there, a `copy … from stdin` here, one piped into the
 * other. As a value, and as the line that makes psql do the same. Pure.
 */

export type Transfer = {
  /** `copy (select …) to stdout (…)`: what the source is told. */
  readonly from: string
  /** The table with its columns: `hr.employees (organization_id, id)`. */
  readonly into: string
  readonly format: 'binary' | 'text'
}

/** What a step sends to the target: SQL, or rows of the source. */
export type Statement = string | Transfer

/**
 * How many rows the transfer before had. psql sets a variable of this name after every statement; apply puts the number
 * in its place.
 */
export const rowCount = ':ROW_COUNT'

export const isTransfer = (statement: Statement): statement is Transfer => typeof statement !== 'string'

/** @param select what is read at the source, in the order of the columns of `into` */
export const transfer = (select: string, into: string, format: Transfer['format']): Transfer => ({
  from: `copy (${select}) to stdout (format ${format})`,
  into,
  format,
})

/** What the target is told. */
export const copyInto = ({ into, format }: Transfer): string => `copy ${into} from stdin (format ${format})`

/** The environment variable of the script with the source's address: a password is in no file then. */
export const sourceVariable = 'SOURCE'

/** One line, because psql's meta-commands have no more. When either end fails, psql says so and stops. */
export const copyLine = ({ from, into, format }: Transfer): string => {
  const program = `psql "$${sourceVariable}" --no-psqlrc --quiet --command ${shellWord(from)}`
  return `\\copy ${into} from program '${program.replaceAll("'", "''")}' (format ${format})`
}

/** One word for a POSIX shell, on one line whatever is in it. */
const shellWord = (text: string) =>
  text.includes('\n')
    ? `"$(printf '${text.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll("'", `'\\''`).replaceAll('\n', '\\n')}')"`
    : `"${text.replaceAll(/[\\$`"]/g, character => `\\${character}`)}"`
