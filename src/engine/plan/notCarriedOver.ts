/** What of the old schemas is not in the new ones, with its definition: for the report, and for whoever drops them. Pure. */
import type { Catalog, OtherObject, Table } from '../catalog/catalog.ts'
import { nameIn } from '../code/groups.ts'
import type { LeftIndex } from '../code/needed.ts'
import { indexText } from '../shapes/shape.ts'
import { carriedOver, type Plan } from './plan.ts'

/** Code, rights, loose sequences and indexes of the old schemas that are not one for all now. */
export function notCarriedOver(
  { others, tables }: Pick<Catalog, 'others' | 'tables'>,
  plan: Plan,
): OtherObject[] {
  const schemas = new Set(plan.organizations.map(({ schema }) => schema))
  const collations = plan.types.filter(({ kind }) => kind === 'collation')
  const carried = new Set([...carriedOver(plan), ...collations.map(({ source }) => `collation ${source}`)])
  const left = new Map(plan.tables.map(({ source, leftIndexes = [] }) => [source, leftIndexes]))
  return [
    ...others.filter(other => schemas.has(other.schema) && !carried.has(`${other.kind} ${nameIn(other)}`)),
    ...tables
      .filter(({ schema, name }) => schemas.has(schema) && (left.get(name) ?? []).length > 0)
      .flatMap(table => indexesLeft(table, left.get(table.name) ?? [])),
  ]
}

/** The reason stands in front of the definition, as a comment. */
const indexesLeft = ({ schema, name, indexes }: Table, left: readonly LeftIndex[]): OtherObject[] =>
  indexes.flatMap(index => {
    const same = left.find(({ text }) => text === indexText(index.definition, schema))
    if (same === undefined) return []
    const definition = `-- ${same.why}\n${index.definition}`
    return [{ schema, name: `${index.name} on ${name}`, kind: 'index', definition, about: null }]
  })
