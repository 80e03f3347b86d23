/** The server as what users run: a process, spoken to over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { password, type Tenant } from '../graphql/house.ts'
import { type Background, start } from '../helpers/program.ts'
import { authenticatorUrl } from '../postgres/login.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the test asserts
  readonly body: any
}

export type Server = {
  readonly url: string
  readonly program: Background
  get(path: string): Promise<Answer>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  /** A token for the organization's user. */
  login(tenant: Tenant): Promise<string>
  /** POST /graphql, with a token or without. */
  ask(token: string | undefined, query: string, variables?: Record<string, unknown>): Promise<Answer>
}

export const jwtSecret = 'a secret that only tests may know!'

const homes: string[] = []
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** Starts it on a free port; it ends with the file's tests. */
export async function startServer(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse-server-'))
  homes.push(home)
  const program = start('src/server.ts', [], {
    env: {
      DATABASE_URL: databaseUrl,
      PORT: '0',
      AUTHENTICATOR_URL: await authenticatorUrl(databaseUrl),
      JWT_SECRET: jwtSecret,
      ROWHOUSE_HOME: home,
      ...env,
    },
  })
  const [url] = await program.line(/http:\/\/127\.0\.0\.1:\d+/, 90_000)

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, init)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    url,
    program,
    get: path => send(path, {}),
    post,
    async login({ slug }) {
      const { status, body } = await post('/auth/login', {
        email: 'ann@example.test',
        password,
        organization: slug,
      })
      if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
      return body.token
    },
    ask: (token, query, variables) =>
      post('/graphql', { query, variables }, token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
}
