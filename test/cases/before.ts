/** The cases' folders: what each begins with, in a database that is empty, and what its spec says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSpecFile, type SpecFile } from '../../src/engine/specFile.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { ident, literal } from '../../src/postgres/identifiers.ts'
import { checkout } from '../helpers/program.ts'

export const folder = join(checkout, 'test/cases')
export const cases = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** `-- each: a, b` runs what follows in those schemas, made where they are missing; `-- once` in none of them. */
function statements(text: string): string[] {
  return text.split(/^-- (?=each:|once)/m).flatMap(part => {
    const [head = '', ...body] = part.split('\n')
    const sql = body.join('\n').trim()
    if (sql === '') return []
    if (!head.startsWith('each:')) return [`set search_path to public; ${sql}`]
    return head
      .slice(5)
      .split(',')
      .map(name => name.trim())
      .map(
        name =>
          `create schema if not exists ${ident(name)}; set search_path to ${ident(name)}, public; ${sql.replaceAll(':tenant', literal(name))}`,
      )
  })
}

/** Builds the case's database. @returns its spec */
export async function loadCase(name: string, url: string): Promise<SpecFile> {
  const at = join(folder, name)
  await withClient(url, 'test', async client => {
    for (const statement of statements(readFileSync(join(at, 'before.sql'), 'utf8'))) await client.query(statement)
    await client.query('analyze')
  })
  return existsSync(join(at, 'spec.json5')) ? readSpecFile(join(at, 'spec.json5')) : {}
}
