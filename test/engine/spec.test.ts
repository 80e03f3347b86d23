/** The spec file: every mistake is named, all of them at once, before anything else happens. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import JSON5 from 'json5'
import { type Found, inspect } from '../../src/engine/inspect/inspect.ts'
import { resolveSpec } from '../../src/engine/spec/spec.ts'
import { readSpecFile, type SpecFile } from '../../src/engine/spec/specFile.ts'
import { specText } from '../../src/engine/spec/specText.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { withFolder } from './fold.ts'

let found: Found
beforeAll(async () => {
  const { url } = await database('hr-legacy')
  found = await withClient(url, 'inspect', inspect)
})

const reading = (text: string) =>
  withFolder(async folder => {
    const path = join(folder, 'tenancy.json5')
    await writeFile(path, text)
    return readSpecFile(path).catch(error => error)
  })

const resolving = (decided: SpecFile) => {
  try {
    return resolveSpec(found, decided)
  } catch (error) {
    return error as Error & { code: string; hint: string }
  }
}

test('what inspection writes is read again and decides the same', async () => {
  const spec = resolveSpec(found, {})
  const read = await reading(specText(spec, found.inspection))
  expect(resolveSpec(found, read)).toEqual(spec)
})

test('the defaults: names, targets, secrets, identities', () => {
  expect(resolveSpec(found, {})).toMatchObject({
    targetSchema: 'hr',
    scopeColumn: 'organization_id',
    tables: expect.arrayContaining([
      expect.objectContaining({
        source: 'employees_employee',
        target: { schema: 'hr', name: 'employees' },
        secret: ['salary'],
        doors: 'members',
      }),
      expect.objectContaining({
        source: 'authentication_user',
        target: { schema: 'hr', name: 'authentication_users' },
        secret: ['password'],
        doors: 'administrators',
      }),
      expect.objectContaining({ source: 'django_migrations', target: null, secret: [] }),
    ]),
    identities: {
      table: 'authentication_user',
      email: 'email',
      password: 'password',
      owner: 'is_superuser',
      admin: 'is_staff',
    },
  })
})

test.each([
  ['not JSON5', '{ kind: ', ['invalid end of input']],
  ['an unknown key', '{ target_shema: "hr" }', ['unknown key "target_shema"']],
  [
    'an unknown key inside',
    '{ tables: { employees_employee: { too: "x" } } }',
    ['unknown key "tables.employees_employee.too"'],
  ],
  ['a wrong type', '{ target_schema: 7 }', ['"target_schema"']],
  ['two decisions for one table', '{ tables: { a: { to: "x", leave: true } } }', ['tables.a']],
  ['a bad slug', '{ tenants: { acme: { slug: "Ac me" } } }', ['tenants.acme.slug']],
  [
    'all of it together',
    '{ colour: 1, keep_old_for: "soon", tenants: { acme: { slug: "Ac me", age: 3 } }, tables: { a: { to: "" } } }',
    ['colour', 'keep_old_for', 'tenants.acme.slug', 'tenants.acme.age', 'tables.a.to'],
  ],
])('%s is refused and named', async (_, text, named) => {
  const error = await reading(text)
  expect(error).toMatchObject({ code: 'RH112', hint: expect.stringContaining('rowhouse inspect --write') })
  for (const name of named) expect(error.message).toContain(name)
})

test('a file that cannot be read is named, with how to write one', async () => {
  await withFolder(async folder => {
    const missing = join(folder, 'no.json5')
    await expect(readSpecFile(missing)).rejects.toMatchObject({
      code: 'RH113',
      message: expect.stringContaining(missing),
      hint: expect.stringContaining(`inspect --write ${missing}`),
    })
    await expect(readSpecFile(folder)).rejects.toMatchObject({ code: 'RH113' })
  })
})

test('what the database does not have is named, all at once', () => {
  const error = resolving({
    tenants: { nobody: { skip: true } },
    tables: { no_table: { leave: true }, employees_employee: { secret: ['no_column'] } },
    identities: { table: 'authentication_user', email: 'no_email', name: ['first_name', 'no_name'] },
  })
  expect(error).toMatchObject({ code: 'RH114', hint: expect.stringContaining('rowhouse inspect') })
  for (const name of [
    'nobody',
    'no_table',
    'employees_employee.no_column',
    'authentication_user.no_email',
    'authentication_user.no_name',
  ]) {
    expect((error as Error).message).toContain(name)
  }
})

test('users from a table that is not there, or stays behind', () => {
  expect(resolving({ identities: { table: 'people', email: 'email' } })).toMatchObject({
    code: 'RH114',
    message: expect.stringContaining('people'),
  })
  expect(
    resolving({
      tables: { authentication_user: { leave: true } },
      identities: { table: 'authentication_user', email: 'email' },
    }),
  ).toMatchObject({ code: 'RH114', message: expect.stringContaining('authentication_user') })
})

test('contradictions come with what does not exist', () => {
  const error = resolving({
    tenants: { acme: { slug: 'same' }, globex: { slug: 'same' } },
    tables: {
      employees_employee: { to: 'hr.things' },
      employees_location: { to: 'hr.things' },
      no_table: { leave: true },
    },
  })
  expect(error).toMatchObject({ code: 'RH112' })
  for (const part of [
    'slug "same"',
    'acme and globex',
    'hr.things',
    'employees_employee',
    'employees_location',
    'no_table',
  ]) {
    expect((error as Error).message).toContain(part)
  }
})

test('a slug that a renamed tenant takes from another is a contradiction', () => {
  expect(resolving({ tenants: { acme: { slug: 'globex' } } })).toMatchObject({
    code: 'RH112',
    message: expect.stringContaining('globex'),
  })
})

test('the text is JSON5 whatever a tenant is called', () => {
  const spec = resolveSpec(found, {})
  const odd = {
    ...spec,
    tenants: [
      { ...spec.tenants[0], name: `O'Neil "x" \\ \n*/`, schema: 'umbrella-corp' },
      ...spec.tenants.slice(1),
    ],
  }
  expect(() => JSON5.parse(specText(odd as typeof spec, found.inspection))).not.toThrow()
})
