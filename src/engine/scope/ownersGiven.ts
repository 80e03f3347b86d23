/**
 * Who owns what, read from the file that ownersFile.ts wrote: rows go to their organizations while the old application
 * goes on. What may fail here is the file (RH113), and tables or organizations that it names and the plan lacks (RH114).
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import type { Line } from './ownersFile.ts'

/** Rows to a statement, and to a transaction. */
const batch = 200

/**
 * Whether the file is one that the plan can be given, from its first line to its last.
 * @throws RowhouseError RH113, RH114
 */
export async function checkOwners(plan: Plan, path: string): Promise<void> {
  const known = knownTo(plan)
  await eachBatch(path, async lines => known.refuse(lines))
}

/**
 * Gives the rows of the file to their organizations, a few to a transaction, while the old application goes on; again
 * and again if need be. The file was looked at as a whole (checkOwners).
 * @returns rows that were given
 */
export async function readOwners(client: pg.ClientBase, plan: Plan, path: string): Promise<number> {
  const known = knownTo(plan)
  await client.query("set search_path to pg_catalog, pg_temp; set lock_timeout to '50ms'")
  let given = 0
  await eachBatch(path, async lines => {
    given += await give(client, plan, known.tableOf(lines), lines)
  })
  return given
}

/** Lines of one table at a time. */
async function eachBatch(path: string, work: (lines: readonly Line[]) => Promise<void>): Promise<void> {
  const texts = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  let waiting: Line[] = []
  let number = 0
  try {
    for await (const text of texts) {
      number += 1
      if (text.trim() === '') continue
      const line = lineOf(text)
      if (waiting.length === batch || (waiting[0] && waiting[0].table !== line.table)) {
        await work(waiting)
        waiting = []
      }
      waiting.push(line)
    }
  } catch (error) {
    if (error instanceof RowhouseError || (error as { severity?: string }).severity !== undefined) throw error
    throw new RowhouseError('RH113', {
      message: `the map of owners ${path} cannot be read${number > 0 ? `, line ${number}` : ''}: ${(error as Error).message}`,
      hint: 'name the file that rowhouse cancel --owners wrote',
      cause: error,
    })
  }
  if (waiting.length > 0) await work(waiting)
}

function lineOf(text: string): Line {
  const line = JSON.parse(text) as Partial<Line> | null
  const { table, key, organization } = line ?? {}
  const isLine =
    typeof table === 'string' && typeof organization === 'string' && Array.isArray(key) && key.length > 0
  if (!isLine) throw new Error('it is not {"table": …, "key": […], "organization": …}')
  return { table, key, organization }
}

function knownTo(plan: Plan) {
  const tables = new Map(plan.tables.map(table => [nameOf(table), table]))
  const slugs = new Set(plan.organizations.map(({ slug }) => slug))
  const tableOf = ([first]: readonly Line[]): PlannedTable => {
    const table = tables.get(first?.table ?? '')
    if (table === undefined) throw unknown(`table ${first?.table}`)
    return table
  }
  return {
    tableOf,
    refuse(lines: readonly Line[]): void {
      const { key } = tableOf(lines)
      const stranger = lines.find(({ organization }) => !slugs.has(organization))
      if (stranger !== undefined) throw unknown(`organization "${stranger.organization}"`)
      const other = lines.find(one => one.key.length !== key.length)
      if (other !== undefined) throw unknown(`a row of ${other.table} by ${other.key.length} columns`)
    },
  }
}

/** Rows that somebody holds are passed over and come again: we hold others meanwhile. */
async function give(
  client: pg.ClientBase,
  plan: Plan,
  table: PlannedTable,
  lines: readonly Line[],
): Promise<number> {
  const scope = ident(plan.scopeColumn)
  const same = table.key
    .map((column, at) => {
      const type = table.columns.find(({ name }) => name === column)?.type ?? 'text'
      return `t.${ident(column)} = (l.key ->> ${at})::${type}`
    })
    .join(' and ')
  const wrong = `from ${nameOf(table)} t
join json_to_recordset($1) as l (key json, organization text) on ${same}
join ${qualified(plan.coreSchema, 'organizations')} o on o.slug = l.organization
where t.${scope} <> o.id`
  for (let given = 0; ; await wait(100)) {
    try {
      const { rowCount } = await client.query(
        `with wrong as materialized (select t.ctid as place, o.id ${wrong} for no key update of t skip locked)
update ${nameOf(table)} t set ${scope} = w.id from wrong w where t.ctid = w.place`,
        [JSON.stringify(lines)],
      )
      given += rowCount ?? 0
      const { rows } = await client.query<{ left: string }>(`select count(*) as left ${wrong}`, [
        JSON.stringify(lines),
      ])
      if (rows[0]?.left === '0') return given
    } catch (error) {
      // Rows that follow, held by somebody.
      if (!['55P03', '40P01'].includes((error as { code?: string }).code ?? '')) throw error
    }
  }
}

const unknown = (what: string) =>
  new RowhouseError('RH114', {
    message: `the map of owners names ${what}, and the plan has none`,
    hint: 'name it in the spec: organizations: { … }, and plan anew',
  })
