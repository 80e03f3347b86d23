import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { startProxy, type Verdict } from './proxy.ts'

test('statements pass, are seen with the connection they came on, held back and muted', async () => {
  const { url } = await database()
  const verdicts: Record<string, Verdict> = { 'select 3': 'hold', 'create table t ()': 'mute' }
  const proxy = await startProxy(url, ({ text }) => verdicts[text] ?? 'pass')

  await withClient(proxy.url, 'test one', async client => {
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect((await client.query('select $1::int as n', [2])).rows).toEqual([{ n: 2 }])
    const unheard = client.query('create table t ()').catch(() => 'cut')
    expect((await proxy.stopped()).text).toBe('create table t ()')
    expect(await isThere()).toBe(true)
    await proxy.close()
    expect(await unheard).toBe('cut')
  })
  expect(proxy.statements).toEqual([
    { application: 'rowhouse test one', connection: 1, text: 'select 1 as n', prepared: false },
    { application: 'rowhouse test one', connection: 1, text: 'select $1::int as n', prepared: true },
    { application: 'rowhouse test one', connection: 1, text: 'create table t ()', prepared: false },
  ])

  async function isThere() {
    const { rows } = await withClient(url, 'test', client =>
      client.query(`select to_regclass('t') is not null as yes`),
    )
    return rows[0].yes
  }
})

test('what is held never reaches Postgres', async () => {
  const { url } = await database()
  const proxy = await startProxy(url, ({ text }) => (text.startsWith('create') ? 'hold' : 'pass'))
  await withClient(proxy.url, 'test', async client => {
    const held = client.query('create table t ()').catch(() => 'cut')
    await proxy.stopped()
    await proxy.close()
    expect(await held).toBe('cut')
  })
  const { rows } = await withClient(url, 'test', client => client.query(`select to_regclass('t') as t`))
  expect(rows).toEqual([{ t: null }])
})
