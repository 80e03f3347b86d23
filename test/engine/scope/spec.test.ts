/** What the file decides of one customer's database, what is found where it says nothing, and what is refused. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decideScope, resolveScope, type ScopeSpec } from '../../../src/engine/scope/spec.ts'
import { scopeText } from '../../../src/engine/scope/specText.ts'
import { isScopeFile, readSpecFile } from '../../../src/engine/spec/specFile.ts'
import { withFolder } from '../fold.ts'
import { change, companies, customer, file, inspected, type Said, shop } from './customer.ts'

const resolved = async (url: string, said: Said = {}): Promise<ScopeSpec> =>
  resolveScope(await inspected(url, said), file(said))

const rulesOf = ({ tables }: ScopeSpec) =>
  Object.fromEntries(tables.filter(({ scoped }) => scoped).map(({ source, rule }) => [source, rule]))

test('a file that says nothing: everything has a value, and every row is the default organization’s', async () => {
  const spec = await resolved(await customer(shop))
  expect(spec).toMatchObject({
    kind: 'single',
    scopeColumn: 'organization_id',
    coreSchema: 'app_public',
    workspace: expect.stringMatching(/^\.rowhouse\//),
    defaultOrganization: { slug: 'default-org', name: 'Default organization' },
    organizations: [],
    root: 'users',
    compositeKeys: true,
    accept: [],
    identities: { table: 'users', email: 'email', password: 'password_hash', merge: false },
  })
  expect(rulesOf(spec)).toEqual({ entries: null, logs: null, uploads: null, users: null })
  expect(spec.tables.filter(({ scoped }) => !scoped).map(({ source }) => source)).toEqual([
    'currencies',
    'schema_migrations',
  ])
  expect(spec.tables.find(({ source }) => source === 'users')).toMatchObject({
    schema: 'public',
    name: 'users',
    secret: ['password_hash'],
    doors: 'administrators',
    otherwiseDefault: false,
    global: [],
  })
})

test('the sell-out sample has names of its own', async () => {
  const url = await customer(`${shop}; comment on table logs is 'rowhouse sample: sellout (3)'`)
  expect(await resolved(url)).toMatchObject({ scopeColumn: 'client_id', coreSchema: 'public' })
  expect(await resolved(url, { scope_column: 'org', core_schema: 'app_public' })).toMatchObject({
    scopeColumn: 'org',
    coreSchema: 'app_public',
  })
})

test('as soon as one table has a rule of its own the others follow their parents, which come first', async () => {
  const url = await customer(shop)
  const spec = await resolved(url, {
    ...companies,
    tables: {
      users: { owner: { column: 'company' } },
      entries: { owner: { parent: 'uploads', on: 'upload_id' }, otherwise: 'default' },
      currencies: { scope: true },
    },
  })
  expect(rulesOf(spec)).toEqual({
    users: { by: 'column', column: 'company' },
    uploads: { by: 'parent', parent: 'users', columns: ['user_id'], keys: ['id'] },
    entries: { by: 'parent', parent: 'uploads', columns: ['upload_id'], keys: ['id'] },
    logs: { by: 'parent', parent: 'uploads', columns: ['upload_id'], keys: ['id'] },
    currencies: null,
  })
  const order = spec.tables.map(({ source }) => source)
  expect(order.indexOf('users')).toBeLessThan(order.indexOf('uploads'))
  expect(order.indexOf('uploads')).toBeLessThan(order.indexOf('entries'))
  expect(spec.tables.find(({ source }) => source === 'entries')?.otherwiseDefault).toBe(true)
  expect(spec.organizations).toEqual([
    { slug: 'acme', name: 'Acme', match: [] },
    { slug: 'globex', name: 'Globex', match: [] },
  ])
  // A decision for a parent alone moves nobody.
  expect(
    rulesOf(await resolved(url, { tables: { entries: { owner: { parent: 'uploads', on: 'upload_id' } } } }))
      .entries,
  ).toBeNull()
  expect(
    rulesOf(await resolved(url, { ...companies, tables: { ...companies.tables, logs: { owner: null } } }))
      .logs,
  ).toBeNull()
})

test('maps, expressions, and keys of several columns', async () => {
  const url = await customer(`${shop}
    create table domains (name text primary key, company text not null);
    create table sheets (user_id int references users, no int, primary key (user_id, no));
    create table cells (id int primary key, owner_id int not null, sheet_no int not null)`)
  const spec = await resolved(url, {
    ...companies,
    tables: {
      users: { owner: { sql: "split_part(t.email, '@', 2)" } },
      uploads: { owner: { map: 'public.domains', on: 'title', key: 'name', organization: 'company' } },
      cells: { scope: true, owner: { parent: 'sheets', on: ['owner_id', 'sheet_no'] } },
    },
  })
  expect(rulesOf(spec)).toMatchObject({
    users: { by: 'sql', expression: "split_part(t.email, '@', 2)" },
    uploads: {
      by: 'map',
      table: { schema: 'public', name: 'domains' },
      on: 'title',
      key: 'name',
      organization: 'company',
    },
    cells: { by: 'parent', parent: 'sheets', columns: ['owner_id', 'sheet_no'], keys: ['user_id', 'no'] },
  })
})

test('everything that is not there is said at once', async () => {
  const url = await customer(shop)
  const said: Said = {
    tables: {
      people: { scope: true },
      users: { owner: { column: 'firm' }, secret: ['pin'] },
      uploads: { owner: { map: 'domains', on: 'title', key: 'a', organization: 'b' } },
      entries: { owner: { parent: 'sheets', on: 'sheet_id' }, global: [['code']] },
      logs: { owner: { parent: 'uploads', on: 'upload' } },
    },
    identities: { table: 'users', email: 'mail' },
  }
  const found = await inspected(url, said)
  expect(() => decideScope(found, file({ ...said, root: 'accounts' }), 'mine.json5')).toThrow(
    expect.objectContaining({ code: 'RH112' }),
  )
  const { global: _, ...entries } = said.tables?.entries ?? {}
  expect(() =>
    decideScope(
      found,
      file({ ...said, root: 'accounts', tables: { ...said.tables, entries } }),
      'mine.json5',
    ),
  ).toThrow(
    expect.objectContaining({
      code: 'RH114',
      message: expect.stringMatching(
        /mine\.json5.*"accounts" \(root\).*"people".*"users\.pin".*"logs\.upload".*table "domains".*|table "sheets"/,
      ),
    }),
  )
  for (const name of [
    'accounts',
    'people',
    'users.pin',
    'users.firm',
    'domains',
    'sheets',
    'logs.upload',
    'users.mail',
  ]) {
    expect(() =>
      decideScope(found, file({ ...said, root: 'accounts', tables: { ...said.tables, entries } })),
    ).toThrow(name)
  }
})

test.each<[string, Said, RegExp]>([
  [
    'a circle',
    {
      tables: {
        users: { owner: { column: 'company' } },
        uploads: { owner: { parent: 'entries', on: 'id' } },
        entries: { owner: { parent: 'uploads', on: 'upload_id' } },
      },
    },
    /circle: entries → uploads → entries|circle: uploads → entries → uploads/,
  ],
  [
    'itself',
    {
      tables: {
        users: { owner: { column: 'company' } },
        uploads: { owner: { parent: 'uploads', on: 'id' } },
      },
    },
    /follows itself/,
  ],
  [
    'what stays everybody’s',
    {
      tables: {
        users: { owner: { column: 'company' } },
        uploads: { scope: false },
        logs: { scope: true, owner: { parent: 'uploads', on: 'upload_id' } },
      },
    },
    /follows uploads, which stays everybody's/,
  ],
  [
    'an owner of what is not scoped',
    { tables: { currencies: { scope: false, owner: { column: 'code' } } } },
    /currencies.*not scoped/,
  ],
  [
    'one text, two organizations',
    { organizations: { a: { name: 'X' }, b: { match: ['X'] } } },
    /"X" names two organizations: a and b/,
  ],
  [
    'the default organization again',
    { organizations: { 'default-org': { name: 'Again' } } },
    /"default-org" names two/,
  ],
  [
    'a key of another length',
    {
      tables: {
        users: { owner: { column: 'company' } },
        entries: { owner: { parent: 'uploads', on: ['upload_id', 'ean'] } },
      },
    },
    /by 2 columns to uploads, whose key has 1/,
  ],
  [
    'no unique key',
    { tables: { users: { global: [['company']] } } },
    /users\.global.*\(company\) is no unique key/,
  ],
  ['one table twice', { tables: { users: {}, 'public.users': {} } }, /are one table/],
])('a contradiction is refused: %s', async (_, said, says) => {
  await expect(resolved(await customer(shop), said)).rejects.toMatchObject({
    code: 'RH112',
    message: expect.stringMatching(says),
    hint: expect.stringMatching(/./),
  })
})

test('rows that lead to two owners are refused until somebody says which way holds', async () => {
  const url = await customer(
    `${shop} update entries set user_id = 3 where id = (select min(id) from entries where upload_id = 1)`,
  )
  // While nobody is to move, it does not matter; two people of one company are no two owners.
  await resolved(url)
  await expect(resolved(url, companies)).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringMatching(
      /1 rows of entries, to one along user_id → users, to another along upload_id → uploads, user_id → users \(\d+\)/,
    ),
    hint: expect.stringContaining('{ "entries": { owner: { parent: "users", on: "user_id" } } }'),
  })
  const decided: Said = {
    ...companies,
    tables: { ...companies.tables, entries: { owner: { parent: 'uploads', on: 'upload_id' } } },
  }
  expect(rulesOf(await resolved(url, decided)).entries).toMatchObject({ parent: 'uploads' })
  await change(url, 'update entries e set user_id = u.user_id from uploads u where u.id = e.upload_id')
  expect(rulesOf(await resolved(url, companies)).entries).toMatchObject({ parent: 'users' })
})

test('two people of one company are one owner', async () => {
  const url = await customer(`${shop} update entries set user_id = 2 where upload_id = 1`)
  await resolved(url, companies)
})

describe('the file that inspection writes', () => {
  const readBack = (text: string) =>
    withFolder(async folder => {
      const path = join(folder, 'tenancy.json5')
      writeFileSync(path, text)
      const read = await readSpecFile(path)
      if (!isScopeFile(read)) throw new Error('of the other kind')
      return read
    })
  const again = async (url: string, text: string) => {
    const read = await readBack(text)
    return { read, spec: decideScope(await inspected(url, read), read) }
  }

  const odd = `${shop}; update users set company = E'O''Neil\\n"Sons" \\\\ Co' where id = 1; update users set company = 'GLOBEX ' where id = 2;
    create table "Odd Names" (id int primary key, "user_id" int references users, "pass word" text, unique (user_id));
    insert into users (email) values ('nobody@example.com')`

  test.each<[string, Said]>([
    ['nothing', {}],
    [
      'everything',
      {
        scope_column: 'client',
        core_schema: 'core',
        workspace: './rules',
        default_organization: { slug: 'home', name: 'The firm\'s "own"' },
        organizations: {
          acme: { name: 'Acme', match: ['O\'Neil\n"Sons" \\ Co', 'acme.example'] },
          globex: { match: ['GLOBEX '] },
          'x-y': {},
        },
        root: 'users',
        tables: {
          users: {
            owner: { column: 'company' },
            otherwise: 'default',
            secret: [],
            doors: 'members',
            global: [['email']],
          },
          uploads: { owner: { sql: "case when t.title = 'one' then 'acme' end" }, secret: ['title'] },
          entries: { owner: { parent: 'uploads', on: 'upload_id' }, doors: 'administrators' },
          'Odd Names': { owner: null },
          currencies: {
            scope: true,
            owner: { map: 'currencies', on: 'code', key: 'code', organization: 'code' },
          },
          logs: { scope: false },
        },
        composite_keys: false,
        accept: ['publication', 'space:disk'],
        identities: { table: 'users', email: 'email', name: ['company'] },
      },
    ],
    ['no people', { ...companies, identities: null }],
  ])('reads back as the same decisions: %s', async (_, said) => {
    const url = await customer(odd)
    const found = await inspected(url, said)
    const spec = decideScope(found, file(said))
    const { spec: same } = await again(url, scopeText(spec, found.inspection))
    expect(same).toEqual(spec)
  })

  test('what it proposes is approved by taking the slashes away', async () => {
    const url = await customer(odd)
    const found = await inspected(url)
    const text = scopeText(decideScope(found, file()), found.inspection)
    expect((await again(url, text)).spec.organizations).toEqual([])
    const approved = text
      .replaceAll(/^( +)\/\/ ((?:'[^']+'|[\w$]+): \{ name: )/gm, '$1$2')
      .replaceAll(/^( {6})\/\/ ((?:owner|otherwise): )/gm, '$1$2')
    const { spec } = await again(url, approved)
    expect(spec.organizations).toEqual([
      { slug: 'globex', name: 'GLOBEX ', match: ['Globex'] },
      { slug: 'o-neil-sons-co', name: `O'Neil\n"Sons" \\ Co`, match: [] },
    ])
    expect(rulesOf(spec).users).toEqual({ by: 'column', column: 'company' })
    expect(rulesOf(spec).uploads).toMatchObject({ by: 'parent', parent: 'users' })
    expect(spec.tables.find(({ source }) => source === 'users')?.otherwiseDefault).toBe(true)
  })

  test('ways that disagree and what stays everybody’s are told beside the table', async () => {
    const url = await customer(`${shop} update entries set user_id = 3 where upload_id = 1`)
    const found = await inspected(url)
    const text = scopeText(decideScope(found, file()), found.inspection)
    expect(text).toMatch(
      /\/\/ also upload_id → uploads, user_id → users: another of users for 3 rows; decide which way holds, if that is another owner\n {4}entries: \{ scope: true/,
    )
    expect(text).toMatch(/no way leads from it to the root\n {4}currencies: \{ scope: false \}/)
  })
})
