/** What a table looks like, apart from where it lives: equal shapes can share one table. */
import { createHash } from 'node:crypto'
import type { Table } from '../catalog/catalog.ts'
import { formOf } from '../catalog/tableForms.ts'
import { drawnText } from './drawing.ts'
import { withoutSchema } from './names.ts'

/**
 * The table as canonical text: columns in order, then constraints and indexes by name. Names of constraints are left
 * out where the definition says the same, because frameworks hash them differently from one migration to the next.
 */
export function shapeOf(table: Table): string {
  const form = formOf(table)
  if (form === null) return written(table)
  const known = shapes.get(form)
  if (known !== undefined) return known
  const shape = written(table)
  shapes.set(form, shape)
  return shape
}

/** A shape is worked out once for all tables of a form. */
const shapes = new WeakMap<object, string>()

function written(table: Table): string {
  const own = (text: string | null) => (text === null ? null : withoutSchema(text, table.schema))
  return JSON.stringify({
    kind: table.kind,
    inherits: table.inherits,
    columns: table.columns.map(column => [
      column.name,
      own(column.type),
      column.notNull,
      column.sequence === null ? own(column.default) : drawnText(column),
      column.identity,
      own(column.generated),
      ...(column.virtual ? ['virtual'] : []),
      own(column.collation),
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

/** The same name for lists that are not to be held in memory as one text: of 20,000 tables it has 30 MB. */
export function digestOfLists(...lists: readonly (readonly (() => unknown)[])[]): string {
  const hash = createHash('sha256')
  for (const [at, list] of lists.entries()) {
    hash.update(at === 0 ? '[[' : ',[')
    let isFirst = true
    for (const one of list) {
      hash.update(`${isFirst ? '' : ','}${JSON.stringify(one())}`)
      isFirst = false
    }
    hash.update(']')
  }
  return hash.update(']').digest('hex').slice(0, 16)
}
