/**
 * Folding against the best hand-written SQL for the same tables (bare, loaded, indexed, validated; one connection), and
 * against what people do instead: a script that moves row by row through a driver, on one tenant, extrapolated.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { megabytes, print, say, seconds, timed } from './print.ts'
import { type Measured, run, serverTime } from './program.ts'
import { buildTenants, type Size, tableNames, tenantName } from './tenants.ts'

/** Tenants per statement: what a careful person does about the lock table. */
const together = 100

/** Those that tens of thousands of tables have filled. */
const busyCatalogs =
  'pg_class, pg_attribute, pg_attrdef, pg_constraint, pg_depend, pg_index, pg_namespace, pg_sequence, pg_statistic, pg_type'

export async function benchFold(size: Size & { readonly jobs: number }): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse-bench-'))
  chmodSync(home, 0o711)
  // What Postgres does by itself, at any moment, would be somebody's time.
  const server = await startEmbedded({ home, durable: true, settings: { autovacuum: 'off' } })
  try {
    await withClient(server.url, 'bench', client => client.query('create database bench'))
    const url = withDatabase(server.url, 'bench')
    const rows = size.tenants * size.tables * size.rows
    say(
      `${size.tenants} tenants × ${size.tables} tables × ${size.rows} rows = ${rows.toLocaleString('en-US')} rows`,
    )
    const built = await timed(() => buildTenants(url, size))
    // As it would have been by itself by now: otherwise whoever comes first does it in passing.
    await withClient(url, 'bench', async client => {
      await client.query(`vacuum (analyze) ${busyCatalogs}`)
      await client.query('checkpoint')
    })
    say(`built in ${seconds(built)}`)

    const measured = async (work: () => Promise<Measured>): Promise<Measured> => {
      const before = serverTime(server.pid)
      const one = await work()
      return { ...one, processor: one.processor + serverTime(server.pid) - before }
    }
    const rowhouse = (...argv: string[]) => measured(() => run([...argv, '--database', url], home))
    const hand = await measured(() =>
      withClient(url, 'bench', async client => ({
        seconds: await timed(() => byHand(client, size)),
        processor: 0,
        peak: 0,
      })),
    )
    await withClient(url, 'bench', client => client.query('drop schema hand cascade'))
    await withClient(url, 'bench', client => client.query('checkpoint'))
    const perRow = await withClient(url, 'bench', client => rowByRow(client, size))

    const inspect = await rowhouse('inspect', '--json')
    const apply = await rowhouse('apply', '--yes', '--jobs', String(size.jobs))
    const verify = await rowhouse('verify', '--jobs', String(size.jobs))
    const folded = {
      seconds: apply.seconds + verify.seconds,
      processor: apply.processor + verify.processor,
      peak: Math.max(apply.peak, verify.peak),
    }
    const line = (what: string, { seconds: taken, processor, peak }: Measured) => [
      what,
      taken.toFixed(1),
      (taken / hand.seconds).toFixed(2),
      processor.toFixed(1),
      peak === 0 ? '' : megabytes({ peak }),
    ]
    print([
      ['what', 'seconds', 'against hand-written', 'processor s', 'peak memory'],
      line('hand-written SQL, one connection, not verified', hand),
      line(`rowhouse apply, ${size.jobs} jobs`, apply),
      line(`rowhouse verify, ${size.jobs} jobs`, verify),
      line('rowhouse, moved and verified', folded),
      line('rowhouse inspect', inspect),
      line('a script, row by row (extrapolated)', { seconds: perRow * rows, processor: 0, peak: 0 }),
    ])
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** The same tables as the fold makes, as somebody who knows Postgres would write them. */
async function byHand(client: pg.Client, { tenants, tables }: Size): Promise<void> {
  const names = tableNames({ tables })
  await client.query(
    "set client_min_messages to warning; set maintenance_work_mem to '64MB'; create schema hand",
  )
  await client.query(
    'create table hand.organizations (id uuid primary key default gen_random_uuid(), slug text unique)',
  )
  const schemas = Array.from({ length: tenants }, (_, at) => tenantName(at + 1))
  await client.query('insert into hand.organizations (slug) select unnest($1::text[])', [schemas])
  const ids = new Map(
    (await client.query<{ id: string; slug: string }>('select id, slug from hand.organizations')).rows.map(
      row => [row.slug, row.id],
    ),
  )
  for (const name of names) {
    await client.query(`create table hand.${name} (organization_id uuid not null, id bigint not null generated by default as identity,
      name varchar(60) not null, code text not null, amount numeric(12,2), created_at timestamptz not null default now(), parent_id bigint, data jsonb)`)
    for (let start = 0; start < schemas.length; start += together) {
      await client.query(
        `insert into hand.${name} ${schemas
          .slice(start, start + together)
          .map(
            schema =>
              `select '${ids.get(schema)}'::uuid, id, name, code, amount, created_at, parent_id, data from ${schema}.${name}`,
          )
          .join(' union all ')}`,
      )
    }
  }
  for (const name of names) {
    await client.query(`alter table hand.${name} add primary key (organization_id, id)`)
    await client.query(`alter table hand.${name} add unique (organization_id, code)`)
    await client.query(`create index on hand.${name} (organization_id, parent_id)`)
  }
  for (const [at, name] of names.entries()) {
    await client.query(
      `alter table hand.${name} add constraint o foreign key (organization_id) references hand.organizations not valid`,
    )
    await client.query(`alter table hand.${name} validate constraint o`)
    const parent = names[at - 1]
    if (parent === undefined) continue
    await client.query(
      `alter table hand.${name} add constraint p foreign key (organization_id, parent_id) references hand.${parent} (organization_id, id) not valid`,
    )
    await client.query(`alter table hand.${name} validate constraint p`)
  }
  await client.query(
    `select ${names.map(name => `setval(pg_get_serial_sequence('hand.${name}', 'id'), (select max(id) from hand.${name}))`).join(', ')}`,
  )
  await client.query(names.map(name => `analyze hand.${name}`).join('; '))
}

/** Seconds per row, as an ORM would move them: read a row, write a row, within one transaction. */
async function rowByRow(client: pg.Client, size: Size): Promise<number> {
  const [name] = tableNames(size)
  const from = `${tenantName(1)}.${name}`
  await client.query(`create temp table moved (like ${from}); alter table moved add organization_id uuid`)
  const { rows } = await client.query(`select * from ${from} limit 500`)
  const taken = await timed(async () => {
    await client.query('begin')
    for (const row of rows) {
      const values = [row.id, row.name, row.code, row.amount, row.created_at, row.parent_id, row.data]
      await client.query(
        `insert into moved (id, name, code, amount, created_at, parent_id, data, organization_id) values ($1, $2, $3, $4, $5, $6, $7, gen_random_uuid())`,
        values,
      )
    }
    await client.query('commit')
  })
  return taken / rows.length
}
