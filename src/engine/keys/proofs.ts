/**
 * Before keys are renumbered or left as unique over all: that the new ids fit, and that what must be unique is. Counted
 * and compared exactly, never estimated; a hundred tables in a query, and so many values at a time that memory does not
 * grow with rows. Reads only.
 */
import type pg from 'pg'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Table } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { renameIn } from '../shapes/names.ts'
import { hasRows, readsPlainly, sourceName } from '../shapes/reading.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import { inTransaction } from '../verify/totals.ts'
import type { Keys, Wishes } from './decide.ts'
import { type Comparison, comparisons } from './globals.ts'

const together = 100
/** Values held in memory at once: about 100 bytes each. */
const mostAtOnce = 300_000
/** How many duplicates are named. */
const named = 5

const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 }

/** @param atOnce values that are held in memory at once */
export async function keyProofs(
  client: pg.ClientBase,
  keys: Keys,
  wishes: Wishes,
  tables: ReadonlyMap<string, SharedTable>,
  tenants: readonly string[],
  atOnce: number = mostAtOnce,
): Promise<Hazard[]> {
  const models: ReadonlyMap<string, Table> = new Map([...tables].map(([name, { model }]) => [name, model]))
  const hazards: Hazard[] = []
  for (const name of keys.numbered.keys()) {
    const shared = tables.get(name)
    if (shared) hazards.push(...(await overflow(client, keys, models, shared, tenants)))
  }
  const proven = [...keys.proven].map(([table, columns]): Comparison & { key: true } => ({
    table,
    name: `the key (${columns.join(', ')})`,
    expressions: columns.map(ident),
    where: null,
    nullsToo: false,
    columns,
    key: true,
  }))
  const isNew = (table: string, column: string | null) => {
    const map = keys.maps.get(table)?.get(column ?? '')
    return map !== undefined && 'of' in map && typeof map.of === 'string' && keys.numbered.has(map.of)
  }
  const global = comparisons(models, wishes)
    .filter(({ table }) => keys.merges.has(table) === false)
    // With a new id in it, it is nobody else's.
    .filter(({ table, columns }) => !columns.some(column => isNew(table, column)))
  for (const comparison of [...proven, ...global]) {
    const shared = tables.get(comparison.table)
    if (shared === undefined) continue
    const found = await duplicates(client, shared, comparison, tenants, atOnce)
    if (found.length > 0) hazards.push(notUnique(comparison, found, 'key' in comparison))
  }
  return hazards
}

const readable = ({ model, readings }: SharedTable) => ({ source: model.name, readings })

async function counted(
  client: pg.ClientBase,
  shared: SharedTable,
  tenants: readonly string[],
): Promise<number> {
  const present = tenants.filter(schema => hasRows(readable(shared), schema))
  let rows = 0
  for (let start = 0; start < present.length; start += together) {
    const text = present
      .slice(start, start + together)
      .map(tenant => `select count(*) as rows from ${sourceName(readable(shared), tenant)}`)
      .join('\nunion all\n')
    const {
      rows: [found],
    } = await inTransaction(client, () =>
      client.query<{ rows: string }>(`select sum(rows) as rows from (${text}) r`),
    )
    rows += Number(found?.rows ?? 0)
  }
  return rows
}

/** All tenants' rows are numbered on in one range: it must fit into the key and into whatever refers to it. */
async function overflow(
  client: pg.ClientBase,
  keys: Keys,
  models: ReadonlyMap<string, Table>,
  shared: SharedTable,
  tenants: readonly string[],
): Promise<Hazard[]> {
  const source = shared.model.name
  const places = [...keys.maps].flatMap(([table, columns]) =>
    [...columns].flatMap(([name, map]) => {
      const of =
        'keys' in map
          ? Object.values(map.keys)
          : typeof map.of === 'string'
            ? [map.of]
            : Object.values(map.of)
      const type = models
        .get(table)
        ?.columns.find(one => one.name === name)
        ?.type.replace(/\[\]$/, '')
      const most = largest[type ?? '']
      return of.includes(source) && most !== undefined ? [{ place: `${table}.${name}`, type, most }] : []
    }),
  )
  if (places.length === 0) return []
  const rows = await counted(client, shared, tenants)
  return places
    .filter(({ most }) => rows > most)
    .map(({ place, type, most }) => ({
      code: 'key-overflow',
      object: place,
      table: source,
      detail: `${rows} rows of ${source} in all tenants get ids up to ${rows}, and ${type} ends at ${most}`,
      hint: 'make the column bigint in every tenant first, or leave the keys: { keys: "composite" }',
      blocks: true,
    }))
}

