/**
 * Builds the legacy systems of db/samples, at any size. The SQL files say what is in them; this sends the files in
 * order: 0xx once, 1xx to 8xx once per schema, 9xx once. One transaction per schema, because a transaction over a
 * thousand schemas would need more locks than a server has. What may fail here: a database that is not empty
 * (RH145), sizes that cannot be (RH200), and a statement (RH126, naming file and schema).
 */
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { readable } from '../../postgres/connect.ts'
import { ident } from '../../postgres/identifiers.ts'
import { canaryOf } from './canary.ts'
import { checkedSize, describeSize, type SampleSize } from './sizes.ts'
import { refuseUnlessEmpty } from './state.ts'
import type { SampleSystem } from './system.ts'
import { type SampleName, sampleSystems } from './systems.ts'
import { samplePassword, sampleTenant } from './tenants.ts'

export type { SampleSize } from './sizes.ts'
export { sampleTenant } from './tenants.ts'

export type SampleOptions = Partial<SampleSize> & {
  /** Which of the systems. Default hr. */
  readonly system?: SampleName
  /**
   * PBKDF2 rounds of the password hashes. Default 1,000: a login in a test costs a millisecond. Django 4.2 uses
   * 600,000; the number is part of the stored hash, so both verify alike.
   */
  readonly iterations?: number
  /** Called after each schema was committed. */
  readonly onProgress?: (progress: SampleProgress) => void
}

export type SampleProgress = {
  readonly schema: string
  readonly done: number
  readonly of: number
  readonly rows: number
}

export type Sample = SampleSize & { readonly schemas: readonly string[]; readonly totalRows: number }

const samples = new URL('../../../db/samples/', import.meta.url)

/** A backend remembers every table it has seen: after this many tenants a new one takes over. */
const tenantsPerConnection = 200

/**
 * Builds a legacy system in an empty database. The login needs CREATE on the database and on schema public; it need
 * not be a superuser.
 * @param to a connection, or how to open one: then the backend's memory stays bounded, however many the tenants
 * @throws RowhouseError RH126, RH145, RH200, and what opening throws
 */
export async function buildSample(
  to: pg.Client | (() => Promise<pg.Client>),
  options: SampleOptions = {},
): Promise<Sample> {
  const system: SampleSystem = sampleSystems[options.system ?? 'hr']
  const size = checkedSize(options, system)
  if (typeof to !== 'function') return build(async work => work(to), system, size, options)
  return build(
    async work => {
      const client = await to()
      try {
        return await work(client)
      } finally {
        await client.end()
      }
    },
    system,
    size,
    options,
  )
}

/** Logins of the first tenants' administrators, as `POST /auth/login` takes them. */
export function sampleLogins(
  count = 3,
  system: SampleName = 'hr',
): { email: string; password: string; organization: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const { schema, password } = sampleTenant(index + 1)
    const email = sampleSystems[system].administrator(canaryOf(index + 1), schema)
    return { email, password, organization: schema }
  })
}

/** Runs some work on a connection, which need not be the one that the work before had. */
type OnConnection = <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>

async function build(
  on: OnConnection,
  system: SampleSystem,
  size: SampleSize,
  options: SampleOptions,
): Promise<Sample> {
  const files = await readFiles(system)
  const schemas = system.schemas(size.tenants)
  const tenantFiles = (size.small && system.smallFiles) || /^[1-8]/
  let totalRows = 0
  await on(async client => {
    await refuseUnlessEmpty(client, system.name, schemas)
    await transaction(client, async () => {
      await sendFiles(client, files, /^0/, 'the database')
      await registerTenants(client, system, size, options.iterations ?? 1_000)
    })
  })
  for (let from = 0; from < schemas.length; from += tenantsPerConnection) {
    await on(async client => {
      for (const [index, schema] of schemas.slice(from, from + tenantsPerConnection).entries()) {
        const done = from + index + 1
        totalRows += await buildTenant(client, files, tenantFiles, done, schema)
        options.onProgress?.({ schema, done, of: schemas.length, rows: totalRows })
      }
    })
  }
  await on(async client => {
    await transaction(client, async () => {
      await sendFiles(client, files, /^9/, 'the database')
      const marker = `rowhouse sample: ${system.name} (${describeSize(size)})`
      await client.query(`comment on table ${system.registry} is '${marker}'`)
    })
    await vacuum(client, 'public')
    await client.query('analyze pg_class, pg_attribute, pg_constraint, pg_index, pg_depend, pg_namespace')
  })
  return { ...size, schemas, totalRows }
}

