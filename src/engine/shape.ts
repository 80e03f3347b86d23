/** What a table looks like, apart from where it lives: equal shapes can share one table. */
import { createHash } from 'node:crypto'
import { ident } from '../postgres/identifiers.ts'
import type { Table } from './catalog.ts'

/** Text that names objects of `schema` becomes text that two schemas can be compared by. */
export const withoutSchema = (text: string, schema: string): string =>
  text.replaceAll(`${ident(schema)}.`, '')

/**
 * The table as canonical text: columns in order, then constraints and indexes by name. Names of constraints are left
 * out where the definition says the same, because frameworks hash them differently from one migration to the next.
 */
export function shapeOf(table: Table): string {
  const own = (text: string | null) => (text === null ? null : withoutSchema(text, table.schema))
  return JSON.stringify({
    kind: table.kind,
    inherits: table.inherits,
    columns: table.columns.map(column => [
      column.name,
      own(column.type),
      column.notNull,
      own(column.default),
      column.identity,
      own(column.generated),
      column.collation,
    ]),
    constraints: table.constraints
      .map(constraint => [constraint.type, own(constraint.definition)].join(' '))
      .sort(),
    indexes: table.indexes
      .map(index => own(index.definition)?.replace(/ INDEX .*? ON /, ' INDEX ON '))
      .sort(),
  })
}

/** A short, stable name for a value: the first 16 hex digits of SHA-256 over its JSON. */
export const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
