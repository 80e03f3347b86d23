/** The server as a process: `node src/server.ts`. DATABASE_URL names the database, SIGTERM ends it in order. */
import { readConfig } from './config.ts'
import { RowhouseError } from './errors.ts'
import { serve } from './http/serve.ts'

try {
  const config = readConfig()
  if (config.databaseUrl === undefined) {
    throw new RowhouseError('RH201', {
      message: 'DATABASE_URL is not set: there is no database to serve',
      hint: 'set DATABASE_URL=postgres://user@host:5432/database, or run: npm start',
    })
  }
  const running = await serve({ config, databaseUrl: config.databaseUrl })
  process.stdout.write(`${running.url}\n`)
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second signal means now.
      if (stopping) process.exit(1)
      stopping = true
      running.stop().then(() => process.exit(0))
    })
  }
} catch (error) {
  const { code, message, hint, exit } =
    error instanceof RowhouseError
      ? error
      : { code: 'RH500', message: String(error), hint: undefined, exit: 1 }
  process.stderr.write(`${code}: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
  process.exitCode = exit
}
