/** The checkout's own files, as the tests of the house read them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { checkout } from '../helpers/program.ts'

export type File = { readonly path: string; readonly text: string }

/** All files below a folder of the checkout with one of the endings, sorted; none when the folder is absent. */
export function filesIn(folder: string, ...endings: readonly string[]): readonly File[] {
  const root = join(checkout, folder)
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(path => join(root, path))
    .filter(path => endings.some(ending => path.endsWith(ending)) && statSync(path).isFile())
    .sort()
    .map(path => ({ path: relative(checkout, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }))
}

export const sources = () => filesIn('src', '.ts')
export const sql = () => filesIn('db', '.sql')

/** SQL with its comments blanked and its line breaks kept. Strings stay: a body is a string. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, found => found.replace(/[^\n]/g, ' ')).replace(/--(?!!include).*$/gm, '')
