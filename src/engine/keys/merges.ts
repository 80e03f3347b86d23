/** Which tables become everybody's, by which natural key, and in which order. Pure. */
import { idents } from '../../postgres/identifiers.ts'
import type { Table } from '../catalog/catalog.ts'
import type { Demand } from '../shapes/constraints.ts'
import { hasRows, sourceName } from '../shapes/reading.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import type { Wishes } from './decide.ts'
import { edges, keyOf } from './edges.ts'
import { isInteger } from './idMap.ts'

export type Merge = {
  /** What makes two tenants' rows the same. */
  readonly by: readonly string[]
  /** The key column that gets new ids; null where the natural key is the primary key, or there is none. */
  readonly key: string | null
}

/** Natural keys of the tables that frameworks bring along. */
export const naturalKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['django_content_type', ['app_label', 'model']],
  ['auth_permission', ['content_type_id', 'codename']],
  ['django_site', ['domain']],
])

export function mergesOf(
  folded: ReadonlyMap<string, Table>,
  wishes: Wishes,
  problems: string[],
): Map<string, Merge> {
  const merges = new Map<string, Merge>()
  for (const [name, { merge, doors, own, global, leave }] of Object.entries(wishes.tables ?? {})) {
    if (merge === undefined) continue
    const where = `"tables.${name}.merge"`
    const table = folded.get(name)
    if (table === undefined) {
      if (leave) problems.push(`${where}: the table is left behind`)
      continue
    }
    if (doors !== undefined || own !== undefined)
      problems.push(`${where}: a merged table has no doors: everybody reads it, nobody writes it`)
    if (global !== undefined)
      problems.push(`${where}: what is unique in a merged table is so for everybody already`)
    const columns = merge.map(column => table.columns.find(one => one.name === column))
    const absent = merge.filter((_, at) => columns[at] === undefined)
    if (absent.length > 0) problems.push(`${where}: ${name} has no column ${absent.join(', ')}`)
    for (const column of columns) {
      if (column && !column.notNull)
        problems.push(`${where}: ${column.name} can be null, and null is nobody's key`)
    }
    const key = keyOf(table)
    const isNatural = key.length > 0 && key.every(column => merge.includes(column.name))
    const [first] = key
    if (key.length === 0 || isNatural) merges.set(name, { by: merge, key: null })
    else if (first && key.length === 1 && isInteger(first.type))
      merges.set(name, { by: merge, key: first.name })
    else
      problems.push(
        `${where}: its key (${key.map(one => `${one.name} ${one.type}`).join(', ')}) is neither the natural one nor a single integer`,
      )
  }
  return inOrder(merges, folded, problems)
}

/** A merged table's natural key may have another's new ids in it: that one comes first. */
function inOrder(
  merges: ReadonlyMap<string, Merge>,
  folded: ReadonlyMap<string, Table>,
  problems: string[],
): Map<string, Merge> {
  const all = edges(folded).filter(({ from }) => merges.has(from.table))
  for (const { from, to } of all) {
    if (merges.has(to.table)) continue
    problems.push(
      `"tables.${from.table}.merge": ${from.column} refers to ${to.table}, which is each tenant's own; merge that too, or not this one`,
    )
  }
  const ordered = new Map<string, Merge>()
  const add = (name: string, path: readonly string[]) => {
    const merge = merges.get(name)
    if (merge === undefined || ordered.has(name)) return
    if (path.includes(name)) {
      problems.push(`"tables.${name}.merge": its natural key needs its own ids, by way of ${path.join(', ')}`)
      return
    }
    for (const { from, to } of all)
      if (from.table === name && merge.by.includes(from.column)) add(to.table, [...path, name])
    ordered.set(name, merge)
  }
  for (const name of merges.keys()) add(name, [])
  return ordered
}

/** A natural key that several rows of one tenant have says nothing of which one is meant. */
export const mergeDemands = (
  merges: ReadonlyMap<string, Merge>,
  tables: ReadonlyMap<string, SharedTable>,
  tenants: readonly string[],
): Demand[] =>
  [...merges].flatMap(([name, { by }]) => {
    const shared = tables.get(name)
    if (shared === undefined) return []
    const readable = { source: name, readings: shared.readings }
    return tenants
      .filter(tenant => hasRows(readable, tenant))
      .map(tenant => {
        const columns = shared.readings[tenant]?.columns ?? {}
        const there = by.filter(column => !(column in columns && 'value' in (columns[column] ?? {})))
        return {
          tenant,
          reason: `${name}: several rows are alike in (${by.join(', ')}), by which it is merged`,
          query: `select from ${sourceName(readable, tenant)}${there.length === 0 ? '' : ` group by ${idents(there)}`} having count(*) > 1`,
        }
      })
  })
