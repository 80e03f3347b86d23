/**
 * References that the database does not know: `owner_type`/`owner_id` pairs, `_id` columns without a foreign key, arrays
 * of ids, ids inside jsonb. Folding keeps every id, so all of them go on pointing where they did; they are told because
 * nothing checks them, and because whoever renumbers one day must know. By name and type; jsonb by a look at its keys.
 */
import type pg from 'pg'
import { ident, literal, qualified } from '../postgres/identifiers.ts'
import { readOnly, type Table } from './catalog.ts'
import type { Hazard } from './hazards.ts'

const idTypes = new Set(['int2', 'int4', 'int8', 'uuid'])
const textTypes = new Set(['text', 'varchar'])

type Soft = { readonly column: string; readonly what: string }

/** @param models one table per name, as a tenant has it */
export async function softReferences(client: pg.ClientBase, models: readonly Table[]): Promise<Hazard[]> {
  const keys = await keysInJson(client, models)
  return models.flatMap(table =>
    [...byName(table, models), ...(keys.get(table.name) ?? [])].map(({ column, what }) => ({
      code: 'soft-reference',
      object: `${table.name}.${column}`,
      detail: `${what}: no foreign key checks it`,
      hint: 'nothing to do: ids stay as they are, and are looked up inside the organization',
      blocks: false,
      table: table.name,
    })),
  )
}

function byName(table: Table, models: readonly Table[]): Soft[] {
  const checked = new Set(
    table.constraints.flatMap(({ type, columns }) => (type === 'foreign' ? columns : [])),
  )
  const names = new Map(table.columns.map(column => [column.name, column]))
  return table.columns.flatMap((column): Soft[] => {
    const { name, base, type } = column
    if (checked.has(name) || name === 'id') return []
    if (type.endsWith('[]'))
      return /_ids?$/.test(name) && idTypes.has(base) ? [{ column: name, what: 'an array of ids' }] : []
    const stem = /^(.+)_id$/.exec(name)?.[1]
    if (stem === undefined || !(idTypes.has(base) || textTypes.has(base))) return []
    if (names.has(`${stem}_type`)) return [{ column: name, what: `an id of whatever ${stem}_type says` }]
    const there = models.find(({ name: other }) => isNamedAfter(other, stem))
    if (there !== undefined) return [{ column: name, what: `an id of ${there.name}, by its name` }]
    return idTypes.has(base) ? [{ column: name, what: 'an id of something' }] : []
  })
}

/** `employee` → `employees`, `hr_employee`, `employee`. */
const isNamedAfter = (table: string, stem: string): boolean =>
  [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')].some(
    name => table === name || table.endsWith(`_${name}`),
  )

/** Keys of the first rows' objects that look like ids. */
async function keysInJson(client: pg.ClientBase, models: readonly Table[]): Promise<Map<string, Soft[]>> {
  const columns = models.flatMap(table =>
    table.columns
      .filter(({ base, type }) => base === 'jsonb' && !type.endsWith('[]'))
      .map(({ name }) => ({ table, name })),
  )
  const found = new Map<string, Soft[]>()
  if (columns.length === 0) return found
  const text = columns
    .map(
      ({
        table,
        name,
      }) => `select ${literal(table.name)} as table, ${literal(name)} as column, string_agg(distinct key, ', ' order by key) as keys
from (select ${ident(name)} as value from ${qualified(table.schema, table.name)} where jsonb_typeof(${ident(name)}) = 'object' limit 200) few,
  lateral jsonb_object_keys(few.value) as key where key ~ '(^|_)ids?$'`,
    )
    .join('\nunion all\n')
  const { rows } = await readOnly(client, () =>
    client.query<{ table: string; column: string; keys: string | null }>(text),
  )
  for (const { table, column, keys } of rows) {
    if (keys === null) continue
    found.set(table, [...(found.get(table) ?? []), { column, what: `ids inside jsonb (${keys})` }])
  }
  return found
}
