import { spawn } from 'node:child_process'
import { mkdir, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { inherited } from '../config.ts'
import { completeAll, leftRows, requireCompletable, uncompleted } from '../engine/apply/complete.ts'
import { readState } from '../engine/apply/state.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient, withoutPassword } from '../postgres/connect.ts'
import { ident } from '../postgres/identifiers.ts'
import type { Command } from './command.ts'

export const complete: Command = {
  name: 'complete',
  summary: 'drop the old schemas: the end of going back',
  description:
    "One schema at a time, only after a passed verification and the time that the plan keeps them (keep_old_for). The database's name must be typed out. Interrupted, the same command goes on. Of a plan whose old schemas are on another server (--from) it drops nothing.",
  options: [
    { flags: '--confirm <database>', description: "the database's name" },
    { flags: '--drop-left', description: 'also where tables that the plan left have rows' },
    { flags: '--dump <folder>', description: 'write a dump of each schema there first (needs pg_dump)' },
  ],
  examples: [
    'rowhouse complete --database postgres://localhost/hr_legacy',
    'rowhouse complete --confirm hr_legacy --dump backups/',
  ],
  async run(context, options) {
    const url = await context.database()
    const name = databaseOf(url)
    return withClient(url, 'complete', async client => {
      const record = await readState(client)
      if (record?.plan.kind === 'single') {
        throw new RowhouseError('RH123', {
          message: `database "${name}" was scoped in place: there are no old schemas`,
          hint: 'rowhouse status',
        })
      }
      if (record === null || uncompleted(record).length === 0) {
        throw new RowhouseError('RH123', {
          message:
            record === null ? `no plan was begun in database "${name}"` : `plan ${record.id} is completed`,
          hint: 'rowhouse status',
        })
      }
      await requireCompletable(client, record)
      const staying = await leftRows(client, record)
      if (staying.length > 0 && options.dropLeft !== true) {
        throw new RowhouseError('RH127', {
          message: `tables that the plan left where they are would go too, with their rows: ${staying.slice(0, 5).join(', ')}${staying.length > 5 ? ` and ${staying.length - 5} more` : ''}`,
          hint: 'move or copy them first, or say that they may go: rowhouse complete --drop-left',
        })
      }
      const left = uncompleted(record)
      const question = `Drop ${left.length} old schemas (${left[0]?.schema}${left.length > 1 ? ', …' : ''})? There is no way back. Type the database's name:`
      if ((options.confirm ?? (await context.ask(question))) !== name) {
        throw new RowhouseError('RH122', {
          message: `not completed: ${left.length} old schemas would be dropped, and the database's name was not typed`,
          hint: `rowhouse complete --confirm ${name}`,
        })
      }
      const folder = options.dump === undefined ? null : resolve(options.dump as string)
      if (folder !== null) await mkdir(folder, { recursive: true })
      const dropped = await withClient(url, 'complete', observer =>
        completeAll(
          client,
          observer,
          record,
          ({ schema, slug }) =>
            folder === null ? Promise.resolve() : dump(url, schema, join(folder, `${slug}.dump`)),
          context.listen,
        ),
      )
      context.result(
        { plan: record.id, state: 'completed', dropped, dumps: folder },
        `plan ${record.id} is completed: ${dropped} old schemas are dropped${folder === null ? '' : `, their dumps are in ${folder}`}`,
      )
      return 0
    })
  },
}

/**
 * One schema in pg_dump's custom format, whole or not at all. The password goes by the environment: arguments can be
 * read by everybody on the machine.
 * @throws RowhouseError RH128
 */
async function dump(url: string, schema: string, file: string): Promise<void> {
  const unfinished = `${file}.unfinished`
  const password = decodeURIComponent(new URL(url).password)
  const child = spawn(
    'pg_dump',
    [
      '--format=custom',
      `--schema=${quotedPattern(schema)}`,
      `--file=${unfinished}`,
      `--dbname=${withoutPassword(url)}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...inherited(), ...(password ? { PGPASSWORD: password } : {}) },
    },
  )
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  const failure = await new Promise<string | null>(done => {
    child.on('error', error => done(error.message))
    child.on('close', status => done(status === 0 ? null : said.trim() || `exit status ${status}`))
  })
  if (failure !== null) {
    throw new RowhouseError('RH128', {
      message: `schema ${schema} could not be dumped, and was not dropped: ${failure.split('\n')[0]}`,
      hint: 'a pg_dump of the server’s version or later must be on PATH; without --dump nothing is written',
    })
  }
  await rename(unfinished, file)
}

/** pg_dump takes patterns: in quotes every letter means itself. */
const quotedPattern = (schema: string) => (ident(schema).startsWith('"') ? ident(schema) : `"${schema}"`)
