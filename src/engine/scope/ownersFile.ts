/**
 * Who owns what, as a file: JSON lines, one for every row that is not the default organization's. Written before the
 * scope columns go, and read back by apply (ownersGiven.ts). What may fail here is the file (RH113, RH116).
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { defaultOrganization } from './owner.ts'

/** Rows to a fetch. */
const batch = 1000

/** A row by its primary key, as texts, and the slug of whose it is. */
export type Line = { table: string; key: readonly string[]; organization: string }

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

/**
 * Before anything is undone for it.
 * @throws RowhouseError RH116 where the file is there already: it may be the only map there is; RH113
 */
export async function refuseFile(path: string): Promise<void> {
  const file = await newFile(path)
  await file.close()
  await rm(path)
}

const newFile = (path: string): Promise<FileHandle> =>
  open(path, 'wx').catch(error => {
    throw unwritable(path, error)
  })

const unwritable = (path: string, cause: { code?: string; message: string }) =>
  new RowhouseError(cause.code === 'EEXIST' ? 'RH116' : 'RH113', {
    message: `the map of owners ${path} cannot be written: ${cause.message}`,
    hint: 'name a file that is not there, in a folder that is: rowhouse cancel --phase expand --owners owners.jsonl',
    cause,
  })

/** @returns rows written. @throws RowhouseError RH116 where the file is there, RH113 where it cannot be written */
export async function writeOwners(client: pg.ClientBase, plan: Plan, path: string): Promise<number> {
  const file = await newFile(path)
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
