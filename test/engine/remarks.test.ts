/** What tables have besides columns, rules and rows: it comes along, is in the workspace and the report, and stops nobody. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apply } from '../../src/engine/apply/apply.ts'
import { corePlaceholders, loadCore } from '../../src/engine/apply/core.ts'
import { readState } from '../../src/engine/apply/state.ts'
import { readCatalog } from '../../src/engine/catalog/catalog.ts'
import { columnsQuery } from '../../src/engine/catalog/catalogQueries.ts'
import { wordsQuery } from '../../src/engine/catalog/formsQuery.ts'
import { inspect } from '../../src/engine/inspect/inspect.ts'
import { withIndexOptions } from '../../src/engine/operations/remarks.ts'
import { makePlan } from '../../src/engine/plan/planner.ts'
import { account } from '../../src/engine/report/report.ts'
import { resolveSpec } from '../../src/engine/spec/spec.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { build } from '../cases/before.ts'
import { database } from '../helpers/database.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { fold, prepared, roles, verified, withFolder } from './fold.ts'

const run = (url: string, sql: string) => withClient(url, 'test', client => client.query(sql))

/** The case, before it is folded. */
async function legacy(): Promise<string> {
  const { url } = await database()
  await ensureRoles(url)
  await withClient(url, 'test', client => build(client, '09-storage-and-comments'))
  return url
}

const structure = async (url: string): Promise<string[]> =>
  (await withClient(url, 'test', client => snapshot(client, ['app'])))
    .split('\n')
    .filter(line => /^( {2}(column|constraint|index|comment) |table )/.test(line))

test('the workspace makes the same tables, and the report lists what stays', async () => {
  const url = await legacy()
  await withFolder(async workspace => {
    await fold(url, { workspace })
    const folder = join(workspace, 'migrations/committed')
    const file = (await readdir(folder)).find(name => name.endsWith('-baseline.sql')) ?? ''
    let baseline = await readFile(join(folder, file), 'utf8')
    const names = corePlaceholders(roles, { coreSchema: 'app_public', usersSchema: 'app_public' })
    for (const [key, value] of Object.entries(names)) baseline = baseline.replaceAll(key, value)
    const { url: fresh } = await database('core')
    await run(fresh, baseline)
    expect(await structure(fresh)).toEqual(await structure(url))
  })
  const left = await withClient(url, 'test', async client => {
    const record = await readState(client)
    if (record === null) throw new Error('no plan')
    return (await account(client, record, null)).notCarriedOver
  })
  expect(left.map(({ kind, name, definition, schemas }) => [kind, name, definition, schemas])).toEqual(
    expect.arrayContaining([
      ['autovacuum', 'orders', 'alter table one.orders set (autovacuum_enabled=off)', ['one', 'three']],
      ['cluster mark', 'orders', 'alter table one.orders cluster on orders_kind', ['one', 'two']],
      ['replica identity', 'orders', 'alter table one.orders replica identity full', ['one', 'three']],
    ]),
  )
})

test('what is said of a table may change after the plan was made', async () => {
  const url = await legacy()
  const { plan } = await prepared(url)
  await run(
    url,
    `comment on constraint buyer on one.orders is 'Somebody';
     comment on index one.orders_kind is 'Something';
     comment on column one.orders.kind is 'Of what kind';
     alter table one.orders alter kind set statistics 7, alter body set storage external;
     alter table one.orders set (fillfactor = 50), replica identity nothing;`,
  )
  await withFolder(async folder => {
    await apply(url, plan, { workspace: join(folder, 'workspace'), listen: () => {} })
  })
  expect(await verified(url)).toMatchObject({ ok: true })
})

test('of a key that is there twice each index keeps its own comment', async () => {
  const { url } = await database()
  await ensureRoles(url)
  for (const schema of ['one', 'two']) {
    await run(
      url,
      `create schema ${schema}; create table ${schema}.items (id int primary key, v int);
       create index first on ${schema}.items (v); create index second on ${schema}.items (v);
       comment on index ${schema}.first is 'first'; comment on index ${schema}.second is 'second'`,
    )
  }
  const { plan } = await prepared(url)
  expect(plan.tables[0]?.indexes.map(({ remarks }) => remarks?.comment)).toEqual(['first', 'second'])
})

test('a server that cannot compress so compresses as usual, and says so', async () => {
  const url = await legacy()
  const asked = await withClient(url, 'test', async client => {
    const found = await inspect(client, {}, { extensions: null, compressions: ['lz4'] })
    const { user } = found.catalog.server
    const core = await loadCore(roles, { coreSchema: 'app_public', usersSchema: 'app_public' }, user)
    const here = await readCatalog(client)
    const target = { ...here, server: { ...here.server, compressions: ['lz4'] } }
    const source = { host: 'old', port: 5432, database: 'legacy', system: '1' }
    return { found, plan: makePlan(found, resolveSpec(found, {}), roles, core, { target, source }) }
  })
  expect(asked.found.inspection.hazards).toContainEqual(
    expect.objectContaining({ code: 'compression', object: 'orders.body', blocks: false }),
  )
  const column = asked.plan.tables.flatMap(({ columns }) => columns).find(({ name }) => name === 'body')
  expect(column?.tuned).toEqual(['set storage main'])
})

test('servers before 14 are not asked how they compress', () => {
  for (const query of [wordsQuery, columnsQuery]) {
    expect(query(13)).not.toContain('attcompression')
    expect(query(14)).toContain('attcompression')
  }
})

test.each([
  ['primary key (a, b)', 'primary key (a, b) with (fillfactor=80)'],
  ['unique (a) INCLUDE (b) DEFERRABLE', 'unique (a) INCLUDE (b) with (fillfactor=80) DEFERRABLE'],
  ['unique (" DEFERRABLE")', 'unique (" DEFERRABLE") with (fillfactor=80)'],
  [
    `exclude using gist (a with =, (b || ' WHERE ') WITH &&) WHERE ((" DEFERRABLE" > 0)) DEFERRABLE INITIALLY DEFERRED`,
    `exclude using gist (a with =, (b || ' WHERE ') WITH &&) with (fillfactor=80) WHERE ((" DEFERRABLE" > 0)) DEFERRABLE INITIALLY DEFERRED`,
  ],
])('options of an index stand where Postgres wants them: %s', (definition, expected) => {
  expect(withIndexOptions(definition, { indexOptions: 'fillfactor=80' })).toBe(expected)
  expect(withIndexOptions(definition, { comment: 'none' })).toBe(definition)
})
