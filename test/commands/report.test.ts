/** The account for an auditor: everything that was moved, with its proof, in one page and as JSON. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { database } from '../helpers/database.ts'
import { expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

test('counts and checksums of every organization and table, and what was not carried over', async () => {
  const { url } = await database('hr-folded')
  await query(url, `create view acme."<b>" as select id from acme.employees_employee`)
  const directory = folder()
  expect((await rowhouse(['report', '--database', url], { directory })).code).toBe(0)
  const told = JSON.parse(readFileSync(join(directory, 'rowhouse-report.json'), 'utf8'))
  expect(told).toMatchObject({ verified: { ok: true, rows: 825 }, mismatches: [] })
  expect(told.compared).toHaveLength(3 * 5)
  const employees = told.compared.filter(({ table }: { table: string }) => table === 'hr.employees')
  expect(employees.map(({ rows, equal }: { rows: number; equal: boolean }) => [rows, equal])).toEqual(
    [1, 2, 3].map(() => [200, true]),
  )
  expect(new Set(employees.map(({ checksum }: { checksum: string }) => checksum)).size).toBe(3)
  expect(told.notCarriedOver).toContainEqual(
    expect.objectContaining({
      kind: 'view',
      schemas: ['acme'],
      definition: expect.stringContaining('employees_employee'),
    }),
  )
  const page = readFileSync(join(directory, 'rowhouse-report.html'), 'utf8')
  for (const { checksum } of told.compared) expect(page).toContain(checksum)
  expect(page).toContain('view &lt;b&gt;')
  expect(page).not.toMatch(/<b>|<script|https?:/)

  await query(url, `update hr.departments set name = name || '!' where id = 1`)
  const bad = await rowhouse(['report', '--database', url, '--write', 'bad'], { directory })
  expect(bad.code).toBe(3)
  expect(readFileSync(join(directory, 'bad.html'), 'utf8')).toMatch(/DIFFERENT: 3 differences/)
})

test('before there is anything to tell, and where it cannot be written', async () => {
  const { url } = await database('hr-legacy')
  expectRefusal(await rowhouse(['report', '--database', url]), 'RH123', /nothing was applied/)
  const folded = await database('hr-folded')
  const nowhere = ['report', '--database', folded.url, '--write', 'no/such/folder/x']
  expectRefusal(await rowhouse(nowhere), 'RH116', /cannot be written/, 2)
})
