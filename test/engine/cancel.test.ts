/** Cancel, from wherever apply got to, gives back the database as it was. Roles stay: they belong to the server. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply, cancel } from '../../src/engine/apply/apply.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { buildCore } from '../helpers/templates.ts'
import { fold, prepared, verified, withFolder } from './fold.ts'

const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

const quiet = { listen: () => {} }

class Enough extends Error {}

/** Applies the first `count` steps. */
async function applySome(url: string, plan: Plan, count: number, workspace: string): Promise<void> {
  if (count === 0) return
  let left = count
  const listen = (event: { type: string }) => {
    if (event.type === 'step-done' && --left === 0) throw new Enough()
  }
  await apply(url, plan, { workspace, listen }).catch(error => {
    if (!(error instanceof Enough)) throw error
  })
}

test('from every kind of step, cancel gives back what was before, and apply can begin again', async () => {
  const { url } = await database('hr-legacy')
  const before = await state(url)
  const { plan } = await prepared(url)
  const all = plan.operations
  // After the last step of each kind, and in the middle of the copying.
  const ends = all.flatMap(({ kind }, index) => (kind === all[index + 1]?.kind ? [] : [index + 1]))
  const middle = all.findIndex(({ kind }) => kind === 'copy_rows') + 4
  for (const count of [...ends, middle]) {
    await withFolder(async folder => {
      const workspace = join(folder, 'workspace')
      await applySome(url, plan, count, workspace)
      const { keptFiles } = await cancel(url, plan, { workspace, ...quiet })
      expect({ count, keptFiles, left: await readdir(folder) }).toEqual({ count, keptFiles: [], left: [] })
    })
    expect({ count, ...(await state(url)) }).toEqual({ count, ...before })
  }
  await fold(url)
  expect((await verified(url)).ok).toBe(true)
})

test('cancelling what never began, and cancelling twice, does nothing', async () => {
  const { url } = await database('hr-legacy')
  const before = await state(url)
  const { plan } = await prepared(url)
  await withFolder(folder => cancel(url, plan, { workspace: folder, ...quiet }))
  await fold(url)
  for (const _ of [1, 2]) await withFolder(folder => cancel(url, plan, { workspace: folder, ...quiet }))
  expect(await state(url)).toEqual(before)
})

test('what a user made stays: a table in the new schema stops the step that would take it, nothing else', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await fold(url)
  await withClient(url, 'test', client =>
    client.query(`create table hr.mine (n int); insert into hr.mine values (42);
      create view hr.seen as select * from acme.employees_employee`),
  )
  await withFolder(async folder => {
    await expect(cancel(url, plan, { workspace: folder, ...quiet })).rejects.toMatchObject({
      code: 'RH126',
      message: expect.stringContaining('hr'),
    })
    const kept = () =>
      withClient(url, 'test', async client => (await client.query('select n from hr.mine')).rows)
    expect(await kept()).toEqual([{ n: 42 }])
    // Mended as the message says, the same command goes on.
    await withClient(url, 'test', client =>
      client.query('drop view hr.seen; alter table hr.mine set schema public'),
    )
    await cancel(url, plan, { workspace: folder, ...quiet })
  })
  const { rows } = await withClient(url, 'test', client =>
    client.query(`select (select n from public.mine) as n, to_regnamespace('hr') as hr`),
  )
  expect(rows).toEqual([{ n: 42, hr: null }])
})

test('where the core was there before, cancel leaves it, and the same plan can be applied again', async () => {
  const { url } = await database('hr-legacy')
  // As another plan or the DBA would have left it.
  await buildCore(url)
  const before = await state(url)
  const without = ({ schema, rows }: typeof before) => ({ schema, rows: { ...rows, 'rowhouse.plans': '' } })
  for (const _ of [1, 2]) {
    const { plan: second } = await fold(url)
    await withFolder(folder => cancel(url, second, { workspace: folder, ...quiet }))
    expect(without(await state(url))).toEqual(without(before))
  }
})

test('files that somebody edited stay, the others go', async () => {
  const { url } = await database('hr-legacy')
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
  try {
    const { plan } = await fold(url, { workspace: folder })
    await writeFile(join(folder, 'db/policies/employees.sql'), '-- mine')
    await writeFile(join(folder, 'notes.txt'), 'mine too')
    const { keptFiles } = await cancel(url, plan, { workspace: folder, ...quiet })
    expect(keptFiles).toEqual(['db/policies/employees.sql'])
    const left = await readdir(folder, { recursive: true, withFileTypes: true })
    expect(
      left
        .filter(entry => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['employees.sql', 'notes.txt'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
