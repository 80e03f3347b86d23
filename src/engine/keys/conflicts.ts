/**
 * Before tables are merged: rows that agree in the natural key and differ in something else, rows that only some tenants
 * have, and what would no longer be unique. Asked of all tenants, some at a time; what is kept in memory are the distinct
 * rows, and those are few: they are everybody's. Reads only.
 */
import type pg from 'pg'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Table } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { hasRows, insertOf, type SharedColumn, sourceName, textOf } from '../shapes/reading.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import { some } from '../shapes/sharedTypes.ts'
import { keyAsText } from '../verify/rowHash.ts'
import { inTransaction } from '../verify/totals.ts'
import type { Keys } from './decide.ts'

/** Relations in one query: the server's lock table is finite. */
const together = 100
/** How many rows a hazard names. */
const named = 5

/** What tenants have under one natural key: texts of the other columns (hashes) → who has them. */
type Versions = Map<string, string[]>

export async function mergeHazards(
  client: pg.ClientBase,
  keys: Keys,
  tables: ReadonlyMap<string, SharedTable>,
  tenants: readonly string[],
): Promise<Hazard[]> {
  const hazards: Hazard[] = []
  for (const name of keys.merges.keys()) {
    const shared = tables.get(name)
    if (shared === undefined) continue
    const present = tenants.filter(schema => hasRows(readable(shared), schema))
    const { rows, written } = await distinctRows(client, keys, tables, shared, present)
    hazards.push(
      ...conflicts(keys, shared, rows),
      ...otherwise(keys, shared, await writtenOtherwise(client, keys, shared, written)),
      ...duplicates(keys, shared, rows),
      ...notEverybodys(name, rows, present.length),
    )
  }
  return hazards
}

const readable = ({ model, readings }: SharedTable) => ({ source: model.name, readings })

/** Columns besides the natural key and the id, which becomes another. */
const contentsOf = (keys: Keys, { model }: SharedTable): readonly SharedColumn[] => {
  const merge = keys.merges.get(model.name)
  return model.columns.filter(
    ({ name, generated }) => generated === null && name !== merge?.key && !merge?.by.includes(name),
  )
}

async function distinctRows(
  client: pg.ClientBase,
  keys: Keys,
  tables: ReadonlyMap<string, SharedTable>,
  shared: SharedTable,
  tenants: readonly string[],
): Promise<{ rows: Map<string, Versions>; written: Map<string, readonly string[]> }> {
  const by = keys.merges.get(shared.model.name)?.by ?? []
  const contents = contentsOf(keys, shared).map(({ name }) => name)
  const rows = new Map<string, Versions>()
  const written = new Map<string, readonly string[]>()
  const size = Math.max(1, Math.floor(together / keys.merges.size))
  for (let start = 0; start < tenants.length; start += size) {
    const text = tenants
      .slice(start, start + size)
      .map(tenant => {
        const value = (column: string) => meaningOf(keys, tables, shared, column, tenant, 's')
        const hashes = contents.map(column => `md5(${value(column)})`)
        const natural = by.map(value)
        return `select ${literal(tenant)} as tenant, ${keyAsText(natural)} as key, array[${natural.join(', ')}] as parts, json_build_array(${hashes.join(', ')})::text as contents from ${sourceName(readable(shared), tenant)} s`
      })
      .join('\nunion all\n')
    const found = await inTransaction(client, () =>
      client.query<{ tenants: string[]; key: string; parts: string[]; contents: string }>(
        `select key, contents, min(parts) as parts, array_agg(tenant order by tenant) as tenants from (${text}) r group by key, contents order by key, contents`,
      ),
    )
    for (const row of found.rows) {
      written.set(row.key, row.parts)
      const versions = rows.get(row.key) ?? new Map()
      rows.set(row.key, versions.set(row.contents, [...(versions.get(row.contents) ?? []), ...row.tenants]))
    }
  }
  return { rows, written }
}

/**
 * Keys that Postgres takes for the same one, `1.0` and `1.00`: of the two rows one would become the other's, and not be what
 * its tenant had.
 */
async function writtenOtherwise(
  client: pg.ClientBase,
  keys: Keys,
  { model }: SharedTable,
  written: ReadonlyMap<string, readonly string[]>,
): Promise<string[][]> {
  const values = (keys.merges.get(model.name)?.by ?? []).map((name, at) => {
    const column = model.columns.find(one => one.name === name) as SharedColumn | undefined
    const text = `(e.parts ->> ${at})`
    // What is made of the tenants' own types, or is another row's key, is compared as it is written.
    if (column === undefined || column.viaText || keys.maps.get(model.name)?.get(name)) return text
    return `${text}::${column.type}${column.collation === null ? '' : ` collate ${column.collation}`}`
  })
  if (values.length === 0) return []
  const { rows } = await inTransaction(client, () =>
    client.query<{ keys: string[] }>(
      `select array_agg(e.key order by e.key) as keys from json_to_recordset($1) as e (key text, parts json) group by ${values.join(', ')} having count(*) > 1`,
      [JSON.stringify([...written].map(([key, parts]) => ({ key, parts })))],
    ),
  )
  return rows.map(one => one.keys)
}

