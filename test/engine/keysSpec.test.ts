/** What the spec may say about keys: each mistake is named, and what is written is read again. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Found, inspect } from '../../src/engine/inspect/inspect.ts'
import { resolveSpec } from '../../src/engine/spec/spec.ts'
import { readSpecFile, type SpecFile } from '../../src/engine/spec/specFile.ts'
import { specText } from '../../src/engine/spec/specText.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { withFolder } from './fold.ts'

const tables = (tenant: string) => `
  create schema ${tenant}; set search_path to ${tenant};
  create table kinds (id int primary key, code text not null, hint text, unique (code));
  create table files (id uuid primary key, name text);
  create table people (id int primary key, email text unique, password text, kind_id int references kinds);
  create table orders (id int primary key, person_id int references people, kind_id int references kinds, data jsonb,
    subject_type text, subject_id int, tag_ids int[]);
  create table loops (code text primary key, next text references loops);
  create table members (id int primary key references people, other int unique);
  create table twos (id int primary key, either int references people references members);
  create table django_content_type (id int primary key, app_label text not null, model text not null);`

let found: Found
beforeAll(async () => {
  const { url } = await database()
  await withClient(url, 'test', client => client.query(tables('one') + tables('two')))
  found = await withClient(url, 'inspect', inspect)
})

const resolving = (decided: SpecFile): string => {
  try {
    resolveSpec(found, decided)
    return 'no mistake'
  } catch (error) {
    return (error as Error).message
  }
}

test.each<[string, SpecFile, RegExp]>([
  [
    'half of what hangs together',
    { tables: { orders: { keys: 'renumber' } } },
    /"tables.orders.keys": foreign keys connect it with kinds, members, people, twos, which must be renumbered too: tables: \{ "kinds": /,
  ],
  [
    'a merged table cuts the web, and is not asked to join',
    { tables: { orders: { keys: 'renumber' }, kinds: { merge: ['code'] } } },
    /connect it with members, people, twos, which/,
  ],
  [
    'a key that is no number',
    { tables: { loops: { keys: 'renumber' } } },
    /its key \(code text\) cannot be renumbered/,
  ],
  [
    'a table that stays',
    { tables: { loops: { leave: true, keys: 'renumber' } } },
    /loops.keys": the table is left behind/,
  ],
  [
    'both at once',
    { tables: { kinds: { keys: 'renumber', merge: ['code'] } } },
    /has both "keys" and "merge"/,
  ],
  ['a merge by what is not there', { tables: { kinds: { merge: ['name'] } } }, /kinds has no column name/],
  ['a merge by what can be null', { tables: { kinds: { merge: ['hint'] } } }, /hint can be null/],
  [
    'a merge of uuids',
    { tables: { files: { merge: ['name'] } } },
    /its key \(id uuid\) is neither the natural one nor/,
  ],
  [
    'a merge of what refers to a tenant’s own',
    { tables: { people: { merge: ['email'] } } },
    /people.merge": kind_id refers to kinds, which is each tenant's own/,
  ],
  ['doors of a merged table', { tables: { kinds: { merge: ['code'], doors: 'private' } } }, /has no doors/],
  [
    'what is unique in a merged table',
    { tables: { kinds: { merge: ['code'], global: [['code']] } } },
    /is so for everybody already/,
  ],
  [
    'a merge of what stays',
    { tables: { kinds: { leave: true, merge: ['code'] } } },
    /kinds.merge": the table is left behind/,
  ],
  [
    'people who sign in',
    { tables: { kinds: { merge: ['code'] }, people: { merge: ['email'] } } },
    /people who sign in are each tenant's own/,
  ],
  [
    'nothing unique there',
    { tables: { people: { global: [['password'], 'nothing'] } } },
    /no unique constraint or index over \(password\); .*index nothing/,
  ],
  [
    'a soft reference that is none',
    { soft: { 'orders.nothing': 'accept' } },
    /"soft.orders.nothing" is no column of a folded table/,
  ],
  [
    'one of the wrong kind',
    { soft: { 'orders.data': { to: 'people' } } },
    /"soft.orders.data" is jsonb, which has no ids of that kind/,
  ],
  ['one to what is not there', { soft: { 'orders.tag_ids': { to: 'tags' } } }, /tags is no folded table/],
  [
    'a type that is no column',
    { soft: { 'orders.subject_id': { type: 'kind', map: { a: 'people' } } } },
    /orders has no column kind/,
  ],
  [
    'one with a foreign key',
    {
      keys: 'renumber',
      tables: { loops: { keys: 'composite' } },
      soft: { 'orders.person_id': { to: 'people' } },
    },
    /"soft.orders.person_id" has a foreign key/,
  ],
])('%s', (_, decided, message) => {
  expect(resolving(decided)).toMatch(message)
})

test('a foreign key to a table that does not change is one, and so is a key that is another’s', () => {
  const { keys } = resolveSpec(found, {
    keys: 'renumber',
    tables: { loops: { keys: 'composite' }, kinds: { merge: ['code'] } },
  })
  expect([...keys.numbered.keys()].sort()).toEqual(['orders', 'people', 'twos'])
  expect([...keys.proven]).toEqual([['files', ['id']]])
  expect(Object.fromEntries(keys.maps.get('members') ?? [])).toEqual({ id: { of: 'people' } })
  expect(Object.fromEntries(keys.maps.get('orders') ?? [])).toEqual({
    id: { of: 'orders' },
    person_id: { of: 'people' },
    kind_id: { of: 'kinds' },
  })
})

test('what is written is read again and decides the same', async () => {
  const decided: SpecFile = {
    keys: 'renumber',
    soft: {
      'orders.data': { keys: { person_id: 'people' } },
      'orders.subject_id': { type: 'subject_type', map: { person: 'people', 'odd one': null } },
      'orders.tag_ids': 'accept',
    },
    tables: {
      loops: { keys: 'composite' },
      kinds: { merge: ['code'] },
      people: { global: [['email'], 'people_email_key'] },
      django_content_type: { to: 'content_types', merge: ['app_label', 'model'] },
    },
  }
  const spec = resolveSpec(found, decided)
  const read = await withFolder(async folder => {
    await writeFile(join(folder, 'tenancy.json5'), specText(spec, found.inspection))
    return (await readSpecFile(join(folder, 'tenancy.json5'))) as SpecFile
  })
  expect(resolveSpec(found, read)).toEqual(spec)
  expect(read).toMatchObject({ keys: 'renumber', soft: decided.soft, tables: { kinds: { merge: ['code'] } } })
})
