/**
 * What a client is told when a field failed: a code, a sentence, a hint; never SQL, never a row. A constraint can
 * fail because of a row that the caller may not see, so what Postgres says in `detail` is not passed on.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { isSafeError } from 'postgraphile/grafast'
import { GraphQLError } from 'postgraphile/graphql'
import { type Code, codes, RowhouseError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { asRowhouseError } from '../postgres/connect.ts'

/**
 * `schema.table.constraint` → its columns without the scope column. Read from the catalog, because behind row-level
 * security Postgres does not say in its errors which key it was.
 */
export type ConstraintColumns = ReadonlyMap<string, readonly string[]>

export type Formatting = {
  readonly log: Logger
  /** Hides the text of unexpected errors, and hints about policies. */
  readonly production: boolean
  /** What a constraint is about, as the API knows it. */
  readonly constraints: ConstraintColumns
}

/** @returns grafserv's `maskError`: an error like the given one, at the same path, fit to be sent. */
export const errorFormatter =
  (options: Formatting) =>
  (error: GraphQLError): GraphQLError => {
    const cause = error.originalError
    // Parsing, validation, coercion: about the caller's own document.
    if (cause == null || cause instanceof GraphQLError) return error
    const { code, message, detail, hint } = asAnswer(cause, options)
    return new GraphQLError(message, {
      nodes: error.nodes ?? null,
      source: error.source ?? null,
      positions: error.positions ?? null,
      path: error.path ?? null,
      extensions: { code, ...(detail && { detail }), ...(hint && { hint }) },
    })
  }

/** Any error as one of ours. What is not understood is logged under an id, and only the id is told. */
export function asAnswer(error: unknown, options: Formatting): RowhouseError {
  const known = asRowhouseError(error)
  if (known instanceof RowhouseError) {
    return known.code === 'RH404' && !options.production ? withReason(known) : known
  }
  if (error instanceof pg.DatabaseError) {
    const answer = fromDatabase(error, options)
    if (answer !== undefined) return answer
  }
  if (error instanceof Error && isSafeError(error))
    return new RowhouseError('RH400', { message: error.message })
  const id = randomUUID()
  options.log.error({ err: error, errorId: id }, 'unexpected error')
  return new RowhouseError('RH500', {
    message: options.production || !(error instanceof Error) ? codes.RH500.title : error.message,
    hint: `the log has it under ${id}`,
  })
}

/** For whoever writes policies; a client of a running product cannot open doors. */
const withReason = (error: RowhouseError): RowhouseError =>
  new RowhouseError(error.code, {
    message: error.message,
    hint:
      'either the row is not visible here (policy organization_isolation, or a select door), ' +
      'or no update or delete door is open for your role: see db/policies',
  })

type Explain = (error: pg.DatabaseError, options: Formatting) => [Code, string, hint?: string | undefined]

const byState: Readonly<Record<string, Explain>> = {
  '23505': (error, options) => ['RH409', `${of(error)}: another row has this ${columns(error, options)}`],
  '23503': (error, options) =>
    /^update or delete/.test(error.message)
      ? ['RH409', `the row is still referred to by ${of(error)}`, 'change or delete those rows first']
      : ['RH409', `${of(error)}: ${columns(error, options)} refers to a row that does not exist`],
  '23502': error => ['RH409', `${of(error)}: ${error.column ?? 'it'} must have a value`],
  // A domain has its rule wherever it is used: about a value, and not about a row that is there.
  '23514': error => [
    error.dataType === undefined ? 'RH409' : 'RH400',
    `${of(error)}: the value does not satisfy the rule ${error.constraint ?? ''}`.trim(),
  ],
  '23P01': error => [
    'RH409',
    `${of(error)}: the row overlaps another one (${error.constraint ?? 'exclusion'})`,
  ],
  '42501': error => [
    /row-level security/.test(error.message) ? 'RH006' : 'RH403',
    /row-level security/.test(error.message)
      ? 'your role in the organization does not allow this'
      : 'this may not be read or changed through the API',
    'ask an owner or admin of the organization',
  ],
  // `raise exception` in a function or trigger: written for whoever called it.
  P0001: error => ['RH409', error.message, error.hint],
  '57014': () => [
    'RH408',
    'the statement took too long',
    'ask for fewer rows, or filter by an indexed column',
  ],
  '40001': () => ['RH409', 'another request changed the same rows', 'try again'],
  '40P01': () => ['RH409', 'another request waits for the same rows', 'try again'],
}

function fromDatabase(error: pg.DatabaseError, options: Formatting): RowhouseError | undefined {
  const state = error.code ?? ''
  const explain = byState[state]
  if (explain !== undefined) {
    const [code, message, hint] = explain(error, options)
    return new RowhouseError(code, { message, hint })
  }
  // Class 22: a value that the caller sent cannot be what it should be. The text quotes that value and no other.
  if (state.startsWith('22')) return new RowhouseError('RH400', { message: error.message })
  if (state.startsWith('08') || state.startsWith('57P') || state.startsWith('53')) {
    return new RowhouseError('RH105', {
      message: 'the connection to the database was lost',
      hint: 'try again',
    })
  }
  return undefined
}

const of = (error: pg.DatabaseError): string => error.table ?? error.dataType ?? 'the table'

function columns({ schema, table, constraint }: pg.DatabaseError, { constraints }: Formatting): string {
  return constraints.get(`${schema}.${table}.${constraint}`)?.join(', ') ?? 'key'
}
