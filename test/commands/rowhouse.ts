/** The command line as users run it: a process in a folder of its own, with nothing in its environment. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../src/postgres/connect.ts'
import { type Background, checkout, type Options, type Outcome, run, start } from '../helpers/program.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'

const cli = join(checkout, 'src/cli.ts')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder, gone after the file's tests. */
export function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'rowhouse-command-')))
  folders.push(made)
  return made
}

/** Runs a command to its end. */
export const rowhouse = (argv: readonly string[], options: Options = {}): Promise<Outcome> =>
  run(cli, argv, { directory: options.directory ?? folder(), ...options })

/** Starts a command that stays. */
export const rowhouseStarted = (argv: readonly string[], options: Options = {}): Background =>
  start(cli, argv, { directory: options.directory ?? folder(), ...options })

/**
 * That it was refused as users should be: nothing on stdout, one message with its code, what it is about and a hint,
 * no stack trace.
 */
export function expectRefusal(outcome: Outcome, code: string, says: RegExp, exit = 1): void {
  const { stderr } = outcome
  expect({ code: outcome.code, stdout: outcome.stdout, stderr }).toEqual({
    code: exit,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`(^|\n)error ${code}: `)),
  })
  expect(stderr.match(/^error /gm)).toHaveLength(1)
  expect(stderr).toMatch(says)
  expect(stderr).toMatch(/^ {2}hint: \S/m)
  expect(stderr).not.toMatch(/^\s+at .*[:(]|node_modules|\.ts:\d/m)
}

/** What a database is and has, as one text. */
export async function contents(url: string): Promise<string> {
  const client = await connect(url, 'test')
  try {
    return `${await snapshot(client)}\n${JSON.stringify(await checksums(client), null, 2)}`
  } finally {
    await client.end()
  }
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect(url, 'test')
  try {
    const result = await client.query(sql)
    return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows
  } finally {
    await client.end()
  }
}

export type Login = { readonly email: string; readonly password: string; readonly organization: string }

/** A token for the login, from a running server. */
export async function signIn(url: string, login: Login): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  })
  const body = (await response.json()) as { token: string }
  if (response.status !== 200) throw new Error(`login: ${response.status} ${JSON.stringify(body)}`)
  return body.token
}

export async function ask(url: string, token: string, text: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: text }),
  })
  return (await response.json()) as Record<string, unknown>
}
