import { type Code, codes } from '../../src/errors.ts'
import { type File, filesIn, sources, sql, withoutComments } from './tree.ts'

const readsEnvironment = (files: readonly File[]) =>
  files
    .filter(
      ({ path, text }) =>
        path !== 'src/config.ts' && /\bprocess\s*(\.\s*env\b|\[)|\benv\b.*node:process/.test(text),
    )
    .map(({ path }) => path)

const tooLong = (files: readonly File[]) =>
  files.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)

/** Raised by the database or written in the sources, anywhere but in the table itself. */
function unusedCodes(files: readonly File[]): readonly string[] {
  const table = files.find(({ path }) => path === 'src/errors.ts')?.text ?? ''
  const all = files
    .filter(({ path }) => path !== 'src/errors.ts')
    .map(({ text }) => text)
    .join('\n')
  const retired = (code: string) => new RegExp(`${code}:.*retired`, 'i').test(table)
  return Object.keys(codes).filter(code => !all.includes(code) && !retired(code))
}

test('the environment is read in one place', () => {
  expect(readsEnvironment(sources())).toEqual([])
  const text = 'const home = process.env.HOME'
  expect(
    readsEnvironment([
      { path: 'src/log.ts', text },
      { path: 'src/config.ts', text },
    ]),
  ).toEqual(['src/log.ts'])
})

test('no file is over 300 lines', () => {
  expect(tooLong(sources())).toEqual([])
  expect(tooLong([{ path: 'src/long.ts', text: 'x\n'.repeat(301) }])).toEqual(['src/long.ts'])
})

test('every error code is used, or marked retired', () => {
  const files = [...sources(), ...sql(), ...filesIn('bin', '.mjs')]
  expect(unusedCodes(files)).toEqual([])
  expect(unusedCodes([])).toContain('RH001' satisfies Code)
})

test('every error code that the database raises is in the table', () => {
  const raised = sql().flatMap(({ text }) => withoutComments(text).match(/\bRH\d{3}\b/g) ?? [])
  expect(raised.filter(code => !Object.hasOwn(codes, code))).toEqual([])
  expect(raised).toContain('RH001')
})