type Duplicate = { readonly value: string; readonly tenants: readonly string[] }

/** Values that several tenants have; each slice of all values is compared on its own. */
async function duplicates(
  client: pg.ClientBase,
  shared: SharedTable,
  comparison: Comparison,
  tenants: readonly string[],
  atOnce: number,
): Promise<Duplicate[]> {
  const columns = comparison.columns.filter(column => column !== null)
  const present = tenants.filter(schema => {
    const reading = shared.readings[schema]
    return reading?.schema !== undefined || readsPlainly(readable(shared), schema, columns)
  })
  const slices = Math.max(1, Math.ceil((await counted(client, shared, present)) / atOnce))
  const found: Duplicate[] = []
  for (let slice = 0; slice < slices; slice++) {
    const first = new Map<string, string>()
    for (let start = 0; start < present.length; start += together) {
      const text = present
        .slice(start, start + together)
        .map(tenant => valuesOf(shared, comparison, tenant))
        .join('\nunion all\n')
      const { rows } = await inTransaction(client, () =>
        client.query<{ value: string; tenants: string[]; hash: string }>(
          `select md5(value) as hash, min(value) as value, array_agg(tenant order by place) as tenants
from (${text}) r where mod(abs(hashtextextended(value, 0)::numeric), ${slices}) = ${slice} group by md5(value) order by min(value)`,
        ),
      )
      for (const { hash, value, tenants: who } of rows) {
        const before = first.get(hash)
        const all = before === undefined ? who : [before, ...who]
        if (new Set(all).size > 1) found.push({ value, tenants: [...new Set(all)] })
        if (before === undefined) first.set(hash, who[0] ?? '')
        if (found.length > named) return found
      }
    }
  }
  return found
}

/** As the tenant's own schema has them; a value without nulls conflicts with its like. */
function valuesOf(shared: SharedTable, { expressions, where, nullsToo }: Comparison, tenant: string): string {
  const { model } = shared
  const own = (text: string) => renameIn(text, model.schema, object => qualified(tenant, object))
  const values = expressions.map(own)
  const conditions = [
    ...(nullsToo ? [] : values.map(value => `${value} is not null`)),
    ...(where === null ? [] : [own(where)]),
  ]
  return `select ${literal(tenant)} as tenant, ${literal(tenant)} as place, row(${values.join(', ')})::text as value from ${sourceName(readable(shared), tenant)}${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`}`
}

function notUnique(
  { table, name, columns }: Comparison,
  found: readonly Duplicate[],
  isKey: boolean,
): Hazard {
  const told = found
    .slice(0, named)
    .map(({ value, tenants }) => `${value.slice(0, 80)} in ${tenants.slice(0, 3).join(', ')}`)
  return {
    code: isKey ? 'key-not-unique' : 'global-not-unique',
    object: `${table}${columns.every(column => column !== null) ? `.${columns.join(',')}` : ` ${name}`}`,
    table,
    detail: `${isKey ? `${name} stays as it is, and is the same` : `${name} is to be unique over all tenants, and values are the same`} in several: ${told.join('; ')}${found.length > named ? '; …' : ''}`,
    hint: isKey
      ? 'give one of them another key, or leave the keys: { keys: "composite" }'
      : `change one of each, or let each tenant have its own: take it out of tables: { ${JSON.stringify(table)}: { global: […] } }`,
    blocks: true,
  }
}
