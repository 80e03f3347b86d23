/**
 * (the shared tables, what the spec decides) → which keys are renumbered, which tables merged, and which columns have
 * ids that become others. Pure. What is wrong is told as problems: the spec's, and so RH112's.
 */
import type { Table } from '../catalog/catalog.ts'
import type { Demand, Places } from '../shapes/constraints.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import type { SpecFile } from '../spec/specFile.ts'
import { type Edge, edges, follow, keyOf } from './edges.ts'
import { type IdMap, isInteger } from './idMap.ts'
import { type Merge, mergeDemands, mergesOf } from './merges.ts'
import { softDemands, softMaps } from './soft.ts'

/** What of the spec file is about keys. */
export type Wishes = Pick<SpecFile, 'keys' | 'soft' | 'tables'>

export type Keys = {
  /** Tables whose key is renumbered, and its column. */
  readonly numbered: ReadonlyMap<string, string>
  /** Tables that keep their keys, which must be unique over all tenants, and those columns. */
  readonly proven: ReadonlyMap<string, readonly string[]>
  /** Merged tables; one that another's natural key needs comes before it. */
  readonly merges: ReadonlyMap<string, Merge>
  /** Table → column → whose ids it has that become others. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, IdMap>>
  readonly problems: readonly string[]
}

/** @param left tables that stay where they are */
export function decideKeys(
  models: ReadonlyMap<string, Table>,
  left: ReadonlySet<string>,
  wishes: Wishes,
): Keys {
  const folded = new Map([...models].filter(([name]) => !left.has(name)))
  const problems: string[] = []
  const merges = mergesOf(folded, wishes, problems)
  const wanted = new Set(
    [...folded.keys()].filter(
      name => !merges.has(name) && (wishes.tables?.[name]?.keys ?? wishes.keys) === 'renumber',
    ),
  )
  for (const [name, { keys }] of Object.entries(wishes.tables ?? {})) {
    if (keys === 'renumber' && left.has(name))
      problems.push(`"tables.${name}.keys": the table is left behind`)
    if (keys === 'renumber' && merges.has(name))
      problems.push(`"tables.${name}" has both "keys" and "merge": a merged table gets new ids by itself`)
  }
  const all = edges(folded)
  problems.push(...incomplete(wanted, all, merges))

  const numbered = new Map<string, string>()
  const refers = new Set(
    all.filter(edge => wanted.has(edge.to.table)).map(({ from }) => JSON.stringify(from)),
  )
  for (const name of wanted) {
    const [column, ...more] = keyOf(folded.get(name)).map(({ name: key }) => key)
    const type = keyOf(folded.get(name))[0]?.type ?? ''
    if (column === undefined || more.length > 0 || !isInteger(type)) continue
    if (!refers.has(JSON.stringify({ table: name, column }))) numbered.set(name, column)
  }
  const mergedKeys = [...merges].flatMap(([name, { key }]): [string, string][] =>
    key === null ? [] : [[name, key]],
  )
  const maps = follow([...numbered, ...mergedKeys], all, problems)

  const proven = new Map<string, readonly string[]>()
  for (const name of wanted) {
    const key = keyOf(folded.get(name))
    if (numbered.has(name) || key.length === 0) continue
    const own = maps.get(name)
    // A key with a new id in it is nobody else's.
    if (key.some(({ name: column }) => isNumbered(own?.get(column), numbered))) continue
    if (key.some(({ base }) => base === 'uuid'))
      proven.set(
        name,
        key.map(({ name: column }) => column),
      )
    else
      problems.push(
        `"tables.${name}.keys": its key (${key.map(one => `${one.name} ${one.type}`).join(', ')}) cannot be renumbered: only single integer columns can; leave the key of it and of what is connected with it: { keys: "composite" }`,
      )
  }
  softMaps(
    folded,
    wishes,
    new Set([...numbered.keys(), ...mergedKeys.map(([name]) => name)]),
    merges,
    maps,
    problems,
  )
  return { numbered, proven, merges, maps, problems }
}

const isNumbered = (map: IdMap | undefined, numbered: ReadonlyMap<string, string>): boolean =>
  map !== undefined && 'of' in map && typeof map.of === 'string' && numbered.has(map.of)

/** What is asked of each tenant's rows: natural keys that are one row's, and soft references that lead somewhere. */
export const keyDemands = (
  keys: Keys,
  wishes: Wishes,
  tables: ReadonlyMap<string, SharedTable>,
  tenants: readonly string[],
  places: Places,
): Demand[] => [
  ...mergeDemands(keys.merges, tables, tenants),
  ...softDemands(keys, wishes, tables, tenants, places),
]

/** Tables that foreign keys connect are renumbered together, or none of them: half a web would hang on old ids. */
function incomplete(
  wanted: ReadonlySet<string>,
  all: readonly Edge[],
  merges: ReadonlyMap<string, unknown>,
): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  const near = (table: string) =>
    all.flatMap(({ from, to }) =>
      from.table === table ? [to.table] : to.table === table ? [from.table] : [],
    )
  for (const start of wanted) {
    if (seen.has(start)) continue
    const group = [start]
    seen.add(start)
    for (const table of group) {
      for (const next of near(table).filter(name => !seen.has(name) && !merges.has(name))) {
        seen.add(next)
        group.push(next)
      }
    }
    const missing = group.filter(name => !wanted.has(name)).sort()
    if (missing.length === 0) continue
    const also = missing.map(name => `${JSON.stringify(name)}: { keys: "renumber" }`).join(', ')
    problems.push(
      `"tables.${group.filter(name => wanted.has(name)).sort()[0]}.keys": foreign keys connect it with ${missing.join(', ')}, which must be renumbered too: tables: { ${also} }`,
    )
  }
  return problems
}
