/**
 * A table of the shared schema as if it were the tenant's who reads it there: names of what tenants have in their own
 * schemas become the tenant's, and names of what is shared (an extension's types, look-up tables) stay. Pure.
 */
import { qualified } from '../../postgres/identifiers.ts'
import type { Column, Constraint, Table } from '../catalog/catalog.ts'
import { renameIn } from './names.ts'

/** @param own tables and types that tenants have in their schemas, by bare name */
export function standIn(table: Table, tenant: string, own: ReadonlySet<string>): Table {
  const there = (text: string) =>
    renameIn(text, table.schema, object => qualified(own.has(object) ? tenant : table.schema, object))
  const thereOrNull = (text: string | null) => (text === null ? null : there(text))
  const column = (one: Column): Column => {
    const type = there(one.type)
    return {
      ...one,
      type,
      typeSchema: type === one.type ? one.typeSchema : tenant,
      default: one.sequence === null ? thereOrNull(one.default) : one.default,
      generated: thereOrNull(one.generated),
      collation: thereOrNull(one.collation),
    }
  }
  const constraint = (one: Constraint): Constraint => ({
    ...one,
    definition: there(one.definition),
    references:
      one.references?.schema === table.schema && own.has(one.references.table)
        ? { ...one.references, schema: tenant }
        : one.references,
  })
  return {
    ...table,
    schema: tenant,
    columns: table.columns.map(column),
    constraints: table.constraints.map(constraint),
    indexes: table.indexes.map(index => ({
      ...index,
      definition: there(
        index.definition.replace(qualified(table.schema, table.name), qualified(tenant, table.name)),
      ),
    })),
  }
}
