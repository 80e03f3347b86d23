/** The command contract: outputs, exit statuses, JSON shapes, help. */
import { readdirSync } from 'node:fs'
import { commands } from '../../src/commands/index.ts'
import { database } from '../helpers/database.ts'
import { contents, expectRefusal, folder, query, rowhouse } from './rowhouse.ts'

describe('help', () => {
  test.each(commands.map(({ name, examples }) => ({ name, examples })))(
    '$name has examples, whose options are real',
    async ({ name, examples }) => {
      const { code, stdout, stderr } = await rowhouse([name, '--help'])
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(new RegExp(`^Usage: rowhouse ${name} `))
      expect(examples.length).toBeGreaterThan(0)
      const [described = ''] = stdout.split('Examples:')
      const options = [...described.matchAll(/--[a-z]+/g)].map(([option]) => option)
      for (const example of examples) {
        expect(stdout).toContain(`  ${example}\n`)
        const own = example.startsWith('npm') ? example.split(' -- ')[1] : example
        for (const [option] of (own ?? '').matchAll(/--[a-z]+/g)) expect(options).toContain(option)
        for (const [, called] of example.matchAll(/\browhouse ([a-z]+)/g)) {
          expect(commands.map(command => command.name)).toContain(called)
        }
      }
    },
  )

  test('without a command: the list, as wrong use', async () => {
    const { code, stdout, stderr } = await rowhouse([])
    expect([code, stdout]).toEqual([2, ''])
    for (const { name, summary } of commands) {
      expect(stderr).toContain(`  ${name}`)
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(summary)
    }
  })
})

