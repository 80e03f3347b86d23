import { appendFile, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import JSON5 from 'json5'
import { readState } from '../engine/apply/state.ts'
import { planOfWorkspace } from '../engine/apply/workspace.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient } from '../postgres/connect.ts'
import type { Command, Context } from './command.ts'
import { untilStopped } from './untilStopped.ts'

export const watch: Command = {
  name: 'watch',
  argument: {
    name: 'folder',
    optional: true,
    description: "a workspace (default: the demonstration's, else this folder)",
  },
  summary: 'apply policy files as they are saved',
  description:
    'graphile-migrate watch, and one thing more: a file saved under db/ that migrations/current.sql does not include is added to it.',
  options: [],
  examples: [
    'npm run db:watch',
    'npm run db:watch -- .rowhouse/finance',
    'rowhouse watch path/to/workspace --database postgres://…',
  ],
  async run(context, _options, argument) {
    const [{ default: chokidar }, { default: graphileMigrate }] = await Promise.all([
      import('chokidar'),
      import('graphile-migrate'),
    ])
    const url = await context.database()
    const folder = await workspaceFolder(context, url, argument)
    await refuseForeign(folder, url)
    const settings = await readSettings(folder)
    const watcher = chokidar.watch(join(folder, 'db'), { ignoreInitial: true })
    // One after another: a new file is told twice, and must be included once.
    let included: Promise<unknown> = Promise.resolve()
    const save = (path: string) => {
      included = included
        .then(() => include(folder, path))
        .then(
          added => added && context.say(`included ${added} in migrations/current.sql`),
          error => context.say(`cannot include ${path}: ${(error as Error).message}`),
        )
    }
    watcher.on('add', save).on('change', save)
    context.say(`watching ${join(folder, 'db')} for database "${databaseOf(url)}"; Ctrl-C ends it`)
    await graphileMigrate.watch(
      { ...settings, connectionString: url, migrationsFolder: join(folder, 'migrations') },
      false,
      false,
    )
    await untilStopped()
    await watcher.close()
    // graphile-migrate's watch has no end of its own.
    process.exit(0)
  },
}

async function workspaceFolder(context: Context, url: string, argument: string | undefined): Promise<string> {
  const candidates =
    argument === undefined
      ? context.config.databaseUrl
        ? ['.']
        : [join(context.config.home, databaseOf(url)), '.']
      : [argument]
  for (const candidate of candidates) {
    const folder = resolve(candidate)
    if (await readFile(join(folder, '.gmrc')).catch(() => undefined)) return folder
  }
  throw new RowhouseError('RH200', {
    message: `${candidates[0]} is no workspace: it has no .gmrc`,
    hint: 'npm start makes one in .rowhouse/hr, rowhouse apply makes one for your database',
  })
}

/** One sample's rules are not for the database of another, whichever of them npm start has up. */
async function refuseForeign(folder: string, url: string): Promise<void> {
  const made = await planOfWorkspace(folder)
  const record = made === undefined ? null : await withClient(url, 'watch', readState)
  if (made === undefined || record === null || record.id === made) return
  throw new RowhouseError('RH116', {
    message: `${folder} has the rules of another database than "${databaseOf(url)}": of plan ${made}, not ${record.id}`,
    hint: 'name the workspace that apply or npm start made for this database',
  })
}

async function readSettings(folder: string): Promise<Record<string, unknown>> {
  const settings = JSON5.parse(await readFile(join(folder, '.gmrc'), 'utf8')) as Record<string, unknown>
  return settings
}

/** What is run by itself, or not at all, and never included twice. */
const notIncluded = new Set(['all.sql', 'roles.sql', 'uninstall.sql'])

/** Adds the include line for a saved file. Returns the path as included, or undefined where there was nothing to do. */
async function include(folder: string, path: string): Promise<string | undefined> {
  const fixture = relative(join(folder, 'db'), path).replaceAll('\\', '/')
  if (!fixture.endsWith('.sql') || fixture.startsWith('samples/') || notIncluded.has(basename(path)))
    return undefined
  const current = join(folder, 'migrations/current.sql')
  const text = await readFile(current, 'utf8').catch(() => '')
  const lines = text.split('\n').map(line => line.trim())
  if (lines.includes(`--!include ${fixture}`) || lines.includes('--!include all.sql')) return undefined
  await appendFile(current, `${text === '' || text.endsWith('\n') ? '' : '\n'}--!include ${fixture}\n`)
  return fixture
}
