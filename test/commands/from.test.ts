/** The road with --from, as users type it; once more from an older server into a newer one, where there are two. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { contents, expectRefusal, folder, rowhouse } from './rowhouse.ts'

test('the whole road from another server, and back', async () => {
  const [source, target] = [await database('hr-legacy'), await database()]
  await ensureRoles(target.url)
  const directory = folder()
  const env = { DATABASE_URL: target.url }
  const does = async (...argv: string[]) => {
    const { code, stdout, stderr } = await rowhouse(argv, { directory, env })
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}`)
    return stdout
  }
  const [old, empty] = [await contents(source.url), await contents(target.url)]

  // Without a target: it is only looked at.
  const inspected = await rowhouse(['inspect', '--from', source.url], { directory })
  expect([inspected.code, inspected.stdout]).toEqual([0, expect.stringContaining('3 tenants')])
  expect(await does('plan', '--sql', '--from', source.url)).toContain(
    '\\copy hr.employees (organization_id, id,',
  )
  expect(await contents(target.url)).toBe(empty)

  expect(await does('apply', '--yes', '--from', source.url)).toContain('is applied: 3 organizations')
  expect(await does('status')).toContain(`source: database "${source.name}" at `)
  expectRefusal(await rowhouse(['verify'], { directory, env }), 'RH117', new RegExp(source.name), 2)
  // The environment says it as well.
  const verified = await rowhouse(['verify', '--json'], {
    directory,
    env: { ...env, SOURCE_DATABASE_URL: source.url },
  })
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, organizations: 3, mismatches: [] })

  await does('report', '--from', source.url, '--write', 'with')
  expect(JSON.parse(readFileSync(join(directory, 'with.json'), 'utf8'))).toMatchObject({
    source: { database: source.name },
    verified: { ok: true },
  })
  await does('report', '--write', 'without')
  expect(JSON.parse(readFileSync(join(directory, 'without.json'), 'utf8'))).toMatchObject({ verified: null })
  expect(readFileSync(join(directory, 'without.html'), 'utf8')).toContain('were not asked')

  expectRefusal(
    await rowhouse(['complete', '--confirm', target.name], { directory, env }),
    'RH127',
    new RegExp(`database "${source.name}" at .*, where nothing is ever written`),
  )
  expect(await contents(source.url)).toBe(old)
  expect(await does('cancel', '--yes')).toContain('is cancelled')
  expect(await contents(target.url)).toBe(empty)
}, 120_000)

test('a source that does not answer is told as the source, and how it is named', async () => {
  const { url } = await database()
  const args = ['inspect', '--database', url, '--from', 'postgres://ann@127.0.0.1:1/hr']
  expectRefusal(await rowhouse(args), 'RH101', /the source: .*127\.0\.0\.1:1/)
  expectRefusal(await rowhouse(args), 'RH101', /--from or SOURCE_DATABASE_URL/)
})

test('an address that is none', async () => {
  expectRefusal(await rowhouse(['inspect', '--from', 'old_server']), 'RH200', /--from/, 2)
  const env = { SOURCE_DATABASE_URL: 'mysql://localhost/x' }
  expectRefusal(await rowhouse(['inspect'], { env }), 'RH201', /SOURCE_DATABASE_URL/, 2)
})

test("one customer's database, which is scoped where it is", async () => {
  const source = await database('hr-legacy')
  const directory = folder()
  writeFileSync(join(directory, 'tenancy.json5'), "{ kind: 'single' }")
  for (const command of ['inspect', 'plan']) {
    const argv = [command, '--from', source.url, '--database', (await database()).url]
    expectRefusal(await rowhouse(argv, { directory }), 'RH200', /kind: 'single'/, 2)
  }
})

/** The run's server is then another than the embedded one; CI's second run is. */
const second = process.env.TEST_DATABASE_URL ? test : test.skip

second(
  `from the run's server into the embedded one${process.env.TEST_DATABASE_URL ? '' : ' (TEST_DATABASE_URL names no second server)'}`,
  async () => {
    const source = await database()
    await withClient(source.url, 'test sample', client =>
      buildSample(client, { system: 'finance', rows: 40 }),
    )
    const directory = folder()
    const server = await startEmbedded({ home: join(directory, 'home'), durable: false })
    try {
      const [old, env] = [await contents(source.url), { DATABASE_URL: server.url }]
      const versions = await Promise.all(
        [source.url, server.url].map(url =>
          withClient(url, 'test', async client => (await client.query('show server_version_num')).rows[0]),
        ),
      )
      expect(versions[0]).not.toEqual(versions[1])
      const argv = (...more: string[]) => [...more, '--from', source.url]
      const applied = await rowhouse(argv('apply', '--yes'), { directory, env })
      expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('copy')])
      const { code, stdout } = await rowhouse(argv('verify', '--json'), { directory, env })
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, mismatches: [] }])
      expect(JSON.parse(stdout).rows).toBeGreaterThan(1000)
      expect(await contents(source.url)).toBe(old)
    } finally {
      await server.stop()
    }
  },
  120_000,
)
