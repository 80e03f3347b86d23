/** Rules that a DBA edits: saved, they hold; a mistake is told; committed, they pass; and apply leaves them alone. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Background, checkout, run } from '../helpers/program.ts'
import { furnish, greeted, house } from './demonstration.ts'
import { ask, type Login, query, rowhouseStarted, signIn } from './rowhouse.ts'

const { directory, home, start } = house()
const workspace = join(home, 'hr')
const door = join(workspace, 'db/policies/employees.sql')
const current = join(workspace, 'migrations/current.sql')

beforeAll(() => furnish(home, 'hr'))

async function signedIn(program: Background) {
  const { url, logins } = await greeted(program)
  return { url, token: await signIn(url, logins[0] as Login) }
}

test('a saved door changes the answers within a second, while the server goes on serving', async () => {
  const server = start()
  const { url, token } = await signedIn(server)
  const answers: string[] = []
  const count = async () => {
    const answer = JSON.stringify(await ask(url, token, '{ employees { totalCount } }'))
    answers.push(answer)
    return /"totalCount":(\d+)/.exec(answer)?.[1] ?? answer
  }
  /** Saves, and waits for the count. @returns milliseconds */
  const until = async (file: string, text: string, expected: string, patience = 3_000) => {
    const saved = performance.now()
    writeFileSync(file, text)
    while ((await count()) !== expected) {
      if (performance.now() - saved > patience)
        throw new Error(`still ${await count()}, not ${expected}: ${watching.stderr()}`)
      await sleep(20)
    }
    return performance.now() - saved
  }

  const watching = rowhouseStarted(['watch'], { directory, env: { ROWHOUSE_HOME: home } })
  await watching.line(/Finished/, 30_000)
  expect(await count()).toBe('200')
  const { data } = await ask(url, token, '{ employees(first: 10, orderBy: ROW_ID_ASC) { nodes { rowId } } }')
  const ids = (data as { employees: { nodes: { rowId: string }[] } }).employees.nodes.map(
    ({ rowId }) => rowId,
  )
  /** True for the first `n` employees. */
  const first = (n: number) => `id <= ${ids[n - 1]}`

  const asWritten = readFileSync(door, 'utf8')
  const edited = asWritten.replace('using (true)', `using (${first(10)})`)
  expect(edited).not.toBe(asWritten)
  const took = [
    await until(door, edited, '10'),
    await until(door, asWritten, '200'),
    await until(door, edited, '10'),
  ]
  console.log(`a saved door held after ${took.map(Math.round).join(', ')} ms`)

  // A new file: the line that includes it is added.
  const extra = join(workspace, 'db/policies/employees_extra.sql')
  const policy = (condition: string) => `drop policy if exists extra on hr.employees;
create policy extra on hr.employees as restrictive for select to :VISITOR using (${condition});\n`
  const added = await until(extra, policy(first(5)), '5', 6_000)
  console.log(`a new file held after ${Math.round(added)} ms`)
  expect(
    readFileSync(current, 'utf8')
      .split('\n')
      .filter(line => line.includes('employees_extra')),
  ).toEqual(['--!include policies/employees_extra.sql'])

  // A mistake is told, changes nothing, and does not end the watch.
  writeFileSync(extra, policy('id <= no_such_column'))
  await watching.line(/no_such_column/)
  expect(await count()).toBe('5')
  await until(extra, policy(first(3)), '3')
  expect(readFileSync(current, 'utf8').match(/employees_extra/g)).toHaveLength(1)

  for (const answer of answers)
    expect(answer).toMatch(/^\{"data":\{"employees":\{"totalCount":(200|10|5|3)\}\}\}$/)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect((await watching.stop('SIGINT')).signal).toBeNull()

  // What is current becomes a migration, tried on a fresh shadow database.
  const committed = await run(join(checkout, 'node_modules/.bin/graphile-migrate'), ['commit'], {
    directory: workspace,
  })
  expect([committed.code, committed.stderr + committed.stdout]).toEqual([
    0,
    expect.stringContaining('000003'),
  ])
  expect(
    readdirSync(join(workspace, 'migrations/committed')).filter(name => name.startsWith('000003')),
  ).toHaveLength(1)
  expect(await count()).toBe('3')
  await server.stop()

  // The next apply (of npm start) leaves the door alone, file and database.
  appendFileSync(door, '-- ours\n')
  const text = readFileSync(door, 'utf8')
  const again = start()
  const later = await signedIn(again)
  expect(await ask(later.url, later.token, '{ employees { totalCount } }')).toEqual({
    data: { employees: { totalCount: 3 } },
  })
  const { url: database } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as { url: string }
  const applied = rowhouseStarted(['apply', '--yes'], { directory, env: { ROWHOUSE_HOME: home } })
  expect(await applied.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') })
  expect(readFileSync(door, 'utf8')).toBe(text)
  expect(
    await query(
      database,
      `select pg_get_expr(polqual, polrelid) as door from pg_policy where polname = 'select_member' and polrelid = 'hr.employees'::regclass`,
    ),
  ).toEqual([{ door: `(${first(10)})` }])
  await again.stop()
}, 180_000)
