/**
 * Scoping in place while an old application reads and writes: how long each phase takes, and whether any of its
 * statements had to wait for a lock for 100 ms; then a tenant's typical queries behind the wall against the same with a
 * written `where`.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import JSON5 from 'json5'
import type pg from 'pg'
import { readState } from '../../src/engine/apply/state.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { asMember } from '../../src/engine/verify/member.ts'
import { connect, withClient, withDatabase } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { print, say, seconds, timed } from './print.ts'
import { run } from './program.ts'

export type ScopeSize = { readonly tenants: number; readonly rows: number; readonly jobs: number }

export async function benchScope(size: ScopeSize): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse-bench-'))
  chmodSync(home, 0o711)
  const server = await startEmbedded({ home, durable: true })
  try {
    await withClient(server.url, 'bench', client => client.query('create database bench'))
    const url = withDatabase(server.url, 'bench')
    const built = await timed(() =>
      buildSample(() => connect(url, 'bench'), { system: 'sellout', tenants: size.tenants, rows: size.rows }),
    )
    say(`sell-out of ${size.tenants} companies × ${size.rows} entries, built in ${seconds(built)}`)
    const spec = join(home, 'tenancy.json5')
    writeFileSync(spec, JSON5.stringify(await specOf(url)))

    const load = startLoad(url)
    const lines: string[][] = [
      [
        'phase',
        'seconds',
        "old application's statements meanwhile",
        'refused for a lock of 100 ms',
        'failed',
      ],
    ]
    for (const phase of ['expand', 'assign', 'index', 'protect']) {
      const before = load.counts()
      const took = await run(
        ['apply', '--yes', '--phase', phase, '--jobs', String(size.jobs), '--spec', spec, '--database', url],
        home,
      )
      const now = load.counts()
      lines.push([
        phase,
        took.seconds.toFixed(1),
        String(now.statements - before.statements),
        String(now.locked - before.locked),
        String(now.failed - before.failed),
      ])
    }
    await load.stop()
    print(lines)
    await reads(url)
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Organizations for the companies that there are. */
async function specOf(url: string): Promise<object> {
  const companies = await withClient(url, 'bench', async client => {
    const { rows } = await client.query<{ company: string }>(
      'select distinct company from users where company is not null order by 1',
    )
    return rows.map(({ company }) => company)
  })
  const byDefault = { otherwise: 'default' }
  return {
    kind: 'single',
    workspace: 'workspace',
    organizations: Object.fromEntries(companies.map((name, at) => [`company-${at + 1}`, { name }])),
    tables: {
      users: { owner: { column: 'company' }, ...byDefault },
      email_domains: { owner: { column: 'company' }, ...byDefault },
      products: { owner: { parent: 'users', on: 'created_by_id' }, ...byDefault },
      transform_logs: { owner: { parent: 'uploads', on: 'upload_id' }, ...byDefault },
      email_logs: { owner: { parent: 'users', on: 'user_id' }, ...byDefault },
    },
  }
}

/** Three writers and two readers, each with a lock timeout of its own: whoever waits longer for one is counted. */
function startLoad(url: string) {
  const counts = { statements: 0, locked: 0, failed: 0 }
  let isOver = false
  const ask = async (client: pg.Client, text: string, values: unknown[] = []) => {
    counts.statements++
    return client.query(text, values).catch(async (error: { code?: string }) => {
      if (error.code === '55P03') counts.locked++
      else counts.failed++
      await client.query('rollback').catch(() => {})
      return { rows: [] }
    })
  }
  const session = async (work: (client: pg.Client) => Promise<void>) => {
    const client = await connect(url, 'old application')
    await client.query("set lock_timeout to '100ms'")
    while (!isOver) {
      await work(client)
      await wait(10)
    }
    await client.end()
  }
  const writer = async (client: pg.Client) => {
    await ask(client, 'begin')
    const { rows } = await ask(
      client,
      `insert into uploads (user_id, filename, storage_key, reseller, reported_month, file_size, checksum)
select id, 'live.xlsx', 'live', 'live', '2025-01-01', 1, 'x' from users offset floor(random() * 20) limit 1 returning id, user_id`,
    )
    const upload = rows[0] as { id: string; user_id: number } | undefined
    if (upload !== undefined) {
      await ask(
        client,
        `insert into sellout_entries2 (user_id, upload_id, reseller, ean, year, month, quantity, sales_eur)
select $1, $2, 'live', 'live' || g, 2025, 1, g, 10 from generate_series(1, 20) g`,
        [upload.user_id, upload.id],
      )
    }
    await ask(client, "update sellout_entries2 set comment = 'live' where id = $1", [anyOf(1000)])
    await ask(client, 'commit')
  }
  const reader = async (client: pg.Client) => {
    await ask(client, 'select id, ean, sales_eur from sellout_entries2 order by created_at desc limit 50')
    await ask(client, 'select count(*) from uploads where user_id = $1', [anyOf(100)])
  }
  const sessions = [writer, writer, writer, reader, reader].map(session)
  return {
    counts: () => ({ ...counts }),
    stop: async () => {
      isOver = true
      await Promise.all(sessions)
    },
  }
}

/** A parameter, not the server's random(): no index serves what is another number at each row. */
const anyOf = (most: number) => 1 + Math.floor(Math.random() * most)

const typical: readonly (readonly [name: string, where: string, order: string])[] = [
  ['newest entries', '', 'order by created_at desc limit 50'],
  ['a month', 'year = 2025 and month = 1', ''],
  ['one product', 'ean = (select ean from sellout_entries2 where ean is not null limit 1)', ''],
]

/** Alternating, so that whatever else the machine does hits both. */
async function reads(url: string): Promise<void> {
  await withClient(url, 'bench', async client => {
    const record = await readState(client)
    const [, organization] = record?.plan.organizations ?? []
    if (record === null || organization === undefined) return
    const lines: string[][] = [
      ['query of one organization', 'written where, ms', 'behind the wall, ms', 'ratio', 'index'],
    ]
    for (const [name, where, order] of typical) {
      const text = (more: string) =>
        `select id, created_at, year, month, ean, sales_eur from public.sellout_entries2 where ${[more, where].filter(Boolean).join(' and ') || 'true'} ${order}`
      const written = text(`client_id = '${organization.id}'`)
      const pairs: [number, number][] = []
      let index = ''
      const constant = where.includes('(select')
        ? (
            await client.query<{ ean: string }>(
              `select ean from public.sellout_entries2 where client_id = $1 and ean is not null limit 1`,
              [organization.id],
            )
          ).rows[0]?.ean
        : undefined
      const fixed = (sql: string) =>
        constant === undefined ? sql : sql.replace(/\(select.*?limit 1\)/, `'${constant}'`)
      for (let round = 0; round < 200; round++) {
        const plain = await explained(client, fixed(written))
        const walled = await asMember(client, record.plan, organization, () =>
          explained(client, fixed(text(''))),
        )
        if (walled === null) continue
        pairs.push([plain.milliseconds, walled.milliseconds])
        index = walled.index
      }
      const [a, b] = [median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))]
      lines.push([name, a.toFixed(3), b.toFixed(3), (b / a).toFixed(2), index])
    }
    print(lines)
  })
}

async function explained(
  client: pg.ClientBase,
  text: string,
): Promise<{ milliseconds: number; index: string }> {
  const { rows } = await client.query(`explain (analyze, timing off, format json) ${text}`)
  const [plan] = rows[0]['QUERY PLAN']
  return {
    milliseconds: plan['Execution Time'],
    index: JSON.stringify(plan).match(/"Index Name":"([^"]+)"/)?.[1] ?? 'none',
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
