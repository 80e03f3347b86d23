/**
 * The hard cases, one folder each: `before.sql` (run in every tenant of the case, or once where it says so), `spec.json5`,
 * and `expected.txt`, which a reviewer can read: what inspection says, what is planned, and what the new tables are and
 * have. ROWHOUSE_CASES=write writes the expectations anew.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe as describeOperation } from '../../src/engine/operations/index.ts'
import { quarantineLines } from '../../src/engine/verify/quarantine.ts'
import { readSpecFile, type SpecFile } from '../../src/engine/spec/specFile.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { qualified } from '../../src/postgres/identifiers.ts'
import { fold, prepared, verified } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { serverUrl } from '../helpers/run.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { inspect } from '../../src/engine/inspect/inspect.ts'
import { build, folder } from './before.ts'

const cases = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** Before 16, Postgres names the table of every column, also where there is one table only. */
const plainly = (text: string): string =>
  text.replace(/^view [^]*?(?:\n\n|\n(?![^]))/gm, view => {
    const [, alias] = /^ {5}FROM [\w.]+ (\w+)(?:;|$)/m.exec(view) ?? []
    return alias === undefined || view.split('SELECT').length > 2
      ? view
      : view.replaceAll(new RegExp(`\\b${alias}\\.(?=\\w)`, 'g'), '')
  })

/** Rights and policies are the same for every table, and tested elsewhere. */
const structure = (text: string): string =>
  text
    .replace(/^default privileges .*\n\n/gm, '')
    .split('\n')
    .filter(line => !/^ {2}(policy|grant) /.test(line))
    .join('\n')

async function outcome(name: string): Promise<string> {
  const { url, name: made } = await database()
  await ensureRoles(url)
  const at = join(folder, name)
  await withClient(url, 'test', client => build(client, name))
  const spec = existsSync(join(at, 'spec.json5')) ? ((await readSpecFile(join(at, 'spec.json5'))) as SpecFile) : {}
  const lines: string[] = []
  const found = await withClient(url, 'inspect', client => inspect(client, spec))
  lines.push('== inspect')
  for (const { blocks, code, object, detail, hint } of found.inspection.hazards) {
    lines.push(`${blocks ? 'BLOCKS' : 'note'} ${code} ${object}: ${detail}`, `  ${hint}`)
  }
  const refused = await prepared(url, spec).then(
    () => undefined,
    error => error,
  )
  if (refused !== undefined) {
    return [...lines, '', '== plan', `${refused.code}: ${refused.message.replaceAll(made, 'legacy')}`, `  ${refused.hint}`, ''].join('\n')
  }
  const { plan } = await fold(url, { spec })
  lines.push('', '== plan')
  lines.push(...plan.operations.map(operation => describeOperation(operation, plan)).filter(text => !/typical|workspace/.test(text)))
  const { ok, rows, mismatches, quarantined } = await verified(url)
  lines.push('', '== verify', `${ok ? 'ok' : 'DIFFERENT'}, ${rows} rows`, ...mismatches.map(m => JSON.stringify(m)), ...quarantineLines(quarantined))
  const schemas = [...new Set([...plan.types, ...plan.tables].map(({ target }) => target.schema))]
  lines.push('', '== after', plainly(structure(await withClient(url, 'test', client => snapshot(client, schemas)))))
  lines.push('== rows')
  await withClient(url, 'test', async client => {
    for (const { target, numbered, merge } of plan.tables) {
      const { rows: all } = await client.query(
        merge !== null
          ? `select 'all ' || to_jsonb(t)::text as row from "${target.schema}"."${target.name}" t order by 1`
          : `select o.slug || ' ' || (to_jsonb(t) - '${plan.scopeColumn}')::text as row from "${target.schema}"."${target.name}" t
         join app_public.organizations o on o.id = t."${plan.scopeColumn}" order by 1`,
      )
      lines.push(`${target.schema}.${target.name}`, ...all.map(({ row }) => `  ${row}`))
      for (const { name: column } of numbered) {
        const { rows: given } = await client.query<{ last: string }>(
          'select pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass) as last',
          [qualified(target.schema, target.name), column],
        )
        lines.push(`  ${column} goes on after ${given[0]?.last}`)
      }
    }
  })
  const map = await withClient(url, 'test', client =>
    client.query<{ line: string }>(
      `select format('  %s %s: %s', m.table_name, o.slug, string_agg(m.old_id || ' → ' || m.new_id, ', ' order by m.old_id)) as line
       from rowhouse.renumbered m join app_public.organizations o on o.id = m.organization_id group by m.table_name, o.slug order by 1`,
    ),
  )
  if (map.rows.length > 0) lines.push('== kept map', ...map.rows.map(({ line }) => line))
  return `${lines.join('\n')}\n`
}

const { rows: servers } = await withClient(serverUrl(), 'test', client =>
  client.query<{ version: number }>(`select current_setting('server_version_num')::int / 10000 as version`),
)
const version = servers[0]?.version ?? 0
/** A folder's name may end with the version of Postgres that it needs. */
const [possible, impossible] = [true, false].map(wanted =>
  cases.filter(name => (Number(/-postgres-(\d+)$/.exec(name)?.[1] ?? 0) <= version) === wanted),
)

if (impossible?.length) test.skip.each(impossible)('%s', () => {})

test.each(possible ?? [])('%s', async name => {
  const expected = join(folder, name, 'expected.txt')
  const text = await outcome(name)
  if (process.env.ROWHOUSE_CASES === 'write') writeFileSync(expected, text)
  expect(text).toBe(existsSync(expected) ? readFileSync(expected, 'utf8') : '')
})
