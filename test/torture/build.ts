/** Makes the random tenants in a database. */
import type { SpecFile } from '../../src/engine/spec/specFile.ts'
import { connect, withClient } from '../../src/postgres/connect.ts'
import { extended, plain } from './palette.ts'
import { randomFrom } from './random.ts'
import { type Application, application, type Size } from './schema.ts'
import { type Tenant, tenant } from './tenants.ts'

export type Built = {
  readonly tenants: readonly Tenant[]
  readonly spec: SpecFile
  readonly application: Application
}

const schemas = ['acme', 'Umbrella "Corp"', 'größe', 'tenant_4', 'user', 'tenant.6', "o'neil", 'eight']

export async function build(url: string, seed: number, size: Size): Promise<Built> {
  const random = randomFrom(seed)
  const { version, extensions } = await withClient(url, 'test', async client => {
    const wanted = [...Object.keys(extended), 'btree_gist']
    const { rows } = await client.query<{ name: string }>(
      'select name from pg_available_extensions where name = any ($1)',
      [wanted],
    )
    for (const { name } of rows) await client.query(`create extension ${name}`)
    await client.query(
      `create table countries (code char(2) primary key, name text); insert into countries values ('DE', 'Germany');
       create foreign data wrapper none; create server nowhere foreign data wrapper none`,
    )
    const { rows: server } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    return { version: server[0]?.version ?? 0, extensions: new Set(rows.map(({ name }) => name)) }
  })
  const kinds = [
    ...plain,
    ...Object.entries(extended).flatMap(([name, of]) => (extensions.has(name) ? of : [])),
  ]
  const made = application(random, size, kinds, version, extensions)
  const tenants = Array.from({ length: size.tenants }, (_, at) =>
    tenant(
      made,
      schemas[at] ?? `tenant_${at}`,
      at + 1,
      random,
      at === 0 ? 0 : random.below(Math.ceil(size.tables / 3)),
    ),
  )
  for (const { sql } of tenants) {
    const client = await connect(url, 'test')
    let last = ''
    try {
      for (const text of sql) {
        last = text
        await client.query(text)
      }
    } catch (error) {
      throw new Error(`${(error as Error).message} in: ${last.slice(0, 3000)}`)
    } finally {
      await client.end()
    }
  }
  await withClient(url, 'test', client => client.query('analyze'))
  return {
    tenants,
    application: made,
    spec: { target_schema: 'house', discover: { schemas: tenants.map(({ schema }) => schema) } },
  }
}
