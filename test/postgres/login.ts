/**
 * A login like the authenticator's, for tests: roles belong to the whole server, and what one file does to the
 * authenticator's password must not lock out the servers of another.
 */
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { roles } from '../engine/fold.ts'

const name = `${roles.authenticator}_of_tests`
const password = 'only for tests'

/** Makes the login where it is missing. @returns its address in the same database */
export async function authenticatorUrl(databaseUrl: string): Promise<string> {
  await withClient(withDatabase(databaseUrl, 'postgres'), 'test login', async client => {
    // Files run at the same time; without the lock two of them would make it at once.
    await client.query('select pg_advisory_lock(7269)')
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name])
    if (rowCount === 0) {
      await client.query(`create role ${name} login noinherit password '${password}'`)
      await client.query(`grant ${roles.visitor} to ${name}`)
    }
  })
  const url = new URL(databaseUrl)
  url.username = name
  url.password = password
  return url.toString()
}
