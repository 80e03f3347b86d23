/**
 * Table inheritance. Where children bring rows and nothing else (the partitions of before Postgres 10), they are part of
 * their table, as partitions are; every other family is told, for reading a parent gives the children's rows again. Pure.
 */
import type { Table } from './catalog.ts'

/** A table as it is listed. */
export type Relative = Pick<Table, 'rows' | 'bytes' | 'partition' | 'inherits' | 'parts'> & {
  readonly relation: number
  /** What it inherits from; null for a partition too. */
  readonly inheritedFrom: number | null
  /** Has no other parent, no column of its own, and nothing refers to it. */
  readonly isPart: boolean
}

/** The same tables; who is part of another says so, and a table with parts has their size. */
export function families<T extends Relative>(listed: readonly T[]): readonly T[] {
  const heirs = listed.filter(({ inheritedFrom }) => inheritedFrom !== null)
  if (heirs.length === 0) return listed
  const known = new Map(listed.map(one => [one.relation, one]))
  const rootOf = (one: T): T => {
    const parent = known.get(one.inheritedFrom ?? -1)
    return parent === undefined ? one : rootOf(parent)
  }
  const members = Map.groupBy(heirs, one => rootOf(one).relation)
  return listed.map(table => {
    const family = members.get(rootOf(table).relation) ?? []
    if (family.length === 0 || !family.every(({ isPart }) => isPart)) return table
    if (table.inheritedFrom !== null) return { ...table, partition: true }
    const all = [table, ...family]
    return {
      ...table,
      inherits: false,
      parts: family.length,
      rows: all.some(({ rows }) => rows < 0) ? -1 : sumOf(all.map(({ rows }) => rows)),
      bytes: sumOf(all.map(({ bytes }) => bytes)),
    }
  })
}

const sumOf = (sizes: readonly number[]) => sizes.reduce((sum, one) => sum + one, 0)
