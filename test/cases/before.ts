/** A case's `before.sql` as statements: `-- each: a, b` runs what follows in those schemas, `-- once` in none of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { ident, literal } from '../../src/postgres/identifiers.ts'
import { checkout } from '../helpers/program.ts'

export const folder = join(checkout, 'test/cases')

/** Builds what the case begins with; schemas are made where they are missing, `:tenant` is their name. */
export async function build(client: pg.Client, name: string): Promise<void> {
  for (const statement of statements(readFileSync(join(folder, name, 'before.sql'), 'utf8'))) {
    await client.query(statement)
  }
  await client.query('analyze')
}

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
