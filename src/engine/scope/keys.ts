/** Which keys of a customer's tables are replaced by their counterparts through the scope column, and which stay. Pure. */
import type { Constraint, ForeignReference, Table } from '../catalog/catalog.ts'
import type { TableName } from '../plan/targetTable.ts'
import type { ScopeSpec } from './spec.ts'

export const placeOf = ({ schema, name }: TableName): string => JSON.stringify([schema, name])

/** A key, whatever the order of its columns. */
export const keyText = (columns: readonly (string | null)[]): string => JSON.stringify(columns.toSorted())

/** Whether a foreign key gets a counterpart through the scope column, and goes in the end. */
export const isReplaced = (
  { type, columns, references: to }: Constraint,
  { spec, scoped }: { readonly spec: ScopeSpec; readonly scoped: ReadonlyMap<string, Table> },
): boolean => {
  const parent = to && scoped.get(placeOf({ schema: to.schema, name: to.table }))
  return (
    type === 'foreign' &&
    spec.compositeKeys &&
    to !== null &&
    parent != null &&
    !to.onUpdate.startsWith('set') &&
    !to.matchFull &&
    columns.length > 0 &&
    leadable(parent, to, spec)
  )
}

/** Whether what the key leans on has a unique counterpart that is led by the scope column. */
function leadable(parent: Table, { columns }: ForeignReference, { tables }: ScopeSpec): boolean {
  const wanted = JSON.stringify(columns)
  const decision = tables.find(({ schema, name }) => schema === parent.schema && name === parent.name)
  return (
    !decision?.global.some(one => JSON.stringify(one) === wanted) &&
    (parent.constraints.some(
      ({ type, columns: own, deferrable }) =>
        (type === 'primary' || type === 'unique') && !deferrable && JSON.stringify(own) === wanted,
    ) ||
      parent.indexes.some(
        ({ unique, partial, columns: own }) => unique && !partial && JSON.stringify(own) === wanted,
      ))
  )
}
