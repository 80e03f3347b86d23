/**
 * References that the database does not know, where ids become others: each is mapped as the spec says, or accepted in
 * writing. A value that leads nowhere has no new id, and would come to lead somewhere else: its tenant does not fit. Pure.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Table } from '../catalog/catalog.ts'
import type { Demand, Places } from '../shapes/constraints.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import type { Keys, Wishes } from './decide.ts'
import { keyOf } from './edges.ts'
import { type IdMap, isInteger, isText, type Says, saying } from './idMap.ts'
import type { Merge } from './merges.ts'

/** Adds what the spec maps to `maps`. @param changing tables whose ids become others */
export function softMaps(
  folded: ReadonlyMap<string, Table>,
  { soft = {} }: Wishes,
  changing: ReadonlySet<string>,
  merges: ReadonlyMap<string, Merge>,
  maps: Map<string, Map<string, IdMap>>,
  problems: string[],
): void {
  for (const [place, decision] of Object.entries(soft)) {
    const where = `"soft.${place}"`
    const [table, column] = placeOf(place, folded)
    if (table === undefined || column === undefined) {
      problems.push(`${where} is no column of a folded table`)
      continue
    }
    if (maps.get(table.name)?.has(column.name)) {
      problems.push(`${where} has a foreign key, and follows it by itself`)
      continue
    }
    if (decision === 'accept') continue
    const element = column.type.replace(/\[\]$/, '')
    const isObject = 'keys' in decision
    const fits = isObject
      ? column.base === 'jsonb' && element === column.type
      : isInteger(element) || isText(element)
    if (!fits || ('type' in decision && element !== column.type)) {
      problems.push(`${where} is ${column.type}, which has no ids of that kind`)
      continue
    }
    const by = 'type' in decision ? decision.type : null
    if (by !== null && !table.columns.some(({ name }) => name === by))
      problems.push(`${where}: ${table.name} has no column ${by}`)
    const named = isObject
      ? Object.values(decision.keys)
      : 'map' in decision
        ? Object.values(decision.map)
        : [decision.to]
    for (const name of named)
      if (name !== null && !folded.has(name)) problems.push(`${where}: ${name} is no folded table`)
    const map = mapOf(
      decision,
      changing,
      saysOf(by === null ? undefined : maps.get(table.name)?.get(by), merges),
    )
    if (map !== null) maps.set(table.name, (maps.get(table.name) ?? new Map()).set(column.name, map))
  }
}

type Decision = Exclude<NonNullable<Wishes['soft']>[string], 'accept'>

/** Whose natural key a type column's id stands for: Django's content types say `app.model`. */
function saysOf(by: IdMap | undefined, merges: ReadonlyMap<string, Merge>): { readonly says?: Says } {
  if (by === undefined || !('of' in by) || typeof by.of !== 'string') return {}
  const merge = merges.get(by.of)
  return merge === undefined || merge.key === null
    ? {}
    : { says: { table: by.of, key: merge.key, natural: merge.by } }
}

/** Null where none of the ids become others. */
function mapOf(
  decision: Decision,
  changing: ReadonlySet<string>,
  says: { readonly says?: Says },
): IdMap | null {
  if ('keys' in decision) {
    const keys = Object.entries(decision.keys).filter(([, table]) => changing.has(table))
    return keys.length === 0 ? null : { keys: Object.fromEntries(keys) }
  }
  if ('map' in decision) {
    const of = Object.entries(decision.map).map(([says, table]): [string, string | null] => [
      says,
      table !== null && changing.has(table) ? table : null,
    ])
    return of.every(([, table]) => table === null)
      ? null
      : { by: decision.type, of: Object.fromEntries(of), ...says }
  }
  return changing.has(decision.to) ? { of: decision.to } : null
}

function placeOf(
  place: string,
  folded: ReadonlyMap<string, Table>,
): [Table | undefined, Table['columns'][number] | undefined] {
  // A name may have a dot in it.
  for (const table of folded.values()) {
    const column = table.columns.find(({ name }) => place === `${table.name}.${name}`)
    if (column) return [table, column]
  }
  return [undefined, undefined]
}

/** Questions to each tenant's rows: values of mapped columns without a foreign key that lead nowhere. */
export function softDemands(
  keys: Keys,
  { soft = {} }: Wishes,
  tables: ReadonlyMap<string, SharedTable>,
  tenants: readonly string[],
  places: Places,
): Demand[] {
  return Object.entries(soft).flatMap(([place, decision]) => {
    const models = new Map([...tables].map(([name, { model }]) => [name, model as Table]))
    const [table, column] = placeOf(place, models)
    const map = table && column && keys.maps.get(table.name)?.get(column.name)
    if (decision === 'accept' || map === undefined || !table || !column) return []
    const { readings } = tables.get(table.name) as SharedTable
    return tenants.flatMap((tenant): Demand[] => {
      const reading = readings[tenant]
      const own = reading?.columns?.[column.name]
      if (reading?.absent || (own !== undefined && 'value' in own)) return []
      const from = qualified(reading?.schema ?? tenant, table.name)
      const there = (name: string, id: string) =>
        `exists (select from ${qualified(places.schemaOf(tenant, name), name)} r where r.${ident(keyOf(models.get(name))[0]?.name ?? '')}::text = (${id})::text)`
      const says = (by: string) =>
        'by' in map && map.says !== undefined
          ? saying(map.says, qualified(places.schemaOf(tenant, map.says.table), map.says.table), by)
          : `${by}::text`
      const leads = `${table.name}: ${column.name} has ids that lead nowhere, and would come to lead to other rows`
      return [
        ...unsaid(map, column, from, says).map(query => ({
          tenant,
          reason: `${table.name}: ${column.name} has ids of a kind that the spec does not map`,
          query,
        })),
        ...nowhere(map, column, from, there, says).map(query => ({ tenant, reason: leads, query })),
      ]
    })
  })
}

/** Rows whose type is none of the map's. */
function unsaid(
  map: IdMap,
  { name }: Table['columns'][number],
  from: string,
  says: (by: string) => string,
): string[] {
  if (!('by' in map)) return []
  const by = says(`s.${ident(map.by)}`)
  const said = Object.keys(map.of).map(literal).join(', ')
  return [
    `select from ${from} s where s.${ident(name)} is not null and (${by} is null or ${by} not in (${said}))`,
  ]
}

function nowhere(
  map: IdMap,
  { name, type }: Table['columns'][number],
  from: string,
  there: (table: string, id: string) => string,
  says: (by: string) => string,
): string[] {
  const column = `s.${ident(name)}`
  if ('keys' in map) {
    return Object.entries(map.keys).map(
      ([key, table]) =>
        `select from ${from} s, jsonb_path_query(case jsonb_typeof(${column}) when 'object' then ${column} -> ${literal(key)} end, '$[*]') e (id) where e.id <> 'null' and not ${there(table, `e.id #>> '{}'`)}`,
    )
  }
  if ('by' in map) {
    const by = says(`s.${ident(map.by)}`)
    return Object.entries(map.of).flatMap(([says, table]) =>
      table === null
        ? []
        : [
            `select from ${from} s where ${column} is not null and ${by} = ${literal(says)} and not ${there(table, column)}`,
          ],
    )
  }
  return type.endsWith('[]')
    ? [
        `select from ${from} s, unnest(${column}) e (id) where e.id is not null and not ${there(map.of, 'e.id')}`,
      ]
    : [`select from ${from} s where ${column} is not null and not ${there(map.of, column)}`]
}
