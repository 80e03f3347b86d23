/** One run of the tests on one server: its address, the prefix of its databases, and their end. */
import { randomBytes } from 'node:crypto'
import { withClient } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'

const common = 'rowhouse_test_'

/** The superuser's address on the server that this run uses. */
export const serverUrl = (): string => required('ROWHOUSE_TEST_SERVER')

/** Every database of this run begins with it. */
export const runPrefix = (): string => required('ROWHOUSE_TEST_RUN')

/** Called once, before the workers, which inherit the environment. */
export async function startRun(): Promise<void> {
  const started = Math.floor(Date.now() / 1000).toString(36)
  process.env.ROWHOUSE_TEST_RUN = `${common}${started}_${randomBytes(3).toString('hex')}_`
  await dropDatabases(name => isAbandoned(name))
}

export const endRun = (): Promise<void> => dropDatabases(name => name.startsWith(runPrefix()))

/** Of a run that was killed: its name says when it began, and no run takes a day. */
function isAbandoned(name: string): boolean {
  const started = new RegExp(`^${common}([0-9a-z]+)_[0-9a-f]{6}_`).exec(name)?.[1]
  return started !== undefined && Number.parseInt(started, 36) < Date.now() / 1000 - 86_400
}

async function dropDatabases(isOurs: (name: string) => boolean): Promise<void> {
  await withClient(serverUrl(), 'test run', async client => {
    const { rows } = await client.query<{ datname: string; datistemplate: boolean }>(
      'select datname, datistemplate from pg_database',
    )
    for (const { datname, datistemplate } of rows.filter(row => isOurs(row.datname))) {
      // A drop that was interrupted leaves a database that can be dropped and nothing else.
      if (datistemplate) await client.query(`alter database ${ident(datname)} is_template false`)
      await client.query(`drop database ${ident(datname)} with (force)`)
    }
  })
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run the tests with "npm test"`)
  return value
}
