/** `npm start -- --sample`: each system in a database and a workspace of its own, one after another in one house. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { furnish, greeted, house } from './demonstration.ts'
import {
  ask,
  expectRefusal,
  folder,
  type Login,
  query,
  rowhouse,
  rowhouseStarted,
  signIn,
} from './rowhouse.ts'

test('one after another, each with its own database, workspace and logins; a reset takes all', async () => {
  const { home, directory, start } = house()
  const env = { ROWHOUSE_HOME: home }
  await furnish(home, 'hr', 'finance', 'sellout')
  const hr = start()
  await greeted(hr)
  await hr.stop()

  const finance = start('--sample', 'finance')
  const { text, url, logins } = await greeted(finance)
  expect(finance.stderr()).toMatch(/verified: \d+ rows in 27 tables of 3 organizations/)
  const running = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as { url: string }
  expect(new URL(running.url).pathname).toBe('/finance')
  // What it says to paste can be pasted.
  const pasted = /^TOKEN=[\s\S]+?\n\n/m.exec(text)?.[0] ?? ''
  const shell = spawnSync('sh', ['-c', `command -v curl >/dev/null || exit 99\n${pasted}`], {
    encoding: 'utf8',
  })
  if (shell.status !== 99) expect(JSON.parse(shell.stdout).data.invoices.nodes).toHaveLength(3)
  expect(logins).toHaveLength(3)
  for (const login of logins) {
    expect(
      await ask(url, await signIn(url, login), '{ invoices { totalCount } currentOrganization { slug } }'),
    ).toEqual({
      data: { invoices: { totalCount: 20 }, currentOrganization: { slug: login.organization } },
    })
  }
  // Other commands find the one that is up.
  const { stdout } = await rowhouse(['status', '--json'], { directory, env })
  expect(JSON.parse(stdout).organizations[0]).toMatchObject({ tables: 27, state: 'verified' })
  const watching = rowhouseStarted(['watch'], { directory, env })
  await watching.line(/watching \S+\/finance\/db for database "finance"/)
  await watching.line(/Finished/)
  await watching.stop('SIGINT')
  expectRefusal(
    await rowhouse(['watch', join(home, 'hr')], { directory, env }),
    'RH116',
    /hr has the rules of another database than "finance"/,
    2,
  )
  expect((await finance.stop('SIGINT')).code).toBe(0)

  // One schema for all companies is scoped where it is, to the last phase.
  const sellout = start('--sample', 'sellout')
  const shared = await greeted(sellout)
  expect(sellout.stderr()).toMatch(/verified: \d+ rows in 8 tables are 13 organizations' own/)
  expect(shared.logins).toHaveLength(3)
  for (const login of shared.logins) {
    const token = await signIn(shared.url, login)
    const text = '{ selloutEntries2s { totalCount } currentOrganization { slug } }'
    expect(await ask(shared.url, token, text)).toEqual({
      data: { selloutEntries2s: { totalCount: 500 }, currentOrganization: { slug: login.organization } },
    })
  }
  await sellout.stop()

  // None is built or moved again.
  const samples = ['finance', 'hr', 'sellout']
  for (const sample of samples) {
    const again = start('--sample', sample)
    await greeted(again)
    expect(again.stderr()).not.toMatch(/building|folding|scoping|verifying/)
    await again.stop()
  }
  for (const sample of samples) expect(existsSync(join(home, sample, '.gmrc'))).toBe(true)
  const reset = start('--reset', '--sample', 'finance')
  await reset.line(/building the finance sample/)
  for (const sample of samples) expect(existsSync(join(home, sample))).toBe(false)
  await reset.stop('SIGKILL')
}, 240_000)

test('a system that there is not is refused before anything starts', async () => {
  const { home, start } = house()
  expectRefusal(
    await start('--sample', 'crm').ended,
    'RH200',
    /no sample "crm"[\s\S]*hr\|finance\|sellout/,
    2,
  )
  expect(existsSync(home)).toBe(false)
})

describe('with DATABASE_URL', () => {
  const environment = async (url: string) => ({
    DATABASE_URL: url,
    AUTHENTICATOR_URL: await authenticatorUrl(url),
    ROWHOUSE_HOME: join(folder(), '.rowhouse'),
    PORT: '0',
  })

  test('an empty one gets the sample that was named', async () => {
    const { url } = await database()
    await ensureRoles(url)
    const program = rowhouseStarted(['start', '--yes', '--sample', 'finance'], {
      env: await environment(url),
    })
    await program.line(/building the finance sample[\s\S]*schema acme built/, 60_000)
    expect(await query(url, `select to_regclass('acme.invoices') is not null as there`)).toEqual([
      { there: true },
    ])
    await program.stop('SIGKILL')
  }, 120_000)

  test('one that has a sample is moved by its spec, unless another was written; and is not taken for another', async () => {
    const { url } = await database()
    await ensureRoles(url)
    await withClient(url, 'test', client => buildSample(client, { system: 'finance', rows: 10, tenants: 2 }))
    const env = await environment(url)
    expectRefusal(
      await rowhouse(['start', '--sample', 'hr'], { env }),
      'RH200',
      /has the finance sample, not hr/,
      2,
    )
    const program = rowhouseStarted(['start'], { env })
    const { url: address, logins } = await greeted(program)
    const token = await signIn(address, logins[0] as Login)
    expect(await ask(address, token, '{ invoices { totalCount } }')).toEqual({
      data: { invoices: { totalCount: 10 } },
    })
    await program.stop()
    expect(await query(url, `select plan ->> 'scopeColumn' as scope from rowhouse.plans`)).toEqual([
      { scope: 'tenant_id' },
    ])
  }, 120_000)
})
