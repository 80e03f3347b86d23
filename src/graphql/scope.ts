/**
 * What an introspection says about tenancy: which columns are no part of the API. Values only, no database here.
 */
import {
  entityPermissions,
  type Introspection,
  type PgAttribute,
  type PgClass,
  type PgConstraint,
} from 'postgraphile/graphile-build-pg/pg-introspection'

/** Table oid → its scope column. */
export type ScopeColumns = ReadonlyMap<string, { readonly number: number; readonly name: string }>

/** The wall's name (db/README.md). The core table of the organizations carries one too, over its own key. */
const wall = 'organization_isolation'

/**
 * Finds the column that each wall compares. The table of the organizations has a wall too, over its own key: that is
 * no scope column and stays in sight.
 * @throws Error when a wall compares no column or several: such a table cannot be served safely.
 */
export function scopeColumns(introspection: Introspection): ScopeColumns {
  const columns = new Map<string, { number: number; name: string }>()
  for (const policy of introspection.policies) {
    if (policy.polname !== wall) continue
    const table = introspection.getClass({ id: policy.polrelid })
    if (table === undefined) continue
    const [number, ...others] = columnsOf(policy.polqual ?? '')
    const attribute = table.getAttributes().find(candidate => candidate.attnum === number)
    if (number === undefined || others.length > 0 || attribute === undefined) {
      throw new Error(`the policy ${wall} on ${table.relname} does not compare one column`)
    }
    if (isTheOrganization(table, number)) continue
    columns.set(table._id, { number, name: attribute.attname })
  }
  return columns
}

/** Its key is the compared column, and refers to nothing. (One row of settings per organization refers to it.) */
function isTheOrganization(table: PgClass, number: number): boolean {
  const over = (type: string) =>
    table
      .getConstraints()
      .some(({ contype, conkey }) => contype === type && String(conkey) === String([number]))
  return over('p') && !over('f')
}

/** The columns of the policy's own table in an expression tree (pg_node_tree: Vars of level 0; sub-selects are deeper). */
function columnsOf(tree: string): number[] {
  const vars = tree.matchAll(/\{VAR [^}]*?:varattno (\d+) [^}]*?:varlevelsup 0\b/g)
  return [...new Set([...vars].map(([, number]) => Number(number)))]
}

/**
 * Columns of walled tables that the introspecting login may do nothing with: secrets. PostGraphile leaves their
 * fields out by itself, but its plugins would still count them.
 */
export function ungrantedColumns(introspection: Introspection): ReadonlySet<PgAttribute> {
  const role = introspection.getCurrentUser()
  if (role === undefined) throw new Error('the introspection does not say who made it')
  const mayNothing = (entity: PgAttribute | PgClass) => {
    const { select, insert, update } = entityPermissions(introspection, entity, role, true)
    return !select && !insert && !update
  }
  const hidden = new Set<PgAttribute>()
  for (const policy of introspection.policies.filter(({ polname }) => polname === wall)) {
    const table = introspection.getClass({ id: policy.polrelid })
    if (table === undefined || !mayNothing(table)) continue
    const ungranted = table.getAttributes().filter(mayNothing)
    // A table of which nothing is granted is left out as a whole, without our doing.
    if (ungranted.length === table.getAttributes().length) continue
    for (const attribute of ungranted) hidden.add(attribute)
  }
  return hidden
}

/** `schema.table.constraint` → column names, of every key and foreign key there is. */
export function constraintColumns(introspection: Introspection): Map<string, readonly string[]> {
  const columns = new Map<string, readonly string[]>()
  for (const constraint of introspection.constraints) {
    const table = constraint.getClass()
    if (table === undefined || !isKey(constraint)) continue
    const names = (constraint.getAttributes() ?? []).map(({ attname }) => attname)
    columns.set(`${table.getNamespace()?.nspname}.${table.relname}.${constraint.conname}`, names)
  }
  return columns
}

export const isKey = ({ contype }: PgConstraint): boolean => ['p', 'u', 'f'].includes(contype)
