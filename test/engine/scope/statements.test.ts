/** Statements that a new column breaks: told from those that it does not, and every judgement borne out by Postgres. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { placesOf } from '../../../src/engine/scope/places.ts'
import { breaks } from '../../../src/engine/scope/statements.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { type EmbeddedServer, startEmbedded } from '../../../src/postgres/embedded.ts'
import { change, customer, hazardsOf, inspected, shop } from './customer.ts'

const table = (schema: string, name: string) => ({
  source: name,
  table: { schema, name, columns: [], constraints: [] },
})
const chosen = [table('public', 'uploads'), table('public', 'Odd "Ones')] as unknown as ReturnType<
  typeof placesOf
>['all']

test.each([
  ['copy uploads from stdin', 'copy'],
  ['COPY public.uploads FROM STDIN WITH (FORMAT csv)', 'copy'],
  ['/* nightly */ copy "public"."uploads" from $1', 'copy'],
  ['copy uploads (id, title) from stdin', null],
  ['copy uploads(id) from stdin', null],
  ['copy uploads_old from stdin', null],
  ['copy old.uploads from stdin', null],
  ['copy uploads to stdout', null],
  ['insert into archive select * from uploads where id < $1', 'insert'],
  ['insert into archive select u.*, now() from uploads u', 'insert'],
  ['INSERT INTO archive SELECT x.a, u.* FROM x JOIN public.uploads AS u ON u.id = x.id', 'insert'],
  ['insert into archive with u as (select * from uploads) select * from u', 'insert'],
  ['insert into archive (id, title) select id, title from uploads', null],
  ['insert into archive select id, title from uploads', null],
  ['insert into uploads values ($1, $2)', null],
  ['insert into uploads (title) values ($1)', null],
  ['select * from uploads where id = $1', 'star'],
  ['select uploads.* from uploads', 'star'],
  ['select distinct on (title) * from uploads', 'star'],
  ['select u.id, u.* from users, uploads u', 'star'],
  ['select\n  *\nfrom\n  "uploads"', 'star'],
  ['insert into uploads (title) values ($1) returning *', 'star'],
  ['update uploads set title = $1 returning uploads.*', 'star'],
  ['table uploads', 'star'],
  ['select count(*) from uploads', null],
  ['select a * b from uploads', null],
  ['select id, price * quantity from uploads', null],
  [`select '* from uploads' from users -- * from uploads`, null],
  ['select * from users', null],
  ['select * from "Uploads"', null],
  ['select * from uploads_old', null],
  ['select title from uploads', null],
])('%s', (query, how) => {
  expect(breaks(query, chosen)).toEqual(
    how === null ? [] : [{ source: 'uploads', how, query: query.replaceAll(/\s+/g, ' ') }],
  )
})

test('names are met as Postgres would', () => {
  expect(breaks('select * from "Odd ""Ones"', chosen).map(({ source }) => source)).toEqual(['Odd "Ones'])
})

test('Postgres agrees: what is told breaks when a column is added, what is not told goes on', async () => {
  const url = await customer(
    'create table uploads (id int, title text); create table archive (id int, title text)',
  )
  const run = (query: string) =>
    change(url, query).then(
      () => 'fine',
      error => (error as Error).message,
    )
  await withClient(url, 'test', async client => {
    await client.query('prepare p as select * from uploads; execute p')
    await change(url, 'alter table uploads add client_id uuid not null default gen_random_uuid()')
    await expect(client.query('execute p')).rejects.toThrow(/cached plan must not change result type/)
  })
  expect(await run('insert into archive select * from uploads')).toMatch(
    /more expressions than target columns/,
  )
  expect(await run(`insert into uploads values (1, 'a')`)).toBe('fine')
  expect(await run('insert into uploads select * from archive')).toBe('fine')
  expect(await run('insert into archive select id, title from uploads')).toBe('fine')
})

test('without the extension nobody knows, and that is said', async () => {
  const hazards = hazardsOf(await inspected(await customer(shop)), 'statements-unknown')
  expect(hazards).toEqual([
    expect.objectContaining({
      blocks: false,
      hint: expect.stringContaining('create extension pg_stat_statements'),
    }),
  ])
})

describe('with pg_stat_statements', () => {
  let home: string
  let server: EmbeddedServer
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'rowhouse-test-'))
    server = await startEmbedded({
      home,
      durable: false,
      settings: { shared_preload_libraries: 'pg_stat_statements' },
    })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  })

  test('what the application ran is named, with how often; a permanent failure blocks until it is accepted', async () => {
    await change(
      server.url,
      `${shop}; create table archive (id int, user_id int, title text); create extension pg_stat_statements`,
    )
    for (const query of [
      'select * from uploads where id = 1',
      'select * from uploads where id = 2',
      'insert into archive select * from uploads',
      'select title from uploads',
    ])
      await change(server.url, query)
    const found = await inspected(server.url)
    expect(hazardsOf(found, 'statements-unknown')).toEqual([])
    expect(hazardsOf(found, 'statement-star')).toEqual([
      expect.objectContaining({
        object: 'uploads',
        blocks: false,
        detail: expect.stringMatching(/2 calls of: select \* from uploads where id = \$1$/),
      }),
    ])
    expect(hazardsOf(found, 'statement-breaks')).toEqual([
      expect.objectContaining({
        object: 'uploads',
        blocks: true,
        acceptable: true,
        detail: expect.stringContaining('insert into archive select * from uploads'),
        hint: expect.stringContaining("accept: ['statement-breaks:uploads']"),
      }),
    ])
    // Of tables that stay everybody's nothing is told.
    expect(
      hazardsOf(await inspected(server.url, { tables: { uploads: { scope: false } } }), 'statement-star'),
    ).toEqual([])
    // A login that does not see others' texts does not know.
    await change(server.url, `create role peeper login password 'peeper'; grant pg_read_all_data to peeper`)
    const own = new URL(server.url)
    own.username = 'peeper'
    own.password = 'peeper'
    expect(hazardsOf(await inspected(own.toString()), 'statements-unknown')).toHaveLength(1)
  })
})
