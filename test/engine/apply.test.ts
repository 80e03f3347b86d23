/** Apply a second time, two at once, and on a database that is not what was planned. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply } from '../../src/engine/apply/apply.ts'
import { writeWorkspace } from '../../src/engine/apply/workspace.ts'
import { unitsOf } from '../../src/engine/operations/index.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import { prepare } from '../../src/engine/plan/prepare.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { rolesOf } from '../../src/postgres/roles.ts'
import { startProxy, type Verdict } from '../crash/proxy.ts'
import { journal } from '../crash/struck.ts'
import { database } from '../helpers/database.ts'
import { dropRoles } from '../helpers/roles.ts'
import { checksums } from '../helpers/snapshot.ts'
import { fold, prepared, verified, withFolder } from './fold.ts'

const quiet = { listen: () => {} }
const rows = (url: string) => withClient(url, 'test', checksums)

test('a second apply finds nothing to do, and an edited policy file is left alone', async () => {
  const { url } = await database('hr-legacy')
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
  try {
    const { plan } = await fold(url, { workspace: folder })
    const before = await rows(url)
    const policy = join(folder, 'db/policies/employees.sql')
    await writeFile(policy, '-- mine')
    expect((await prepared(url)).stage).toBe('applied')

    const events: string[] = []
    await apply(url, plan, { workspace: folder, listen: ({ type }) => events.push(type) })
    expect(events).toEqual(['plan-begun'])
    expect(await writeWorkspace(folder, plan)).toEqual(['db/policies/employees.sql'])
    expect(await readFile(policy, 'utf8')).toBe('-- mine')
    expect(await rows(url)).toEqual(before)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a folder with other work in it is not written into', async () => {
  const { url } = await database('hr-legacy')
  await withFolder(async folder => {
    await writeFile(join(folder, 'README.md'), 'somebody lives here')
    await expect(fold(url, { workspace: folder })).rejects.toMatchObject({
      code: 'RH116',
      message: expect.stringContaining('README.md'),
    })
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('somebody lives here')
  })
  // The rest of the plan is done elsewhere.
  await fold(url)
  expect((await verified(url)).ok).toBe(true)
})

test('of two applies at once one finishes, the other is told; afterwards it has nothing to do', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await prepared(url)
  let release: Verdict = 'hold'
  const proxy = await startProxy(url, ({ application, text }) =>
    application === 'rowhouse apply' && text.startsWith('with copied') ? release : 'pass',
  )
  await withFolder(async folder => {
    const first = apply(proxy.url, plan, { workspace: folder, ...quiet }).catch(error => error)
    await proxy.stopped()
    await expect(apply(url, plan, { workspace: folder, ...quiet })).rejects.toMatchObject({
      code: 'RH121',
      message: expect.any(String),
      hint: expect.stringContaining('wait'),
    })
    release = 'pass'
    await proxy.close()
    expect(await first).toMatchObject({ code: 'RH105', hint: expect.stringContaining('same command') })
    // Both looked before either began: the slower one reads the journal anew.
    const both = await Promise.allSettled([1, 2].map(() => apply(url, plan, { workspace: folder, ...quiet })))
    const refused = both.filter(one => one.status === 'rejected')
    expect(refused.length).toBeLessThanOrEqual(1)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'RH121' })
    await apply(url, plan, { workspace: folder, ...quiet })
  })
  expect(await journal(url)).toHaveLength(plan.operations.flatMap(unitsOf).length)
  expect((await verified(url)).ok).toBe(true)
})

test('two databases of one server get their core, and make its roles, in the same moment', async () => {
  const retried: string[] = []
  for (let round = 0; round < 5; round++) {
    const made = rolesOf(`rht_${randomBytes(4).toString('hex')}`)
    const two = [await database(), await database()]
    const plans = await Promise.all(
      two.map(({ url }) =>
        withClient(url, 'test', async client => {
          await client.query(
            'create schema one; create table one.a (id int primary key); create schema two; create table two.a (id int primary key)',
          )
          return (await prepare(client, {}, made)).plan
        }),
      ),
    )
    await Promise.all(
      two.map(({ url }, at) =>
        withFolder(workspace =>
          apply(url, plans[at] as Plan, {
            workspace: join(workspace, 'at'),
            listen: event => {
              if (event.type === 'step-retried') retried.push(event.reason)
            },
          }),
        ),
      ),
    )
    for (const { drop } of two) await drop()
    await dropRoles(...Object.values(made))
  }
  // As often as they met.
  for (const reason of retried) expect(reason).toMatch(/pg_auth|tuple concurrently/)
})

test('source tables that changed since the plan was made stop it', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await prepared(url)
  const proxy = await startProxy(url, ({ application, text }) =>
    application === 'rowhouse apply' && text.startsWith('with copied') ? 'hold' : 'pass',
  )
  await withFolder(async folder => {
    const first = apply(proxy.url, plan, { workspace: folder, ...quiet }).catch(error => error)
    await proxy.stopped()
    await proxy.close()
    await first
  })
  await withClient(url, 'test', client =>
    client.query('alter table globex.employees_employee add column surprise text'),
  )
  const before = await journal(url)
  await expect(fold(url)).rejects.toMatchObject({
    code: 'RH120',
    message: expect.stringContaining(plan.id),
    hint: expect.stringContaining('cancel'),
  })
  expect(await journal(url)).toEqual(before)
})

test('a plan that was made before the change is refused by apply itself', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await prepared(url)
  await withClient(url, 'test', client =>
    client.query('alter table acme.employees_location drop column address'),
  )
  await withFolder(async folder => {
    await expect(apply(url, plan, { workspace: folder, ...quiet })).rejects.toMatchObject({ code: 'RH120' })
  })
  expect(await journal(url)).toEqual([])
})

test('a step that fails says which, with the statement, and leaves nothing of itself', async () => {
  const { url } = await database('hr-legacy')
  const { plan } = await prepared(url)
  const sql = (text: string) => withClient(url, 'test', client => client.query(text))
  await sql(`create function public.not_today() returns event_trigger language plpgsql as $$ begin
      if current_query() like '%add constraint employees_department_id_fkey%' then raise exception 'not today'; end if;
    end $$;
    create event trigger not_today on ddl_command_start execute function public.not_today()`)
  const failure = await fold(url).catch(error => error)
  expect(failure).toMatchObject({
    code: 'RH126',
    message: expect.stringMatching(/foreign key \(organization_id, department_id\).*not today/s),
    detail: expect.stringContaining('add constraint employees_department_id_fkey'),
  })
  const done = await journal(url)
  expect(done.at(-1)).toMatch(/^(add|validate)_foreign_key/)
  await sql('drop event trigger not_today')
  await fold(url)
  expect(await journal(url)).toHaveLength(plan.operations.flatMap(unitsOf).length)
  expect((await verified(url)).ok).toBe(true)
})
