/**
 * One step's statements, in order: SQL to the target, rows from the source where that is another server; and what may go
 * side by side on several connections. What fails names step and statement.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { readable } from '../../postgres/connect.ts'
import { bringsRows } from '../operations/index.ts'
import { connectSource } from '../plan/source.ts'
import { carry } from './carry.ts'
import { isGenerator, type Step } from './render.ts'
import { copyInto, isTransfer, rowCount, type Statement } from './transfer.ts'

/**
 * What no transaction can hold, in order. The last step's have none, and go side by side: it runs alone, and the other
 * connections have nothing to do.
 */
export async function sendBefore(
  open: () => Promise<pg.Client>,
  client: pg.Client,
  step: Step,
  jobs: number,
): Promise<void> {
  const queue = [...step.before]
  const more: pg.Client[] = []
  try {
    while (more.length + 1 < Math.min(jobs, queue.length)) more.push(await open())
    await Promise.all(
      [client, ...more].map(async one => {
        for (let statement = queue.shift(); statement !== undefined; statement = queue.shift()) {
          const sent = statement
          await sendOne(one, sent).catch(error => {
            queue.length = 0
            throw stepFailure(step, sent, error)
          })
        }
      }),
    )
  } finally {
    await Promise.all(more.map(one => one.end().catch(() => {})))
  }
}

/** Sends one step's statements; `beforeCommit` runs when only `commit` is left. Returns the rows that were copied. */
export async function send(
  client: pg.Client,
  step: Step,
  beforeCommit: () => Promise<void>,
  from?: string,
): Promise<number | null> {
  let rows: number | null = null
  let carried: number | null = null
  let sending: Statement = ''
  let source: pg.Client | undefined
  try {
    for (const statement of step.statements) {
      sending = statement
      if (isTransfer(statement)) {
        source ??= await connectSource(from ?? '')
        carried = await carry(source, client, statement)
        if (step.operation.kind === 'copy_rows') rows = (rows ?? 0) + carried
        continue
      }
      if (statement === 'commit') await beforeCommit()
      const text: string = carried === null ? statement : statement.replace(rowCount, String(carried))
      carried = null
      const result = await sendOne(client, text)
      if (bringsRows(step.operation) && result?.rows?.[0]?.set_config !== undefined) {
        const counts = Object.values(JSON.parse(result.rows[0].set_config)) as number[]
        rows = counts.reduce((sum, count) => sum + count, 0)
      }
    }
    return rows
  } catch (error) {
    await client.query('rollback').catch(() => {})
    if (error instanceof RowhouseError) throw error
    throw stepFailure(step, isTransfer(sending) ? `${copyInto(sending)}; ${sending.from}` : sending, error)
  } finally {
    await source?.end().catch(() => {})
  }
}

const sendOne = (client: pg.Client, statement: string) =>
  isGenerator(statement) ? sendGenerated(client, statement) : client.query(statement)

/** As psql does with \gexec: every answer is a statement. */
async function sendGenerated(client: pg.Client, statement: string): Promise<undefined> {
  const { rows } = await client.query(statement.replace(/\\gexec$/, ''))
  for (const row of rows) for (const made of Object.values(row)) await client.query(String(made))
}

/** RH105; `error` says how. */
export const connectionLost = (step: Step, error: unknown): RowhouseError =>
  new RowhouseError('RH105', {
    message: `the connection was lost during "${step.description}": ${readable(error).message}`,
    hint: 'nothing is half done; run the same command again',
    cause: error,
  })

function stepFailure(step: Step, statement: string, error: unknown): RowhouseError {
  const { code, message } = readable(error)
  if (code === undefined || code.startsWith('57P') || code.startsWith('08') || code === 'ECONNRESET') {
    return connectionLost(step, error)
  }
  return new RowhouseError('RH126', {
    message: `"${step.description}" failed: ${message}`,
    detail: statement.length > 2000 ? `${statement.slice(0, 2000)} …` : statement,
    hint: 'mend what the message names and run the same command again, or: rowhouse cancel',
    cause: error,
  })
}
