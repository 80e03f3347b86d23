/** What the column is called that carries the organization, where the spec does not say. Pure. */
import type { Table } from '../catalog/catalog.ts'
import { some } from '../shapes/sharedTypes.ts'
import type { Hazard } from './hazards.ts'

/** In the order of preference: the names that users of this pattern know. */
const usual = ['organization_id', 'tenant_id', 'client_id', 'scope_organization_id']

/** @param tables those that get the column, of every tenant */
export function chooseScopeColumn(tables: readonly Table[]): {
  readonly name: string
  readonly notes: readonly Hazard[]
} {
  const taken = new Map<string, Set<string>>()
  for (const { name: table, columns } of tables) {
    for (const { name } of columns) taken.set(name, (taken.get(name) ?? new Set()).add(table))
  }
  const [first = ''] = usual
  let name = usual.find(one => !taken.has(one))
  for (let at = 2; name === undefined; at++) name = taken.has(`${first}_${at}`) ? undefined : `${first}_${at}`
  const owners = [...(taken.get(first) ?? [])].sort()
  if (name === first) return { name, notes: [] }
  return {
    name,
    notes: [
      {
        code: 'scope-column-taken',
        object: first,
        detail: `is a column of ${owners.length === 1 ? owners[0] : some(owners)} already: the scope column is ${name}`,
        hint: `nothing to do, or another name in the spec: scope_column`,
        blocks: false,
      },
    ],
  }
}
