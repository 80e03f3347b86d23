/** Every case once more, with the tenants on the one side and the new tables on another: the same comes out as in place. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSpecFile } from '../../src/engine/specFile.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { fold, prepared, verified } from '../engine/fold.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
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

/** What the target must have before: tables that are everybody's, and stay out of the fold. */
const besides: Readonly<Record<string, string>> = {
  '08-foreign-keys':
    "create table public.countries (code char(2) primary key, name text); insert into public.countries values ('DE', 'Germany')",
}

test.each(cases)('%s', async name => {
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
  const refused = await prepared(here.url, spec).then(
    () => undefined,
    error => error,
  )
  if (refused !== undefined) {
    await expect(prepared(there.url, spec, here.url)).rejects.toMatchObject({
      code: refused.code,
      message: refused.message,
    })
    return
  }
  const changesIds = await prepared(here.url, spec).then(({ plan }) =>
    plan.tables.some(({ renumbered, merge }) => renumbered !== null || merge !== null),
  )
  if (changesIds) {
    await expect(prepared(there.url, spec, here.url)).rejects.toMatchObject({
      code: 'RH115',
      message: expect.stringContaining('from another server ids stay as they are'),
    })
    return
  }
  const more = besides[name]
  if (more !== undefined) {
    await expect(prepared(there.url, spec, here.url)).rejects.toMatchObject({
      code: 'RH118',
      message: expect.stringContaining('table public.countries'),
    })
    await withClient(there.url, 'test', client => client.query(more))
  }
  // First: folded in place, the source has tables of the core's names.
  await fold(there.url, { spec, from: here.url, jobs: 2 })
  expect(await verified(there.url, here.url)).toMatchObject({ ok: true, mismatches: [] })
  const { plan } = await fold(here.url, { spec })
  const schemas = [...new Set([...plan.types, ...plan.tables].map(({ target }) => target.schema))]
  expect(await made(there.url, schemas)).toEqual(await made(here.url, schemas))
}
