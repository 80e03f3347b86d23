/** What `plan --sql` prints is what apply sends, all of it; and a plan is the same bytes each time. */
import { execFileSync, spawnSync } from 'node:child_process'
import { loadCore } from '../../src/engine/apply/core.ts'
import { prologue, render, steps } from '../../src/engine/apply/render.ts'
import { inspect } from '../../src/engine/inspect/inspect.ts'
import { makePlan } from '../../src/engine/plan/planner.ts'
import { resolveSpec } from '../../src/engine/spec/spec.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { startProxy } from '../crash/proxy.ts'
import { clone, database } from '../helpers/database.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { fold, prepared, roles, verified } from './fold.ts'

const hasPsql = spawnSync('psql', ['--version']).status === 0

/** By psql where there is one; else as psql would, which sends the script's statements and knows `\set`. */
async function pipe(script: string, url: string): Promise<void> {
  if (hasPsql) {
    execFileSync('psql', ['--no-psqlrc', '--quiet', '--output=/dev/null', '--dbname', url], { input: script })
  } else {
    // Sent as one text, statements share a transaction; a vacuum has none.
    const parts = script.replace(/^\\set .*$/gm, '').split(/^(vacuum .*;)$/m)
    await withClient(url, 'psql', async client => {
      for (const part of parts) await client.query(part)
    })
  }
}

const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

const spec = { workspace: 'the/same' }

test('the print, run on a copy, makes the same database', async () => {
  const one = await database('hr-legacy')
  const two = await clone(one.name)
  const { plan } = await prepared(one.url, spec)
  await fold(one.url, { spec })
  await pipe(render(plan), two.url)
  expect(await state(two.url)).toEqual(await state(one.url))
  expect(await verified(two.url)).toMatchObject({ ok: true })
  // Apply takes it for its own work: nothing is left to do.
  expect((await prepared(two.url, spec)).stage).toBe('applied')
})

test('apply sends what is printed, in that order, and nothing else', async () => {
  const { url } = await database('hr-legacy')
  const proxy = await startProxy(url, () => 'pass')
  const { plan } = await fold(proxy.url, { spec })
  await proxy.close()
  const sent = proxy.statements.filter(({ application }) => application === 'rowhouse apply')
  expect(sent.map(({ text }) => text)).toEqual([
    ...prologue(),
    ...steps(plan).flatMap(({ before, statements }) => [...before, ...statements]),
  ])
  expect(sent.some(({ prepared }) => prepared)).toBe(false)
  const print = render(plan)
  expect(sent.filter(({ text }) => !print.includes(text.trimEnd().replace(/;$/, '')))).toEqual([])
  // The other connections only read.
  const others = proxy.statements.filter(({ application }) => application !== 'rowhouse apply')
  expect(
    others.filter(
      ({ text }) =>
        !/^(begin transaction isolation level repeatable read, read only|set local|select|with|rollback)\b/i.test(
          text.trim(),
        ),
    ),
  ).toEqual([])
})

test('the same database and spec give the same bytes, on another copy too', async () => {
  const one = await database('hr-legacy')
  const two = await clone(one.name)
  const first = await prepared(one.url, spec)
  const again = await prepared(one.url, spec)
  const copy = await prepared(two.url, spec)
  expect(JSON.stringify(again.plan)).toBe(JSON.stringify(first.plan))
  expect(JSON.stringify(copy.plan)).toBe(JSON.stringify(first.plan))
  expect(render(copy.plan)).toBe(render(first.plan))
})

test('planning is pure: what it is given stays as it was', async () => {
  const { url } = await database('hr-legacy')
  const found = await withClient(url, 'inspect', inspect)
  const core = await loadCore(roles, { coreSchema: 'app_public', usersSchema: 'app_public' }, 'postgres')
  const decided = resolveSpec(found, spec)
  const before = JSON.stringify([found, core, decided])
  const plan = makePlan(found, decided, roles, core)
  expect(JSON.stringify(makePlan(found, decided, roles, core))).toBe(JSON.stringify(plan))
  expect(JSON.stringify([found, core, decided])).toBe(before)
})

test('inspecting and planning change nothing in the database', async () => {
  const { url } = await database('hr-legacy')
  const before = await state(url)
  await prepared(url, spec)
  expect(await state(url)).toEqual(before)
})

test('the old schemas are untouched by folding', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await prepared(url)
  const schemas = ['public', ...plan.organizations.map(({ schema }) => schema)]
  const old = async () =>
    withClient(url, 'test', async client => ({
      // What the new roles create from now on is none of the old schemas' matter.
      schema: (await snapshot(client, schemas)).replace(/^default privileges .*\n\n/gm, ''),
      rows: Object.entries(await checksums(client)).filter(([name]) =>
        schemas.includes(name.split('.')[0] ?? ''),
      ),
    }))
  const before = await old()
  await fold(url)
  expect(await old()).toEqual(before)
})
