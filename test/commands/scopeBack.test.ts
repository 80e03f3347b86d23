/** Going back to a database without organizations, and forth again: who owns what is kept in a file, or not lost. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { database } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
import { expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

let url: string
let name: string
let directory: string
const spec = join(checkout, 'db/samples/sellout/tenancy.json5')

beforeAll(async () => {
  const made = await database('sellout-legacy')
  url = made.url
  name = made.name
  directory = folder()
  await does('apply', '--spec', spec, '--yes', '--phase', 'protect')
  // What somebody decided by hand, no rule would say again.
  await query(
    url,
    `update email_logs set client_id = (select id from organizations where slug = 'globex')
where id = (select t.id from email_logs t join organizations o on o.id = t.client_id where o.slug = 'acme' order by t.id limit 1)`,
  )
}, 120_000)

const command = (...argv: string[]) => rowhouse(argv, { directory, env: { DATABASE_URL: url } })
async function does(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(...argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}`)
  return stdout
}

const tables = [
  'users',
  'email_domains',
  'products',
  'uploads',
  'sellout_entries2',
  'processing_logs',
  'transform_logs',
  'email_logs',
]
const owners = () =>
  query(
    url,
    tables
      .map(
        table =>
          `select '${table}' as "table", ${table === 'email_domains' ? 't.domain' : 't.id'}::text as key, o.slug from ${table} t join organizations o on o.id = t.client_id`,
      )
      .join(' union all ')
      .concat(' order by 1, 2'),
  )

test('there and back: a no, a wrong name, no file, a file in the way; then every row is whose it was', async () => {
  const before = await owners()
  const back = ['cancel', '--phase', 'expand']
  expectRefusal(
    await command(...back, '--yes', '--confirm', name),
    'RH132',
    /rows in .*public\.users.* belong to other organizations/,
  )
  const sure = [...back, '--owners', 'owners.jsonl', '--yes', '--confirm', name]
  for (const unsure of [
    [...back, '--owners', 'owners.jsonl', '--yes', '--confirm', 'other'],
    [...back, '--owners', 'owners.jsonl', '--confirm', name],
  ])
    expectRefusal(await command(...unsure), 'RH122', /not cancelled/, 2)
  writeFileSync(join(directory, 'taken.jsonl'), 'mine')
  expectRefusal(
    await command(...back, '--owners', 'taken.jsonl', '--yes', '--confirm', name),
    'RH116',
    /taken\.jsonl/,
    2,
  )
  expect(readFileSync(join(directory, 'taken.jsonl'), 'utf8')).toBe('mine')
  expect(await does(...back, '--dry-run')).toMatch(
    /would undo \d+ steps .*note: who owns rows of .*public\.users.* would be lost/s,
  )
  // Nothing was undone by any of them.
  expect(await owners()).toEqual(before)
  expectRefusal(
    await command(...back, '--owners', 'nowhere/owners.jsonl', '--yes', '--confirm', name),
    'RH113',
    /nowhere/,
    2,
  )

  const cancelled = await does(...sure)
  expect(cancelled).toMatch(/undone: protect, index, assign, expand/)
  const lines = readFileSync(join(directory, 'owners.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(before.filter(({ slug }) => slug !== 'default-org').length)
  expect(await query(url, `select to_regclass('organizations') as left`)).toEqual([{ left: null }])

  // Files that are not that file: refused before a row is touched.
  const bad = (file: string, text: string) => {
    writeFileSync(join(directory, file), text)
    return command('apply', '--spec', spec, '--yes', '--phase', 'expand', '--owners', file)
  }
  const [first = ''] = lines
  const line = JSON.parse(first)
  const strange = [
    ['RH114', JSON.stringify({ ...line, organization: 'nobody-here' }), /organization "nobody-here"/],
    ['RH114', JSON.stringify({ ...line, table: 'public.elsewhere' }), /table public\.elsewhere/],
    ['RH114', JSON.stringify({ ...line, key: ['1', '2'] }), /2 columns/],
    ['RH113', '{"table": ', /line \d+/],
    ['RH113', '[]', /line \d+/],
  ] as const
  for (const [code, text, says] of strange)
    expectRefusal(await bad('bad.jsonl', `${lines.join('\n')}\n${text}\n`), code, says, 2)
  expectRefusal(
    await command('apply', '--spec', spec, '--yes', '--phase', 'expand', '--owners', 'missing.jsonl'),
    'RH113',
    /missing\.jsonl/,
    2,
  )
  expect(await query(url, `select to_regclass('organizations') as left`)).toEqual([{ left: null }])

  await does('apply', '--spec', spec, '--yes', '--phase', 'protect')
  expect(await owners()).not.toEqual(before)
  expect(
    await does('apply', '--spec', spec, '--yes', '--phase', 'protect', '--owners', 'owners.jsonl'),
  ).toMatch(/1 rows went/)
  expect(await owners()).toEqual(before)
  expect(await does('verify')).toMatch(/^verified after protect/)
}, 120_000)
