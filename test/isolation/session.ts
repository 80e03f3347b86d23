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

export type Session = {
  /** Runs statements in order, keeps what the last one gave or the first failure, and undoes all of it. */
  attempt(statements: readonly string[], values?: readonly unknown[]): Promise<Outcome>
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

function session(client: pg.Client, end: () => Promise<void>): Session {
  // Two databases that are compared have two names.
  const plain = (text: string) => text.replaceAll(client.database ?? ' ', 'this_database')
  let notices: string[] = []
  let copied: string[] = []
  const hear = ({ message, detail, hint }: Notice) => notices.push([message, detail, hint].join(' '))
  const receive = ({ chunk }: { chunk: Buffer }) => copied.push(chunk.toString())
  const wire = (client as unknown as { connection: NodeJS.EventEmitter }).connection
  client.on('notice', hear)
  wire.on('copyData', receive)
  return {
    async attempt(statements, values) {
      notices = []
      copied = []
      let result: pg.QueryArrayResult | undefined
      let failure: pg.DatabaseError | undefined
      await client.query('savepoint attempt')
      try {
        for (const [at, text] of statements.entries()) {
          const isLast = at === statements.length - 1
          result = await client.query({
            text,
            rowMode: 'array',
            types: asText,
            ...(isLast && values !== undefined ? { values: [...values] } : {}),
          } as pg.QueryArrayConfig)
        }
      } catch (error) {
        failure = error as pg.DatabaseError
      }
      await client.query('rollback to savepoint attempt; release savepoint attempt')
      const parts = [failure?.message, failure?.detail, failure?.hint, ...notices]
      return {
        rows:
          failure === undefined
            ? rowsOf(result).map(row => row.map(one => (typeof one === 'string' ? plain(one) : one)))
            : [],
        rowCount: failure === undefined ? (result?.rowCount ?? null) : null,
        code: failure === undefined ? undefined : (failure.code ?? 'client'),
        said: plain(parts.filter(part => part !== undefined && part !== '').join('\n')),
        around: failure?.where ?? '',
        copied: copied.join(''),
      }
    },
    async end() {
      client.off('notice', hear)
      wire.off('copyData', receive)
      await end()
    },
  }
}

const rowsOf = (result: pg.QueryArrayResult | undefined): unknown[][] => result?.rows ?? []
