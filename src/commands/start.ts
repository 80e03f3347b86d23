import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type SampleName, sampleNamed, sampleNames } from '../engine/sample/systems.ts'
import { RowhouseError } from '../errors.ts'
import { makeLog } from '../log.ts'
import { databaseOf, withClient, withDatabase } from '../postgres/connect.ts'
import { type EmbeddedServer, removeEmbedded, startEmbedded } from '../postgres/embedded.ts'
import { ident } from '../postgres/identifiers.ts'
import type { Command, Context } from './command.ts'
import { bringUp, type Wanted } from './demonstration.ts'
import { greeting } from './greeting.ts'
import { announce, retract } from './runningServer.ts'
import { untilStopped } from './untilStopped.ts'

export const start: Command = {
  name: 'start',
  summary: 'the whole road once: build a sample, fold it or scope it, verify it, serve it',
  description:
    'On an embedded Postgres under .rowhouse/, or on DATABASE_URL: there a sample is built only when the database is empty and --yes was said. Each sample has a database and a workspace of its own; later runs keep the data.',
  options: [
    { flags: '--sample <system>', description: `which one: ${sampleNames.join(', ')} (default: hr)` },
    { flags: '--yes', description: 'build the sample in an empty DATABASE_URL' },
    {
      flags: '--reset',
      description: 'begin again: remove the embedded server, the data and the workspace of every sample',
    },
  ],
  examples: [
    'npm start',
    'npm start -- --sample finance',
    'npm start -- --sample sellout',
    'npm start -- --reset',
    'DATABASE_URL=postgres://localhost/empty npm start -- --yes',
  ],
  async run(context, options) {
    const { config } = context
    const sample =
      options.sample === undefined ? undefined : sampleNamed(options.sample, 'npm start -- --sample …')
    if (config.databaseUrl !== undefined) {
      if (options.reset === true) {
        throw new RowhouseError('RH200', {
          message: '--reset removes the embedded server, and DATABASE_URL names another',
          hint: 'unset DATABASE_URL, or undo the fold there: rowhouse cancel',
        })
      }
      return run(context, { url: config.databaseUrl, sample, mayBuild: options.yes === true })
    }
    if (options.reset === true) await reset(context)
    const server = await embedded(context)
    try {
      return await runEmbedded(context, server, sample ?? 'hr')
    } finally {
      retract(config.home)
      await server.stop()
    }
  },
}

/** Each sample has the database of its name, so that one can be left for another and found again. */
async function runEmbedded(context: Context, server: EmbeddedServer, sample: SampleName): Promise<number> {
  const url = withDatabase(server.url, sample)
  await withClient(server.url, 'start', async client => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [sample])
    if (rowCount === 0) await client.query(`create database ${ident(sample)}`)
  })
  announce(context.config.home, url)
  const connections = {
    database: url,
    shadow: withDatabase(server.url, `${sample}_shadow`),
    root: server.url,
  }
  return run(context, { url, sample, mayBuild: true, connections })
}

async function run(context: Context, wanted: Wanted): Promise<number> {
  const { sample, logins } = await bringUp(context, wanted)
  const { serve } = await import('../http/serve.ts')
  // A line per request would bury the address and the logins.
  const log = makeLog(context.config.logLevel ?? 'warn')
  const running = await serve({ config: context.config, databaseUrl: wanted.url, log })
  const database = databaseOf(wanted.url)
  context.result({ url: running.url, database, sample, logins }, greeting(running.url, sample, logins))
  await untilStopped()
  context.say('stopping')
  await running.stop()
  return 0
}

async function embedded(context: Context): Promise<EmbeddedServer> {
  return startEmbedded({
    home: context.config.home,
    onEvent: event => {
      if (event.kind === 'embedded-created') context.say(`made an embedded Postgres in ${event.directory}`)
      if (event.kind === 'embedded-orphan-stopped')
        context.say(`stopped a Postgres that a killed run left behind (pid ${event.pid})`)
      if (event.kind === 'embedded-ready')
        context.say(`Postgres is ready on port ${event.port} (${event.milliseconds} ms)`)
      if (event.kind === 'embedded-lost') context.say(`Postgres ended by itself; why is in ${event.log}`)
    },
  })
}

/** Only what carries our marker: the embedded server's own, and the workspaces' lists of what was written there. */
async function reset(context: Context): Promise<void> {
  const { home } = context.config
  await removeEmbedded(home)
  for (const workspace of sampleNames.map(name => join(home, name))) {
    if (existsSync(join(workspace, '.rowhouse.json'))) rmSync(workspace, { recursive: true })
  }
  context.say('began again: the embedded server, its data and the workspaces are removed')
}
