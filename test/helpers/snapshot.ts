/**
 * A database as text, to compare before with after and one copy with another: `snapshot` is what it is made of,
 * `checksums` is what is in it. Both are made from the catalog, so that new tables are covered by themselves.
 */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import { snapshotQueries } from './snapshotQueries.ts'

/** Output that does not depend on the session. */
const settings = [
  'set local search_path to pg_catalog',
  "set local timezone to 'UTC'",
  "set local datestyle to 'ISO, YMD'",
  "set local intervalstyle to 'postgres'",
  'set local extra_float_digits to 1',
  'set local row_security to off',
]

/**
 * Schemas, types, tables, columns, constraints, indexes, policies, triggers, views, sequences, functions, comments,
 * owners and rights: one line each, in an order that says nothing about when they were made.
 * @param schemas only these; absent: all but Postgres' own, with the database's defaults
 */
export async function snapshot(client: pg.ClientBase, schemas?: readonly string[]): Promise<string> {
  const lines = await inSnapshot(client, async () => {
    const found: { place: string; line: string }[] = []
    for (const query of snapshotQueries) {
      found.push(...(await client.query<{ place: string; line: string }>(query, [schemas ?? null])).rows)
    }
    return found
  })
  const text = ({ place, line }: (typeof lines)[number]) => `${place}\u0000${line}`
  const sorted = lines.sort((a, b) => (text(a) < text(b) ? -1 : 1)).map(({ line }) => line)
  return `${sorted.map((line, index) => (index > 0 && !line.startsWith(' ') ? `\n${line}` : line)).join('\n')}\n`
}

/** What every run makes anew: times, keys, and ids that nothing refers to. */
const ofTheRun: Readonly<Record<string, readonly string[]>> = {
  'app_public.organizations': ['created_at', 'updated_at'],
  'app_public.users': ['updated_at'],
  'app_public.user_organizations': ['created_at'],
  'app_public.domains': ['id'],
  'public.organizations': ['created_at', 'updated_at'],
  'public.user_organizations': ['created_at'],
  'public.domains': ['id'],
  'app_private.context_keys': ['key', 'inner_pad', 'outer_pad', 'created_at'],
  'app_private.user_secrets': ['updated_at'],
  'rowhouse.plans': ['started_at', 'applied_at', 'served_at', 'cancelled_at'],
  'rowhouse.journal': ['created_at'],
  'rowhouse.assignments': ['rows_seen', 'updated_at'],
  'rowhouse.activity': ['seen_at'],
  'rowhouse.baselines': ['milliseconds', 'buffers', 'recorded_at'],
  'rowhouse.verifications': ['verified_at'],
  'graphile_migrate.migrations': ['date'],
}

/**
 * Every table's rows and every sequence's place: `hr.employees` → `600 rows 8c1f…`, the same whatever the order.
 * Each row is hashed by itself; equal rows do not cancel out.
 */
export async function checksums(client: pg.ClientBase): Promise<Record<string, string>> {
  return inSnapshot(client, async () => {
    const { rows: tables } = await client.query<{ schema: string; name: string; columns: string[] }>(
      `select n.nspname as schema, c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' group by 1, 2 order by 1, 2`,
    )
    const sums: Record<string, string> = {}
    for (const { schema, name, columns } of tables) {
      const left = ofTheRun[`${schema}.${name}`] ?? []
      const kept = columns.filter(column => !left.includes(column)).map(column => `${ident(column)}::text`)
      const { rows } = await client.query<{ row: string }>(
        `select row(${kept.join(', ')})::text as row from ${qualified(schema, name)}`,
      )
      const hashes = rows.map(({ row }) => createHash('sha256').update(row).digest('hex')).sort()
      const sum = createHash('sha256').update(hashes.join('\n')).digest('hex').slice(0, 16)
      sums[`${schema}.${name}`] = `${rows.length} rows ${sum}`
    }
    const { rows: sequences } = await client.query<{ name: string; at: string | null }>(
      `select schemaname || '.' || sequencename as name, last_value::text as at from pg_sequences order by 1`,
    )
    for (const { name, at } of sequences) sums[name] = `at ${at ?? 'its start'}`
    return sums
  })
}

async function inSnapshot<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    for (const setting of settings) await client.query(setting)
    return await work()
  } finally {
    await client.query('rollback')
  }
}
