/** `npm start` as a program: in a home of its own, with a sample that is there already where the real one is not the point. */
import { join } from 'node:path'
import { buildSample, type SampleOptions } from '../../src/engine/sample/sample.ts'
import type { SampleName } from '../../src/engine/sample/systems.ts'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { removeEmbedded, startEmbedded } from '../../src/postgres/embedded.ts'
import type { Background } from '../helpers/program.ts'
import { folder, type Login, rowhouseStarted } from './rowhouse.ts'

const homes: string[] = []
afterAll(async () => {
  for (const home of homes) await removeEmbedded(home).catch(() => {})
})

export type House = {
  readonly home: string
  readonly directory: string
  start(...argv: string[]): Background
}

/** An empty home; its embedded server is gone after the file's tests. */
export function house(): House {
  const directory = folder()
  const home = join(directory, '.rowhouse')
  homes.push(home)
  return {
    home,
    directory,
    start: (...argv) =>
      rowhouseStarted(['start', ...argv], { directory, env: { ROWHOUSE_HOME: home, PORT: '0' } }),
  }
}

const small: Readonly<Record<SampleName, SampleOptions>> = {
  hr: { small: true },
  finance: { rows: 20 },
  sellout: { rows: 500 },
}

/**
 * An embedded server in `home` that has small samples already: `start` moves what it finds, in a second. A real one
 * takes half a minute, and one test takes it.
 */
export async function furnish(home: string, ...systems: SampleName[]): Promise<void> {
  const server = await startEmbedded({ home })
  try {
    for (const system of systems) {
      await withClient(server.url, 'test', client => client.query(`create database ${system}`))
      await withClient(withDatabase(server.url, system), 'test', client =>
        buildSample(client, { system, ...small[system] }),
      )
    }
  } finally {
    await server.stop()
  }
}

/** The address and the logins that the greeting shows. */
export async function greeted(
  program: Background,
  patience = 60_000,
): Promise<{ text: string; url: string; logins: Login[] }> {
  await program.line(/Ctrl-C stops it/, patience)
  const text = program.stdout()
  const url = /GraphQL +(http:\/\/\S+)\/graphql/.exec(text)?.[1] ?? ''
  const logins = [...text.matchAll(/^ {4}(\S+) +(\S+@\S+) {2}(\S.*)$/gm)].map(
    ([, organization = '', email = '', password = '']) => ({ organization, email, password }),
  )
  return { text, url, logins }
}