/** A column's text as all tenants would say it: an id of a merged table is that row's natural key. */
function meaningOf(
  keys: Keys,
  tables: ReadonlyMap<string, SharedTable>,
  shared: SharedTable,
  name: string,
  tenant: string,
  alias: string,
): string {
  const column = shared.model.columns.find(one => one.name === name) as SharedColumn
  const map = keys.maps.get(shared.model.name)?.get(name)
  const there = map !== undefined && 'of' in map && typeof map.of === 'string' ? map.of : undefined
  const parent = there === undefined ? undefined : tables.get(there)
  const merge = there === undefined ? undefined : keys.merges.get(there)
  if (parent === undefined || merge === undefined || merge.key === null)
    // A padded text is compared with its blanks, and shown as it reads.
    return keys.merges.get(shared.model.name)?.by.includes(name)
      ? `${insertOf(readable(shared), { id: '', schema: tenant }, column, alias)}::text`
      : textOf(readable(shared), { id: '', schema: tenant }, column, alias)
  const inner = `${alias}p`
  const natural = merge.by.map(one => meaningOf(keys, tables, parent, one, tenant, inner))
  return `(select ${keyAsText(natural)} from ${sourceName(readable(parent), tenant)} ${inner} where ${inner}.${ident(merge.key)} = ${alias}.${ident(name)})`
}

const hazard = (table: string, code: string, detail: string, hint: string, blocks: boolean): Hazard => ({
  code,
  object: table,
  detail,
  hint,
  blocks,
  table,
})

function conflicts(keys: Keys, shared: SharedTable, rows: ReadonlyMap<string, Versions>): Hazard[] {
  const table = shared.model.name
  const columns = contentsOf(keys, shared).map(({ name }) => name)
  const found = [...rows].filter(([, versions]) => versions.size > 1)
  if (found.length === 0) return []
  const told = found.slice(0, named).map(([key, versions]) => {
    const texts = [...versions.keys()].map(text => JSON.parse(text) as unknown[])
    const differ = columns.filter((_, at) => new Set(texts.map(text => text[at])).size > 1)
    return `${key} (${differ.join(', ')}: ${[...versions.values()].map(who => some(who)).join(' unlike ')})`
  })
  return [
    hazard(
      table,
      'merge-conflict',
      `${found.length} rows agree in (${keys.merges.get(table)?.by.join(', ')}) and differ in other columns: ${told.join('; ')}${found.length > named ? '; …' : ''}`,
      `make them alike, or tell them apart: more columns in tables: { ${JSON.stringify(table)}: { merge: […] } }`,
      true,
    ),
  ]
}

function otherwise(keys: Keys, { model: { name } }: SharedTable, found: readonly string[][]): Hazard[] {
  if (found.length === 0) return []
  const told = found.slice(0, named).map(alike => alike.join(' and '))
  return [
    hazard(
      name,
      'merge-conflict',
      `${found.length} rows have the same (${keys.merges.get(name)?.by.join(', ')}), written otherwise: ${told.join('; ')}${found.length > named ? '; …' : ''}`,
      'write it alike in all tenants, or merge by other columns',
      true,
    ),
  ]
}

/** Unique in each tenant, and in all of them no more. */
function duplicates(keys: Keys, shared: SharedTable, rows: ReadonlyMap<string, Versions>): Hazard[] {
  const table: Table = shared.model
  const merge = keys.merges.get(table.name)
  const contents = contentsOf(keys, shared).map(({ name }) => name)
  const unique = [
    ...table.constraints.filter(({ type }) => type === 'unique'),
    ...table.indexes.filter(one => one.unique && !one.partial),
  ].filter(
    ({ columns }) => columns.length > 0 && columns.every(name => name !== null && contents.includes(name)),
  )
  return unique.flatMap(({ name, columns }) => {
    const seen = new Map<string, string>()
    const twice: string[] = []
    for (const [key, versions] of rows) {
      const [first] = versions.keys()
      const texts = JSON.parse(first ?? '[]') as (string | null)[]
      const value = columns.map(column => texts[contents.indexOf(column ?? '')] ?? null)
      if (value.includes(null)) continue
      const other = seen.get(JSON.stringify(value))
      if (other !== undefined) twice.push(`${other} and ${key}`)
      seen.set(JSON.stringify(value), key)
    }
    if (twice.length === 0) return []
    return [
      hazard(
        table.name,
        'merge-conflict',
        `rows of several tenants would break ${name} (${columns.join(', ')}) once they are in one table: ${twice.slice(0, named).join('; ')}${twice.length > named ? '; …' : ''}`,
        `merge by (${columns.join(', ')}) rather than (${merge?.by.join(', ')}), or make the rows alike`,
        true,
      ),
    ]
  })
}

/** Merging shows them to everybody: that was decided by writing `merge`, and is said. */
function notEverybodys(table: string, rows: ReadonlyMap<string, Versions>, tenants: number): Hazard[] {
  const found = [...rows].flatMap(([key, versions]): [string, string[]][] => {
    const who = [...versions.values()].flat()
    return who.length < tenants ? [[key, who]] : []
  })
  if (found.length === 0) return []
  const told = found.slice(0, named).map(([key, who]) => `${key} (${some(who)})`)
  return [
    hazard(
      table,
      'merge-shows',
      `${found.length} rows that only some tenants have become visible to all, because the spec merges the table: ${told.join('; ')}${found.length > named ? '; …' : ''}`,
      "see that nothing in them is one tenant's own; else do not merge the table",
      false,
    ),
  ]
}
