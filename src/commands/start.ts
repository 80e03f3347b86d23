import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RowhouseError } from '../errors.ts'
import { makeLog } from '../log.ts'
import { databaseOf, withClient, withDatabase } from '../postgres/connect.ts'
import { type EmbeddedServer, removeEmbedded, startEmbedded } from '../postgres/embedded.ts'
import type { Command, Context } from './command.ts'
import { bringUp } from './demonstration.ts'
import { greeting } from './greeting.ts'
import { announce, retract } from './runningServer.ts'
import { untilStopped } from './untilStopped.ts'

/** The demonstration's database in the embedded server. */
const database = 'hr'

export const start: Command = {
  name: 'start',
  summary: 'the whole road once: build a sample, fold it, verify it, serve it',
  description:
    'On an embedded Postgres under .rowhouse/, or on DATABASE_URL: there a sample is built only when the database is empty and --yes was said. Later runs keep the data.',
  options: [
    { flags: '--yes', description: 'build the sample in an empty DATABASE_URL' },
    { flags: '--reset', description: 'begin again: remove the embedded server, its data and the workspace' },
  ],
  examples: [
    'npm start',
    'npm start -- --reset',
    'DATABASE_URL=postgres://localhost/empty npm start -- --yes',
  ],
  async run(context, options) {
    const { config } = context
    if (config.databaseUrl !== undefined) {
      if (options.reset === true) {
        throw new RowhouseError('RH200', {
          message: '--reset removes the embedded server, and DATABASE_URL names another',
          hint: 'unset DATABASE_URL, or undo the fold there: rowhouse cancel',
        })
      }
      return run(context, config.databaseUrl, options.yes === true)
    }
    if (options.reset === true) await reset(context)
    const server = await embedded(context)
    try {
      const url = withDatabase(server.url, database)
      await withClient(server.url, 'start', async client => {
        const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
        if (rowCount === 0) await client.query(`create database ${database}`)
      })
      announce(config.home, url)
      return await run(context, url, true, {
        database: url,
        shadow: withDatabase(server.url, `${database}_shadow`),
        root: server.url,
      })
    } finally {
      retract(config.home)
      await server.stop()
    }
  },
}

async function run(
  context: Context,
  url: string,
  mayBuild: boolean,
  connections?: { database: string; shadow: string; root: string },
): Promise<number> {
  const logins = await bringUp(context, url, mayBuild, connections)
  const { serve } = await import('../http/serve.ts')
  // A line per request would bury the address and the logins.
  const log = makeLog(context.config.logLevel ?? 'warn')
  const running = await serve({ config: context.config, databaseUrl: url, log })
  context.result({ url: running.url, database: databaseOf(url), logins }, greeting(running.url, logins))
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

/** Only what carries our marker: the embedded server's own, and the workspace's list of what was written there. */
async function reset(context: Context): Promise<void> {
  const { home } = context.config
  await removeEmbedded(home)
  const workspace = join(home, database)
  if (existsSync(join(workspace, '.rowhouse.json'))) rmSync(workspace, { recursive: true })
  context.say('began again: the embedded server, its data and the workspace are removed')
}
