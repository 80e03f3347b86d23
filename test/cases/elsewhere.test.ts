/** Every case once more, with the tenants on the one side and the new tables on another: the same comes out as in place. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RowhouseError } from '../../src/errors.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import { readSpecFile } from '../../src/engine/spec/specFile.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { fold, prepared, verified } from '../engine/fold.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { serverUrl } from '../helpers/run.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { build, folder } from './before.ts'

const cases = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** Structure and rows of the new tables, and of what the core knows of the organizations. */
async function made(url: string, schemas: readonly string[]) {
  return withClient(url, 'test', async client => ({
    schema: await snapshot(client, schemas),
    rows: Object.entries(await checksums(client)).filter(
      ([name]) => schemas.some(schema => name.startsWith(`${schema}.`)) || /^app_public\./.test(name),
    ),
  }))
}

/**
 * What the target must have before, and how its lack is told: extensions, and tables that are everybody's and stay out of
 * the fold.
 */
const besides: Readonly<Record<string, readonly [told: RegExp, sql: string]>> = {
  '04-fall-through-types': [
    /^RH118 .*: extension citext in schema public, table public\.countries$/,
    "create extension citext; create table public.countries (code citext primary key); insert into public.countries values ('DE')",
  ],
  '05-absent': [/^RH118 .*: extension citext in schema public$/, 'create extension citext'],
  '06-types-nested': [/^RH118 .*: extension citext in schema public$/, 'create extension citext'],
  '07-exclusions': [/^RH115 .*exclude across tenants/, 'create extension btree_gist'],
  '08-foreign-keys': [
    /^RH118 .*: table public\.countries$/,
    "create table public.countries (code char(2) primary key, name text); insert into public.countries values ('DE', 'Germany')",
  ],
  '10-postgres-18': [/^RH115 .*exclude across tenants/, 'create extension btree_gist'],
}

const { rows: servers } = await withClient(serverUrl(), 'test', client =>
  client.query<{ version: number }>(`select current_setting('server_version_num')::int / 10000 as version`),
)
/** A folder's name may end with the version of Postgres that it needs. */
const [possible = [], impossible = []] = [true, false].map(wanted =>
  cases.filter(name => Number(/-postgres-(\d+)$/.exec(name)?.[1] ?? 0) <= (servers[0]?.version ?? 0) === wanted),
)

if (impossible.length > 0) test.skip.each(impossible)('%s (a newer Postgres is needed)', () => {})

test.each(possible)('%s', async name => {
  const [here, there] = [await database(), await database()]
  await compare(name, here, there)
  // Dropped now: thirty at once take longer than a hook may.
  await Promise.all([here.drop(), there.drop()])
})

async function compare(name: string, here: TestDatabase, there: TestDatabase): Promise<void> {
  await ensureRoles(here.url)
  await withClient(here.url, 'test', client => build(client, name))
  // Tables that are there are the target's.
  if (name.startsWith('14-adopt')) await withClient(there.url, 'test', client => build(client, name))
  const file = join(folder, name, 'spec.json5')
  const spec = existsSync(file) ? await readSpecFile(file) : {}
  const [planned, refused] = await prepared(here.url, spec).then<[Plan, undefined], [undefined, RowhouseError]>(
    ({ plan }) => [plan, undefined],
    error => [undefined, error],
  )
  if (planned === undefined) {
    await expect(prepared(there.url, spec, here.url)).rejects.toMatchObject({
      code: refused.code,
      message: refused.message,
    })
    return
  }
  if (planned.tables.some(({ renumbered, merge }) => renumbered !== null || merge !== null)) {
    await expect(prepared(there.url, spec, here.url)).rejects.toMatchObject({
      code: 'RH115',
      message: expect.stringContaining('from another server ids stay as they are'),
    })
    return
  }
  const more = besides[name]
  if (more !== undefined) {
    const [told, sql] = more
    const error = await prepared(there.url, spec, here.url).catch(thrown => thrown)
    expect(`${error.code} ${error.message}`).toMatch(told)
    await withClient(there.url, 'test', client => client.query(sql))
  }
  // First: folded in place, the source has tables of the core's names.
  await fold(there.url, { spec, from: here.url, jobs: 2 })
  expect(await verified(there.url, here.url)).toMatchObject({ ok: true, mismatches: [] })
  const { plan } = await fold(here.url, { spec })
  const schemas = [...new Set([...plan.types, ...plan.tables].map(({ target }) => target.schema))]
  expect(await made(there.url, schemas)).toEqual(await made(here.url, schemas))
}
