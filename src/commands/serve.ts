import { type Command, wholeNumber } from './command.ts'
import { untilStopped } from './untilStopped.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'serve the folded database as GraphQL',
  description:
    'GraphQL at /graphql, logins at POST /auth/login, GraphiQL at / outside production, health at /healthz and /readyz.',
  options: [
    {
      flags: '--port <n>',
      description: 'where to listen (default: PORT, else 5678; 0 finds a free one)',
      parse: wholeNumber,
    },
  ],
  examples: ['rowhouse serve --database postgres://localhost/hr_legacy', 'PORT=8080 rowhouse serve'],
  async run(context, options) {
    const databaseUrl = await context.database()
    // Loaded here: the other commands need no web server, and start in a third of the time.
    const { serve: serveHttp } = await import('../http/serve.ts')
    const running = await serveHttp({
      config: context.config,
      databaseUrl,
      port: options.port as number | undefined,
    })
    context.result(
      { url: running.url, port: running.port },
      `serving at ${running.url} (GraphQL: ${running.url}/graphql)`,
    )
    await untilStopped()
    await running.stop()
    return 0
  },
}
