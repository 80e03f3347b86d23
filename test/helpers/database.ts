/** A database for one test file: a clone of a template (37 ms), dropped when the file is done. */
import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { runPrefix, serverUrl } from './run.ts'
import { type Template, templates } from './templates.ts'

export type TestDatabase = {
  readonly name: string
  /** The superuser's address. */
  readonly url: string
  /** Dropped by itself after the file; call it only to drop it earlier. */
  drop(): Promise<void>
}

const made = new Set<TestDatabase>()

/** A new database: empty, or a clone of a template of the registry (built now if nobody asked for it before). */
export async function database(template?: string): Promise<TestDatabase> {
  const source = template === undefined ? undefined : await built(template)
  return create(source)
}

/** A clone of any database that nobody is connected to, for instance to compare before with after. */
export const clone = (name: string): Promise<TestDatabase> => create(name)

afterAll(async () => {
  for (const one of [...made]) await one.drop()
})

async function create(source: string | undefined): Promise<TestDatabase> {
  const name = `${runPrefix()}${randomBytes(4).toString('hex')}`
  await asAdmin(client => createFrom(client, name, source))
  const one: TestDatabase = {
    name,
    url: withDatabase(serverUrl(), name),
    async drop() {
      made.delete(one)
      await asAdmin(client => client.query(`drop database if exists ${ident(name)} with (force)`))
    },
  }
  made.add(one)
  return one
}

/** The template's database, by name. Whether it is whole is Postgres' own flag, set when its builder is done. */
async function built(template: string): Promise<string> {
  const known = templates[template]
  if (known === undefined) throw new Error(`test/helpers/templates.ts has no template "${template}"`)
  const name = `${runPrefix()}${template.replaceAll('-', '_')}`
  await asAdmin(async client => {
    // Two workers may ask in the same moment; the second waits and finds it whole.
    await client.query('select pg_advisory_lock($1)', [lockOf(name)])
    const { rows } = await client.query('select datistemplate from pg_database where datname = $1', [name])
    if (rows[0]?.datistemplate !== true) await build(client, name, known)
  })
  return name
}

async function build(client: pg.Client, name: string, template: Template): Promise<void> {
  await client.query(`drop database if exists ${ident(name)} with (force)`)
  await createFrom(client, name, template.from === undefined ? undefined : await built(template.from))
  await template.build(withDatabase(serverUrl(), name))
  await client.query(`alter database ${ident(name)} is_template true`)
}

/** Template0 when there is none: template1 may be in use by a neighbour on a shared server. */
async function createFrom(client: pg.Client, name: string, source = 'template0'): Promise<void> {
  await client.query(`create database ${ident(name)} template ${ident(source)}`)
  // A server that was named may compile queries and wait for its disk: on small databases that takes half of the time.
  for (const setting of ['jit', 'synchronous_commit']) {
    await client.query(`alter database ${ident(name)} set ${setting} to off`)
  }
  // Postgres does not copy the database's own rights: what the core took from PUBLIC is taken from it again.
  const { rows } = await client.query<{ temporary: boolean }>(
    `select has_database_privilege('public', $1, 'temporary') as temporary`,
    [source],
  )
  if (rows[0]?.temporary === false) {
    await client.query(`revoke temporary on database ${ident(name)} from public`)
  }
}

const asAdmin = <T>(work: (client: pg.Client) => Promise<T>) => withClient(serverUrl(), 'test database', work)

/** An advisory lock's key: 52 bits of a hash, so that it fits a JavaScript number. */
const lockOf = (name: string) =>
  Number.parseInt(createHash('sha1').update(name).digest('hex').slice(0, 13), 16)
