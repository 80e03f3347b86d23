/** A session as a tenant's statement finds it, and what came of each attempt in it. */
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import type { TenantContext } from '../../src/postgres/context.ts'

export type Outcome = {
  readonly rows: readonly (readonly unknown[])[]
  readonly rowCount: number | null
  /** SQLSTATE, undefined when it succeeded. */
  readonly code: string | undefined
  /** Everything that was said: message, detail, hint, notices. */
  readonly said: string
  /** Where it was said, as Postgres describes it: other words for the same thing once a plan was kept. */
  readonly around: string
  /** What `copy … to stdout` sent. */
  readonly copied: string
}

/** Statements in order; what the last one gave counts, and the values are the last one's. */
export type Attempt = { readonly sql: readonly string[]; readonly values?: readonly unknown[] }

export type Session = {
  /** Runs each by itself, keeps what its last statement gave or its first failure, and undoes all of it. */
  attempt(attempts: readonly Attempt[]): Promise<Outcome[]>
  end(): Promise<void>
}

type Notice = {
  readonly message?: string | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
}

/** Values as Postgres writes them: a Date has no microseconds. */
const asText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig

/** A connection that logged in as the authenticator, in a tenant's transaction. */
export async function openSession(url: string, visitor: string, context: TenantContext): Promise<Session> {
  const client = await connect(url, 'test walk')
  await client.query('begin')
  await enter(client, visitor, context)
  return session(client, async () => {
    await client.end()
  })
}

/**
 * The same on a superuser's connection, inside the transaction that is open there, so that what the transaction
 * changed is in force. `reset session authorization` would end the disguise: such attempts need a real login.
 */
export async function disguise(
  client: pg.Client,
  login: string,
  visitor: string,
  context: TenantContext,
): Promise<Session> {
  await client.query(`set local session authorization ${login}`)
  await enter(client, visitor, context)
  return session(client, async () => {
    await client.query('reset session authorization')
  })
}

async function enter(client: pg.Client, visitor: string, context: TenantContext): Promise<void> {
  await client.query(`set local role ${visitor}; set local statement_timeout to 20000`)
  await client.query('set constraints all immediate')
  const { userId, organizationId, expires, seal } = context
  await client.query('select app_hidden.enter_context($1, $2, $3, $4)', [
    userId,
    organizationId,
    expires,
    seal,
  ])
}

/**
 * Attempts are sent one behind the other without waiting, or half of the time would be spent on the way. What is heard
 * belongs to the first that has not been undone yet: callbacks come in the order of the wire, promises do not.
 */
async function session(client: pg.Client, end: () => Promise<void>): Promise<Session> {
  const waiting: Told[] = []
  const hear = ({ message, detail, hint }: Notice) =>
    waiting[0]?.notices.push([message, detail, hint].join(' '))
  const receive = ({ chunk }: { chunk: Buffer }) => waiting[0]?.copied.push(chunk.toString())
  const wire = (client as unknown as { connection: NodeJS.EventEmitter }).connection
  client.on('notice', hear)
  wire.on('copyData', receive)
  await client.query('savepoint attempt')
  const behindEachOther = (on: boolean) => Object.assign(client, { pipeline: on })
  // Two databases that are compared have two names.
  const plain = (text: string) => text.replaceAll(client.database ?? ' ', 'this_database')

  const send = ({ sql, values }: Attempt) =>
    new Promise<Told>((resolve, reject) => {
      const told: Told = { notices: [], copied: [] }
      waiting.push(told)
      for (const [at, text] of sql.entries()) {
        const given = at === sql.length - 1 && values !== undefined ? { values: [...values] } : {}
        const config = { text, rowMode: 'array', types: asText, ...given } as pg.QueryArrayConfig
        client.query(config, (error: Error | null, result: pg.QueryArrayResult) => {
          if (error) told.failure ??= error as pg.DatabaseError
          else told.result = result
        })
      }
      client.query('rollback to savepoint attempt', error => {
        waiting.shift()
        if (error) reject(error)
        else resolve(told)
      })
    })
  return {
    async attempt(attempts) {
      behindEachOther(true)
      const told: Told[] = []
      for (const part of inParts(attempts)) told.push(...(await Promise.all(part.map(send))))
      behindEachOther(false)
      return told.map(one => outcomeOf(one, plain))
    },
    async end() {
      client.off('notice', hear)
      wire.off('copyData', receive)
      await end()
    },
  }
}

/** What was heard of one attempt. */
type Told = {
  readonly notices: string[]
  readonly copied: string[]
  result?: pg.QueryArrayResult
  failure?: pg.DatabaseError
}

/** As many as may be on the way at once. What reads its rows from the wire would read the next attempt for them. */
function inParts(attempts: readonly Attempt[]): Attempt[][] {
  const parts: Attempt[][] = []
  const isAlone = ({ sql }: Attempt) => /\bfrom stdin\b/i.test(sql.at(-1) ?? '')
  for (const attempt of attempts) {
    const last = parts.at(-1)
    if (last === undefined || last.length >= 100 || [attempt, ...last.slice(-1)].some(isAlone))
      parts.push([attempt])
    else last.push(attempt)
  }
  return parts
}

function outcomeOf({ result, failure, notices, copied }: Told, plain: (text: string) => string): Outcome {
  const parts = [failure?.message, failure?.detail, failure?.hint, ...notices]
  const rows: unknown[][] = failure === undefined ? (result?.rows ?? []) : []
  return {
    rows: rows.map(row => row.map(one => (typeof one === 'string' ? plain(one) : one))),
    rowCount: failure === undefined ? (result?.rowCount ?? null) : null,
    code: failure === undefined ? undefined : (failure.code ?? 'client'),
    said: plain(parts.filter(part => part !== undefined && part !== '').join('\n')),
    around: failure?.where ?? '',
    copied: copied.join(''),
  }
}
