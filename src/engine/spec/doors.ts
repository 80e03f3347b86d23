/** Who may do what inside an organization, table by table: found by name and along foreign keys, or as the spec says. */
import pluralize from 'pluralize'
import type { Table } from '../catalog/catalog.ts'
import { looksPrivate } from './naming.ts'

/**
 * - `members`: everybody reads, everybody but a viewer writes
 * - `administrators`: everybody reads, owners and admins write
 * - `private`: owners and admins read and write; a person reads what is about that person
 */
export type Doors = 'members' | 'administrators' | 'private'

/** One foreign key on the way from a table to the table of people who sign in. */
export type Hop = { readonly column: string; readonly table: string; readonly key: string }

/** What a table gets when the spec says nothing. */
export const guessDoors = (table: string, identities: string | null): Doors =>
  table === identities ? 'administrators' : looksPrivate(table) ? 'private' : 'members'

/**
 * The shortest way along single-column foreign keys from a table's row to the person it is about: a payslip's
 * employee, that employee's user. Only keys that are named after the table they refer to say whose a row is:
 * `employee_id`, never `approved_by_id`, however short that way would be. Null where there is no way.
 */
export function ownPath(
  source: string,
  identities: string | null,
  models: ReadonlyMap<string, Table>,
): readonly Hop[] | null {
  if (identities === null) return null
  const queue: { table: string; path: readonly Hop[] }[] = [{ table: source, path: [] }]
  const seen = new Set([source])
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const hop of hops(models.get(next.table)).filter(isNamedAfter)) {
      const path = [...next.path, hop]
      if (hop.table === identities) return path
      if (seen.has(hop.table)) continue
      seen.add(hop.table)
      queue.push({ table: hop.table, path })
    }
  }
  return null
}

/** The columns of a path, as the spec writes it: `employee_id.user_id`. */
export const pathText = (path: readonly Hop[]): string => path.map(hop => hop.column).join('.')

/** The path that the columns describe; null where one of them is no foreign key, or they lead elsewhere. */
export function pathOf(
  text: string,
  source: string,
  identities: string | null,
  models: ReadonlyMap<string, Table>,
): readonly Hop[] | null {
  const path: Hop[] = []
  let table = source
  for (const column of text.split('.')) {
    const hop = hops(models.get(table)).find(candidate => candidate.column === column)
    if (hop === undefined) return null
    path.push(hop)
    table = hop.table
  }
  return table === identities ? path : null
}

function hops(table: Table | undefined): Hop[] {
  return (table?.constraints ?? []).flatMap(({ type, columns, references }): Hop[] => {
    const [column] = columns
    const [key] = references?.columns ?? []
    if (type !== 'foreign' || columns.length !== 1 || references?.schema !== table?.schema) return []
    return column !== undefined && key !== undefined && references
      ? [{ column, table: references.table, key }]
      : []
  })
}

/** `employee_id` → `employees_employee`, `employee`, `employees`. */
function isNamedAfter({ column, table }: Hop): boolean {
  const name = column.replace(/_id$/, '')
  return [name, pluralize(name)].some(called => table === called || table.endsWith(`_${called}`))
}
