/** What a table looks like, apart from where it lives: equal shapes can share one table. */
import { createHash } from 'node:crypto'
import type { Table } from '../catalog.ts'
import { withoutSchema } from './names.ts'

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
      column.sequence === null ? own(column.default) : 'numbered',
      column.identity,
      own(column.generated),
      ...(column.virtual ? ['virtual'] : []),
      column.collation,
    ]),
    constraints: constraintTexts(table),
    indexes: table.indexes.map(index => indexText(index.definition, table.schema)).sort(),
  })
}

/** One text per constraint, without its name, sorted. */
export const constraintTexts = (table: Table): string[] =>
  table.constraints
    .map(constraint => [constraint.type, withoutSchema(constraint.definition, table.schema)].join(' '))
    .sort()

/** The index without its name and its table's schema. */
export const indexText = (definition: string, schema: string): string =>
  withoutSchema(definition, schema).replace(/ INDEX .*? ON (ONLY )?/, ' INDEX ON ')

/** A short, stable name for a value: the first 16 hex digits of SHA-256 over its JSON. */
export const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
