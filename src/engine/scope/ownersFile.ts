/**
 * Who owns what, as a file: JSON lines, one for every row that is not the default organization's. Written before the
 * scope columns go, and read back by apply. What may fail here is the file (RH113, RH116), and rows or organizations
 * that it names and the database lacks (RH114).
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan.ts'
import { nameOf, type PlannedTable } from '../targetTable.ts'
import { defaultOrganization } from './owner.ts'

/** Rows to a fetch, and to a statement that gives them back. */
const batch = 1000

type Line = { table: string; key: readonly string[]; organization: string }

/** How many rows are not the default organization's, by table; only tables with some. */
export async function ownedElsewhere(client: pg.ClientBase, plan: Plan): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const table of plan.tables) {
    const { rows } = await client.query<{ rows: string }>(
      `select count(*) as rows from ${nameOf(table)} where ${ident(plan.scopeColumn)} <> $1`,
      [defaultOrganization(plan)],
    )
    const count = Number(rows[0]?.rows ?? 0)
    if (count > 0) found.set(nameOf(table), count)
  }
  return found
}

/** @returns rows written. @throws RowhouseError RH116 where the file is there, RH113 where it cannot be written */
export async function writeOwners(client: pg.ClientBase, plan: Plan, path: string): Promise<number> {
  const file = await open(path, 'wx').catch(error => {
    throw new RowhouseError(error.code === 'EEXIST' ? 'RH116' : 'RH113', {
      message: `the map of owners ${path} cannot be written: ${error.message}`,
      hint: 'name a file that is not there, in a folder that is: rowhouse cancel --phase expand --owners owners.jsonl',
      cause: error,
    })
  })
  try {
    let written = 0
    await client.query('begin transaction isolation level repeatable read, read only')
    for (const table of plan.tables.filter(({ key }) => key.length > 0))
      written += await writeTable(client, plan, table, file)
    await file.sync()
    return written
  } finally {
    await client.query('rollback').catch(() => {})
    await file.close()
  }
}

async function writeTable(
  client: pg.ClientBase,
  plan: Plan,
  table: PlannedTable,
  file: FileHandle,
): Promise<number> {
  const key = table.key.map(column => `t.${ident(column)}::text`).join(', ')
  await client.query(`declare owners no scroll cursor for
select json_build_object('table', ${literal(nameOf(table))}, 'key', json_build_array(${key}), 'organization', o.slug)::text as line
from ${nameOf(table)} t join ${qualified(plan.coreSchema, 'organizations')} o on o.id = t.${ident(plan.scopeColumn)}
where o.id <> ${literal(defaultOrganization(plan))}`)
  let written = 0
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`fetch ${batch} from owners`)
    if (rows.length === 0) break
    await file.write(`${rows.map(({ line }) => line).join('\n')}\n`)
    written += rows.length
  }
  await client.query('close owners')
  return written
}

/**
 * Gives the rows of the file to their organizations, a batch to a transaction; again and again if need be.
 * @returns rows that were given
 */
export async function readOwners(client: pg.ClientBase, plan: Plan, path: string): Promise<number> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  const tables = new Map(plan.tables.map(table => [nameOf(table), table]))
  let given = 0
  let waiting: Line[] = []
  try {
    for await (const text of lines) {
      if (text.trim() === '') continue
      const line = JSON.parse(text) as Line
      if (waiting.length === batch || (waiting[0] && waiting[0].table !== line.table)) {
        given += await give(client, plan, tables, waiting)
        waiting = []
      }
      waiting.push(line)
    }
  } catch (error) {
    if (error instanceof RowhouseError) throw error
    throw new RowhouseError('RH113', {
      message: `the map of owners ${path} cannot be read: ${(error as Error).message}`,
      hint: 'name the file that rowhouse cancel --owners wrote',
      cause: error,
    })
  }
  return given + (await give(client, plan, tables, waiting))
}

async function give(
  client: pg.ClientBase,
  plan: Plan,
  tables: ReadonlyMap<string, PlannedTable>,
  lines: readonly Line[],
): Promise<number> {
  const [first] = lines
  if (first === undefined) return 0
  const table = tables.get(first.table)
  if (table === undefined) throw unknown(`table ${first.table}`)
  const slugs = new Set(plan.organizations.map(({ slug }) => slug))
  const stranger = lines.find(({ organization }) => !slugs.has(organization))
  if (stranger !== undefined) throw unknown(`organization "${stranger.organization}"`)
  const same = table.key
    .map((column, at) => {
      const type = table.columns.find(({ name }) => name === column)?.type ?? 'text'
      return `t.${ident(column)} = (l.key ->> ${at})::${type}`
    })
    .join(' and ')
  const { rowCount } = await client.query(
    `update ${nameOf(table)} t set ${ident(plan.scopeColumn)} = o.id
from json_to_recordset($1) as l (key json, organization text)
join ${qualified(plan.coreSchema, 'organizations')} o on o.slug = l.organization
where ${same} and t.${ident(plan.scopeColumn)} <> o.id`,
    [JSON.stringify(lines)],
  )
  return rowCount ?? 0
}

const unknown = (what: string) =>
  new RowhouseError('RH114', {
    message: `the map of owners names ${what}, and the plan has none`,
    hint: 'name it in the spec: organizations: { … }, and plan anew',
  })