describe('wrong use: exit status 2', () => {
  const url = 'postgres://nobody@127.0.0.1:1/none'
  const refuses = async (argv: string[], says: RegExp, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await rowhouse(argv, { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^\s+at /m)
  }
  test('an unknown command', () => refuses(['folt'], /unknown command 'folt'/))
  test('an unknown option', () => refuses(['plan', '--sqll'], /unknown option '--sqll'/))
  test('an option without its value', () => refuses(['plan', '--database'], /--database/))
  test('too many words', () => refuses(['plan', 'it'], /too many arguments/))
  test('a sample without its system', () => refuses(['sample'], /missing required argument 'system'/))
  test('a sample that there is not', () => refuses(['sample', 'crm', '--database', url], /RH200.*"crm"/))
  test.each(['three', '-1', '1.5'])('--tenants %s', number =>
    refuses(['sample', 'hr', '--database', url, `--tenants=${number}`], /RH200.*tenants/),
  )
  test('a size that cannot be, in a database that could be filled', async () => {
    const empty = await database()
    for (const number of ['0', '10000']) {
      await refuses(['sample', 'hr', '--database', empty.url, '--tenants', number], /RH200.*tenants/)
    }
  })
  test('no database', () => refuses(['inspect'], /RH200.*no database/))
  test('an address that is none', async () => {
    await refuses(['inspect', '--database', 'hr_legacy'], /RH200/)
    await refuses(['inspect'], /RH201.*DATABASE_URL/, { DATABASE_URL: 'mysql://localhost/x' })
  })
  test('every wrong variable at once', () =>
    refuses(['inspect'], /RH201(?=.*DATABASE_URL)(?=.*PORT)(?=.*JWT_SECRET)/, {
      DATABASE_URL: 'x',
      PORT: '99999',
      JWT_SECRET: 'short',
    }))
  test('a folder that is no workspace', () =>
    refuses(['watch', '.', '--database', url], /RH200.*no workspace/))
  test('a spec that is not there', () =>
    refuses(['plan', '--database', url, '--spec', 'none.json5'], /RH113.*none\.json5/))
})

describe('results', () => {
  let legacy: string
  beforeAll(async () => {
    legacy = (await database('hr-legacy')).url
  })

  test('inspect --json has the shape that was promised, and nothing on stderr', async () => {
    const { code, stdout, stderr } = await rowhouse(['inspect', '--json', '--database', legacy])
    expect([code, stderr]).toEqual([0, ''])
    const found = JSON.parse(stdout)
    expect(Object.keys(found)).toEqual(['kind', 'tenants', 'tables', 'hazards'])
    expect(found.kind).toBe('schemas')
    expect(found.tenants).toHaveLength(3)
    for (const tenant of found.tenants) {
      expect(tenant).toEqual({
        schema: expect.any(String),
        name: expect.any(String),
        slug: expect.any(String),
      })
    }
    expect(found.tables.map(({ name }: { name: string }) => name)).toContain('employees_employee')
    expect(found.hazards.length).toBeGreaterThan(0)
    for (const hazard of found.hazards) {
      expect(hazard).toMatchObject({
        code: expect.any(String),
        object: expect.any(String),
        detail: expect.any(String),
        hint: expect.any(String),
      })
    }
  })

  test("inspect --json of one customer's database, and the text of it", async () => {
    const { url } = await database()
    await query(
      url,
      `create table users (id serial primary key, company text); create table uploads (id serial primary key, user_id int not null references users);
      create table entries (id serial primary key, user_id int references users, upload_id int not null references uploads); create table countries (code text primary key);
      insert into users (company) values ('Acme'), ('Globex'); insert into uploads (user_id) values (1); insert into entries (user_id, upload_id) values (2, 1)`,
    )
    const { code, stdout, stderr } = await rowhouse(['inspect', '--json', '--database', url])
    expect([code, stderr]).toEqual([0, ''])
    const found = JSON.parse(stdout)
    expect(Object.keys(found)).toEqual([
      'kind',
      'database',
      'schema',
      'root',
      'tables',
      'globals',
      'ownerColumn',
      'roles',
      'hazards',
    ])
    expect(found).toMatchObject({
      kind: 'single',
      schema: 'public',
      root: 'users',
      globals: ['countries'],
      ownerColumn: { column: 'company' },
    })
    expect(found.tables.find(({ source }: { source: string }) => source === 'entries')).toMatchObject({
      class: 'scoped',
      path: [{ table: 'uploads', columns: ['upload_id'], keys: ['id'], declared: true }, { table: 'users' }],
      candidates: [
        { disagreesOn: { roots: 0, owners: null } },
        { disagreesOn: { roots: 1, owners: null }, keys: ['1'] },
      ],
      owner: expect.any(String),
      grants: [],
    })
    const text = (await rowhouse(['inspect', '--database', url])).stdout
    expect(text).toMatch(
      /entries +about \d+ rows +upload_id → uploads, user_id → users\n +or user_id → users: another of users for 1 rows \(1\)/,
    )
    expect(text).toMatch(/stay everybody's .*\n +countries/)
    expect(text).toMatch(/next: rowhouse inspect --write tenancy\.json5\n$/)

    const directory = folder()
    const written = await rowhouse(['inspect', '--write', 'tenancy.json5', '--database', url], { directory })
    expect([written.code, written.stdout]).toEqual([
      0,
      expect.stringMatching(/next: approve it, then rowhouse plan --spec tenancy\.json5\n$/),
    ])
    const planned = await rowhouse(['plan', '--json', '--database', url], { directory })
    expect([planned.code, JSON.parse(planned.stdout).kind]).toEqual([0, 'single'])
  })

  test('reading commands change nothing, in the database or in the folder', async () => {
    const before = await contents(legacy)
    const directory = folder()
    const { stdout } = await rowhouse(['plan', '--sql', '--database', legacy], { directory })
    expect(stdout).toMatch(/^create /m)
    for (const argv of [['inspect'], ['plan'], ['plan', '--json'], ['status'], ['status', '--json']]) {
      const outcome = await rowhouse([...argv, '--database', legacy], { directory })
      expect([argv, outcome.code, outcome.stdout.length > 0]).toEqual([argv, 0, true])
    }
    expect(readdirSync(directory)).toEqual([])
    expect(await contents(legacy)).toBe(before)
  })

  test('verify --json: ok, and what differs with exit status 3', async () => {
    const { url } = await database('hr-folded')
    const good = await rowhouse(['verify', '--json', '--database', url])
    expect(good.code).toBe(0)
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, organizations: 3, tables: 5, mismatches: [] })
    // Progress is JSON lines there.
    for (const line of good.stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')

    await query(
      url,
      `update hr.employees set first_name = 'Eve' where id = 7 and organization_id = (select min(id::text)::uuid from app_public.organizations)`,
    )
    const bad = await rowhouse(['verify', '--json', '--database', url])
    expect(bad.code).toBe(3)
    const report = JSON.parse(bad.stdout)
    expect(report).toMatchObject({ ok: false, organizations: 3, tables: 5, rows: expect.any(Number) })
    expect(report.mismatches).toEqual([
      {
        organization: expect.any(String),
        table: 'hr.employees',
        key: '7',
        reason: expect.stringContaining('first_name'),
      },
    ])
    const text = await rowhouse(['verify', '--database', url])
    expect([text.code, text.stdout]).toEqual([
      3,
      expect.stringMatching(/hr\.employees {2}key 7: .*first_name/),
    ])
  })

  test('failures with --json are JSON, one line, on stderr', async () => {
    const { url } = await database()
    const { code, stdout, stderr } = await rowhouse(['inspect', '--json', '--database', url])
    expect([code, stdout]).toEqual([1, ''])
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'RH110',
      message: expect.any(String),
      hint: expect.any(String),
    })
  })

  test('nobody said yes: not begun', async () => {
    const before = await contents(legacy)
    const argv = ['apply', '--database', legacy]
    expectRefusal(await rowhouse(argv), 'RH122', /nobody said yes/, 2)
    // A pipe is no terminal: who answers there has not read the question.
    expectRefusal(await rowhouse(argv, { input: 'y\ny\n' }), 'RH122', /rowhouse apply --yes/, 2)
    expect(await contents(legacy)).toBe(before)
  })

  test('an existing spec file is not overwritten', async () => {
    const directory = folder()
    const write = ['inspect', '--write', 'tenancy.json5', '--database', legacy]
    expect((await rowhouse(write, { directory })).code).toBe(0)
    expectRefusal(await rowhouse(write, { directory }), 'RH116', /tenancy\.json5 is already there/, 2)
    expect((await rowhouse([...write, '--force'], { directory })).code).toBe(0)
    expectRefusal(
      await rowhouse(['inspect', '--write', 'no/such/folder.json5', '--database', legacy], { directory }),
      'RH113',
      /folder\.json5 cannot be written/,
      2,
    )
  })
})
