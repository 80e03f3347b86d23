/**
 * The log of the server: one JSON line per event on stderr, so that stdout stays for results. It never gets a token,
 * a password, a header, a variable or a row: those who call it pass names and numbers.
 */
import { type Logger, pino } from 'pino'

export type { Logger }

/** @param level silent, fatal, error, warn, info, debug or trace */
export const makeLog = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: describeError },
    },
    pino.destination({ dest: 2, sync: true }),
  )

/** What helps to find a defect and carries no row: Postgres' detail, where and query can quote values. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, schema, table, column, constraint } = error as Error & Record<string, unknown>
  return {
    type: error.name,
    message: error.message,
    code,
    schema,
    table,
    column,
    constraint,
    stack: error.stack,
  }
}
