/**
 * Every failure that a person can meet, as data: a code, what it is, which exit status or HTTP status it has.
 *
 * The database raises the codes RH001 to RH099 as SQLSTATE (db/README.md lists where), so that the same code
 * reaches a psql prompt, an API client and a log. The message names the object; the hint is the next command.
 */

type Entry = { readonly title: string; readonly status: number; readonly exit: 1 | 2 | 3 }

const entry = (title: string, status: number, exit: 1 | 2 | 3 = 1): Entry => ({ title, status, exit })

/** Retired codes stay listed, so that an old log can still be read. */
export const codes = {
  // Raised by the database (db/app_hidden, db/app_private).
  RH001: entry('no organization context', 401),
  RH002: entry('the context is not sealed by this database', 401),
  RH003: entry('the context has expired', 401),
  RH004: entry('not an active member of the organization', 403),
  RH005: entry('the organization is inactive or does not exist', 403),
  RH010: entry('a table that cannot be protected', 400),
  RH011: entry('the audit log is only added to', 409),
  RH012: entry('not an operator', 403),
  RH013: entry('an operator must say why', 400),
  RH014: entry('an old id has no new one', 409),
  RH015: entry('rows refer to rows that lead nowhere', 409),
  // Connecting.
  RH101: entry('no database server answers', 503),
  RH102: entry('the login was refused', 503),
  RH103: entry('the database does not exist', 503),
  RH104: entry('the login lacks rights', 503),
  RH105: entry('the connection was lost', 503),
  RH106: entry('the server version is not supported', 503),
  // Finding and deciding.
  RH110: entry('no tenant schemas found', 400),
  RH111: entry('the registry names a schema that does not exist', 400),
  RH112: entry('the spec is not valid', 400, 2),
  RH113: entry('the spec file cannot be read', 400, 2),
  RH114: entry('a table of the spec does not exist', 400, 2),
  RH115: entry('the database cannot be folded as it is', 400),
  RH116: entry('a file is in the way', 400, 2),
  RH117: entry('the source is missing, or another one', 400, 2),
  RH118: entry('the target lacks what the tables need', 400),
  // Applying.
  RH120: entry('the database changed since it was planned', 409),
  RH121: entry('another apply is at work', 409),
  RH122: entry('not confirmed', 400, 2),
  RH123: entry('nothing to do here', 400),
  RH124: entry('a plan is unfinished', 409),
  RH125: entry('the target is already there', 409),
  RH126: entry('a statement failed', 500),
  RH127: entry('the old schemas cannot go yet', 409),
  RH128: entry('a dump failed', 500),
  RH129: entry('a lock was not to be had', 503),
  RH131: entry('somebody still needs what this phase takes away', 409),
  RH132: entry('who owns what would be lost', 409),
  // Verifying.
  RH130: entry('verification found differences', 409, 3),
  // The machine.
  RH140: entry('the port is in use', 503),
  RH141: entry('the data directory is of another Postgres version', 503),
  RH142: entry('the data directory is in use', 503),
  RH143: entry('the embedded Postgres cannot run here', 503),
  RH144: entry('not a directory of ours', 400),
  RH145: entry('the database is not empty', 409),
  // Asking.
  RH200: entry('wrong use', 400, 2),
  RH201: entry('the configuration is not valid', 400, 2),
  // Serving.
  RH006: entry('the role in the organization does not allow this', 403),
  RH400: entry('the request cannot be read', 400),
  RH401: entry('the token is not valid', 401),
  RH402: entry('e-mail, password or organization is wrong', 401),
  RH403: entry('a right is missing', 403),
  RH404: entry('nothing was changed', 404),
  RH408: entry('the statement took too long', 503),
  RH409: entry('a rule of the table does not allow this', 409),
  RH413: entry('the request is too large', 413),
  RH429: entry('too many attempts', 429),
  RH500: entry('an error on our side', 500),
  RH503: entry('the server is busy', 503),
} as const

export type Code = keyof typeof codes

/** What is known of one failure besides its code. */
export type Failure = {
  /** One sentence that names the object. */
  readonly message: string
  readonly detail?: string | undefined
  /** The next command to type, or the next thing to do. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The only error this project throws on purpose. Anything else that arrives at an edge is a defect. */
export class RowhouseError extends Error {
  readonly code: Code
  readonly detail: string | undefined
  readonly hint: string | undefined

  constructor(code: Code, failure: Failure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.name = 'RowhouseError'
    this.code = code
    this.detail = failure.detail
    this.hint = failure.hint
  }

  /** The exit status of a command that ends with this error. */
  get exit(): 1 | 2 | 3 {
    return codes[this.code].exit
  }

  /** The HTTP status of a request that ends with this error. */
  get status(): number {
    return codes[this.code].status
  }

  toJSON() {
    return { code: this.code, message: this.message, detail: this.detail, hint: this.hint }
  }
}

/** True when `value` is one of our codes, for instance the SQLSTATE of an error the database raised. */
export const isCode = (value: unknown): value is Code =>
  typeof value === 'string' && Object.hasOwn(codes, value)
