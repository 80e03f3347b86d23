import { withClient } from '../../src/postgres/connect.ts'
import { clone, database } from './database.ts'
import { runPrefix, serverUrl } from './run.ts'
import { templates } from './templates.ts'

const count = (url: string, sql: string) =>
  withClient(url, 'test', async client => Number((await client.query(sql)).rows[0].count))

const databases = (name: string) =>
  count(serverUrl(), `select count(*) from pg_database where datname = '${name}'`)

test('a database is empty, named after the run, and gone when dropped', async () => {
  const one = await database()
  expect(one.name.startsWith(runPrefix())).toBe(true)
  expect(
    await count(one.url, `select count(*) from pg_class where relnamespace = 'public'::regnamespace`),
  ).toBe(0)
  expect(await databases(one.name)).toBe(1)
  await one.drop()
  expect(await databases(one.name)).toBe(0)
})

test('a clone has the rows of what it is cloned from, and changes nothing there', async () => {
  const one = await database()
  await withClient(one.url, 'test', client =>
    client.query('create table t as select generate_series(1, 3) as n'),
  )
  const two = await clone(one.name)
  expect(await count(two.url, 'select count(*) from t')).toBe(3)
  await withClient(two.url, 'test', client => client.query('delete from t'))
  expect(await count(one.url, 'select count(*) from t')).toBe(3)
})

test('a template that nobody registered is named', async () => {
  await expect(database('no-such')).rejects.toThrow('no template "no-such"')
})

test('a template is built once, however many ask at once, and its clones have its rows', async () => {
  let built = 0
  const build = async (url: string) => {
    built += 1
    await withClient(url, 'test', client => client.query('create table t as select 42 as n'))
  }
  Object.assign(templates, { 'probe-base': { build }, probe: { from: 'probe-base', build: async () => {} } })
  const clones = await Promise.all([database('probe'), database('probe'), database('probe-base')])
  expect(built).toBe(1)
  for (const { url } of clones) expect(await count(url, 'select count(*) from t where n = 42')).toBe(1)
})

test('a builder that fails leaves nothing that could be taken for a template', async () => {
  let fails = true
  const build = async (url: string) => {
    await withClient(url, 'test', client => client.query('create table t ()'))
    if (fails) throw new Error('half way')
  }
  Object.assign(templates, { fragile: { build } })
  await expect(database('fragile')).rejects.toThrow('half way')
  fails = false
  expect(await count((await database('fragile')).url, 'select count(*) from t')).toBe(0)
})
