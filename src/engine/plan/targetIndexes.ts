/** One tenant's indexes, and what must be unique besides, → the shared table's. Pure. */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Index, Table } from '../catalog/catalog.ts'
import type { Namer } from '../shapes/namer.ts'
import { remarksOf } from '../shapes/remarks.ts'
import type { NamedDefinition, PlannedIndex } from './targetTable.ts'

/** Only btree indexes are led by the scope column: a uuid has no gin or gist operators without extensions. */
export function plannedIndex(
  index: Index,
  model: Table,
  lead: string,
  named: Namer,
  here: (text: string) => string,
): PlannedIndex {
  const head = `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${ident(index.name)} ON ${qualified(model.schema, model.name)} USING ${index.method} (`
  const start = index.definition.startsWith(head)
    ? head.length
    : index.definition.indexOf(` USING ${index.method} (`) + ` USING ${index.method} (`.length
  const rest = index.definition.slice(start)
  const before = index.method === 'btree' ? lead : ''
  const plain = index.columns.every(column => column !== null) && !index.partial && !/_ops/.test(rest)
  return {
    name: plain ? named(index.columns as string[], 'idx') : named.index(index.name),
    unique: index.unique,
    using: `${index.method} (${before}${here(rest)}`,
    ...remarksOf(index, before === '' ? 0 : 1),
  }
}

/**
 * What is unique besides: a number that is given out over all organizations, and a natural key. A number that tenants
 * may write themselves is not made unique over all: its refusal would tell of others' rows.
 */
export function moreKeys(
  { columns, constraints, indexes }: Table,
  renumbered: string | null,
  merge: readonly string[] | null,
  named: Namer,
): NamedDefinition[] {
  const isGivenOut = columns.some(({ name, sequence }) => name === renumbered && sequence !== null)
  const isThere = [
    ...constraints.filter(({ type }) => type === 'primary' || type === 'unique'),
    ...indexes.filter(({ unique, partial }) => unique && !partial),
  ].some(
    one => merge !== null && JSON.stringify([...one.columns].sort()) === JSON.stringify([...merge].sort()),
  )
  const wanted = [
    ...(renumbered !== null && isGivenOut ? [[renumbered]] : []),
    ...(merge !== null && !isThere ? [merge] : []),
  ]
  return wanted.map(list => ({ name: named(list, 'key'), definition: `unique (${idents(list)})` }))
}

/** `[a, b]` → `[a]`, `[a, b]`: what an index on (a, b) also serves. */
export const prefixes = (columns: readonly (string | null)[]): string[] =>
  columns.map((_, end) => JSON.stringify(columns.slice(0, end + 1)))
