import { spawn } from 'node:child_process'
import { mkdir, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { inherited } from '../config.ts'
import { obstacles } from '../engine/apply/completable.ts'
import { completeAll } from '../engine/apply/complete.ts'
import { type PlanRecord, readState, uncompleted } from '../engine/apply/state.ts'
import { some } from '../engine/shapes/sharedTypes.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient, withoutPassword } from '../postgres/connect.ts'
import { ident } from '../postgres/identifiers.ts'
import type { Command, Context } from './command.ts'

export const complete: Command = {
  name: 'complete',
  summary: 'drop the old schemas: the end of going back',
  description:
    "One schema at a time, only after a passed verification and the time that the plan keeps them (keep_old_for). The database's name must be typed out. Interrupted, the same command goes on. Of a plan whose old schemas are on another server (--from) it drops nothing.",
  options: [
    { flags: '--dry-run', description: 'say what would be dropped and what is in the way, and drop nothing' },
    { flags: '--confirm <database>', description: "the database's name" },
    { flags: '--drop-left', description: 'also where tables that the plan left have rows' },
    { flags: '--dump <folder>', description: 'write a dump of each schema there first (needs pg_dump)' },
  ],
  examples: [
    'rowhouse complete --database postgres://localhost/hr_legacy --dry-run',
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
      const left = uncompleted(record)
      const reasons = await obstacles(client, record, { left: options.dropLeft === true })
      if (options.dryRun === true) return rehearse(context, record, reasons)
      if (reasons.length > 0) throw together(reasons)
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

/** What a dry run says. @returns 1 where something is in the way */
function rehearse(context: Context, record: PlanRecord, reasons: readonly RowhouseError[]): number {
  const schemas = uncompleted(record).map(({ schema }) => schema)
  context.result(
    {
      plan: record.id,
      wouldDrop: schemas,
      obstacles: reasons.map(({ code, message, hint }) => ({ code, message, hint })),
    },
    [
      `would drop ${schemas.length} old schemas: ${some(schemas)}`,
      ...reasons.map(({ code, message, hint }) => `in the way (${code}): ${message}\n  ${hint}`),
      ...(reasons.length === 0 ? ['nothing is in the way\nnext: rowhouse complete'] : []),
    ].join('\n'),
  )
  return reasons.length === 0 ? 0 : 1
}

/** All reasons at once: a week may pass before the next one would be heard. */
function together(reasons: readonly RowhouseError[]): RowhouseError {
  const [first] = reasons
  if (reasons.length === 1 && first !== undefined) return first
  return new RowhouseError('RH127', {
    message: `the old schemas stay, for ${reasons.length} reasons:${reasons.map(({ message, hint }) => `\n  ${message}: ${hint}`).join('')}`,
    hint: 'mend them, and see what is left: rowhouse complete --dry-run',
  })
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