/** @returns the number of rows inserted */
async function buildTenant(
  client: pg.Client,
  files: readonly File[],
  which: RegExp,
  no: number,
  schema: string,
): Promise<number> {
  const rows = await transaction(client, async () => {
    if (schema !== 'public') await client.query(`create schema ${ident(schema)}`)
    await client.query(`select set_config('search_path', $1, true), set_config('sample.tenant', $2, true)`, [
      `${ident(schema)}, public`,
      no,
    ])
    return sendFiles(client, files, which, `schema "${schema}"`)
  })
  await vacuum(client, schema)
  return rows
}

/**
 * Statistics and visibility, as a database that has been in use has them: without the latter a count reads the table
 * where it would read an index a minute later, and times before and after the fold are of two plans. By schema, because
 * each backend should only meet its own tables, and outside a transaction, so that no lock outlives its table.
 */
async function vacuum(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ tables: string }>(
    `select string_agg(format('%I.%I', nspname, relname), ', ') as tables
     from pg_class join pg_namespace as n on n.oid = relnamespace where nspname = $1 and relkind = 'r'`,
    [schema],
  )
  if (rows[0]?.tables) await client.query(`vacuum (analyze) ${rows[0].tables}`)
}

/** Fills sample.tenants, which the files read their sizes and words from. */
async function registerTenants(
  client: pg.Client,
  system: SampleSystem,
  size: SampleSize,
  iterations: number,
): Promise<void> {
  const tenants = Array.from({ length: size.tenants }, (_, index) => index + 1)
  for (const no of system.nobody === null ? tenants : [...tenants, system.nobody]) {
    const { schema, name } = sampleTenant(no)
    const { word, numbers, smallNumbers } = canaryOf(no)
    const sizes = system.sizes(no, size)
    const kinds = Object.keys(sizes)
    const hash = await samplePassword(no, size.seed, iterations)
    await client.query(
      `insert into sample.tenants (no, schema_name, name, canary, base, small_base, chance_key, password, ${kinds.join(', ')})
       select $1::integer, $2, $3, $4, $5, $6, hashint8extended($1::integer, $7::bigint), $8,
         ${kinds.map((_, at) => `$${at + 9}`).join(', ')}`,
      [no, schema, name, word, numbers.from, smallNumbers.from, size.seed, hash, ...Object.values(sizes)],
    )
  }
}

/** `path` is below db/samples. */
type File = { readonly name: string; readonly path: string; readonly sql: string }

/** The generator's and the system's own, in one order by number. */
async function readFiles({ name: system }: SampleSystem): Promise<readonly File[]> {
  const files: { name: string; path: string }[] = []
  for (const folder of ['generator', system]) {
    for (const name of await readdir(new URL(`${folder}/`, samples))) {
      if (name.endsWith('.sql')) files.push({ name, path: `${folder}/${name}` })
    }
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1))
  return Promise.all(
    files.map(async file => ({ ...file, sql: await readFile(new URL(file.path, samples), 'utf8') })),
  )
}

/** Sends the files of one phase in order. @returns the number of rows inserted */
async function sendFiles(
  client: pg.Client,
  files: readonly File[],
  phase: RegExp,
  where: string,
): Promise<number> {
  let inserted = 0
  for (const { path, sql } of files.filter(file => phase.test(file.name))) {
    try {
      // A file is several statements; the driver then returns a list of results, one otherwise.
      const results = [await client.query(sql)].flat()
      for (const { command, rowCount } of results) if (command === 'INSERT') inserted += rowCount ?? 0
    } catch (cause) {
      throw new RowhouseError('RH126', {
        message: `db/samples/${path} failed in ${where}: ${readable(cause).message.split('\n', 1)[0]}`,
        hint: 'the database is unfinished: drop it, mend the cause, and build the sample again',
        cause,
      })
    }
  }
  return inserted
}

async function transaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    // A sample can be built again; waiting for the disk after every tenant is most of a small tenant's time.
    // Nobody knows how long a generate_series will be; compiling for a million rows takes longer than making 200.
    await client.query('set local synchronous_commit = off; set local jit = off')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}
