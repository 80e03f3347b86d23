import { type File, filesIn, sql, withoutComments } from './tree.ts'

const manifest = 'db/all.sql'

/** roles.sql belongs to the server, uninstall.sql is the way back, samples are somebody else's database. */
const apart = (path: string) =>
  [manifest, 'db/roles.sql', 'db/uninstall.sql'].includes(path) || path.startsWith('db/samples/')

function manifestFaults(files: readonly File[]): readonly string[] {
  const text = files.find(({ path }) => path === manifest)?.text ?? ''
  const named = [...text.matchAll(/^--!include (\S+)$/gm)].map(match => `db/${match[1]}`)
  const there = files.map(({ path }) => path).filter(path => !apart(path))
  return [
    ...there.filter(path => !named.includes(path)).map(path => `${path} is not in ${manifest}`),
    ...named
      .filter(path => !there.includes(path))
      .map(path => `${manifest} names ${path}, which is not there`),
    ...named.filter((path, at) => named.indexOf(path) !== at).map(path => `${manifest} names ${path} twice`),
  ]
}

/** `on delete cascade` of a foreign key is about rows, `revoke … cascade` about rights that were passed on. */
const cascades = (files: readonly File[]) =>
  files
    .filter(({ text }) => /\b(drop|truncate)\b[^;]*\bcascade\b/i.test(withoutOnDelete(withoutComments(text))))
    .map(({ path }) => path)

const withoutOnDelete = (text: string) => text.replace(/\bon\s+(delete|update)\s+cascade\b/gi, '')

function definerFaults(files: readonly File[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const code = withoutComments(text)
    return [...code.matchAll(/create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+([\w.:]+)\s*\(/gi)]
      .map(({ index, 1: name = '' }, at, all) => ({ name, text: code.slice(index, all[at + 1]?.index) }))
      .filter(routine => /\bsecurity\s+definer\b/i.test(routine.text))
      .flatMap(routine => {
        const about = (action: string) => new RegExp(`\\b${action}[^;]*\\b${routine.name}\\b`, 'i').test(code)
        return [
          /\bset\s+search_path\s*(?:to|=)\s*pg_catalog\s*,\s*pg_temp\b/i.test(routine.text)
            ? ''
            : 'search_path',
          new RegExp(`alter\\s+\\w+\\s+${routine.name}\\b[^;]*\\bowner\\s+to\\b`, 'i').test(code)
            ? ''
            : 'owner to',
          about('revoke\\s') ? '' : 'revoke',
          about('grant\\s') ? '' : 'grant',
        ]
          .filter(Boolean)
          .map(lack => `${path}: ${routine.name} is security definer and lacks "${lack}"`)
      })
  })
}

test('every file of db/ is in the manifest, once', () => {
  expect(manifestFaults(sql())).toEqual([])
  expect(manifestFaults([{ path: 'db/new.sql', text: '' }])).toEqual(['db/new.sql is not in db/all.sql'])
  const twice = { path: manifest, text: '--!include a.sql\n--!include a.sql\n--!include b.sql\n' }
  expect(manifestFaults([twice, { path: 'db/a.sql', text: '' }])).toHaveLength(2)
})

test('nothing in db/ drops with cascade: it silently takes policies along', () => {
  expect(cascades(sql())).toEqual([])
  const path = 'db/x.sql'
  expect(cascades([{ path, text: 'drop function if exists\n  app_hidden.f() cascade;' }])).toEqual([path])
  expect(cascades([{ path, text: 'create table t (a int references u on delete cascade);' }])).toEqual([])
  expect(cascades([{ path, text: '-- drop function f() cascade would take policies' }])).toEqual([])
})

test('every security definer has its search path, its owner, its revoke and its grant in its file', () => {
  const files = filesIn('db', '.sql')
  expect(definerFaults(files)).toEqual([])
  expect(files.some(({ text }) => /^.*\bsecurity definer\b/im.test(withoutComments(text)))).toBe(true)

  const good = `create or replace function app_hidden.f() returns int language sql security definer
    set search_path to pg_catalog, pg_temp as $$ select 1 $$;
    alter function app_hidden.f() owner to :DEFINER;
    revoke all on function app_hidden.f() from public;
    grant execute on function app_hidden.f() to :VISITOR;`
  const faults = (text: string) => definerFaults([{ path: 'db/f.sql', text }])
  expect(faults(good)).toEqual([])
  expect(faults(good.replace('pg_catalog, pg_temp', 'public'))).toHaveLength(1)
  expect(faults(good.replace(/alter.*\n/, ''))).toHaveLength(1)
  expect(faults(good.replace(/revoke.*\n/, ''))).toHaveLength(1)
  expect(faults(good.replace(/grant.*$/, ''))).toHaveLength(1)
})
