/** An introspection without some of its columns, as if the tables had never had them. */
import type {
  Introspection,
  PgAttribute,
  PgConstraint,
} from 'postgraphile/graphile-build-pg/pg-introspection'
import { isKey, type ScopeColumns } from './scope.ts'

/** Takes scope columns out of attributes, keys and foreign keys, in place: what is left stands without them. */
export function hideScope(introspection: Introspection, columns: ScopeColumns): void {
  const isScope = (table: string, number: number | undefined) => columns.get(table)?.number === number

  for (const constraint of [...introspection.constraints]) {
    if (!shorten(constraint, isScope)) drop(introspection, constraint)
  }
  // A constraint can only repeat one of its own table; beside the served tables a database may have thousands.
  for (const alike of Map.groupBy(introspection.constraints, ({ conrelid }) => conrelid).values()) {
    let left = alike
    for (const constraint of alike) {
      if (!left.some(other => repeats(constraint, other))) continue
      drop(introspection, constraint)
      left = left.filter(other => other !== constraint)
    }
  }
  for (const attribute of introspection.attributes.filter(one => isScope(one.attrelid, one.attnum))) {
    forget(introspection, attribute)
  }
}

/** Takes other columns out, with every key that they are part of: without them it says something else. */
export function hideColumns(introspection: Introspection, hidden: ReadonlySet<PgAttribute>): void {
  for (const constraint of introspection.constraints.filter(isKey)) {
    const parts = [...(constraint.getAttributes() ?? []), ...foreignAttributes(constraint)]
    if (parts.some(attribute => hidden.has(attribute))) drop(introspection, constraint)
  }
  for (const index of introspection.indexes) {
    const keys = index.getKeys().map(key => (key != null && hidden.has(key) ? null : key))
    index.getKeys = () => keys
  }
  for (const attribute of hidden) forget(introspection, attribute)
}

/**
 * Takes out functions whose comment says that they are no part of the API (`@behavior -*`): PostGraphile would still make a
 * resource of each, and two of one name, or one of a table's name, end its start.
 */
export function hideFunctions(introspection: Introspection): void {
  for (const proc of [...introspection.procs]) {
    if (/^@behavior -\*$/m.test(proc.getDescription() ?? '')) remove(introspection.procs, proc)
  }
}

function forget(introspection: Introspection, attribute: PgAttribute): void {
  remove(introspection.attributes, attribute)
  remove(attribute.getClass()?.getAttributes() ?? [], attribute)
}

/** Asked of a key that is not foreign, the library complains on the console. */
const foreignAttributes = (constraint: PgConstraint): PgAttribute[] =>
  (constraint.contype === 'f' ? constraint.getForeignAttributes() : undefined) ?? []

type IsScope = (table: string, number: number | undefined) => boolean

/** @returns false when nothing is left of the constraint, or when it says only which organization a row is of. */
function shorten(constraint: PgConstraint, isScope: IsScope): boolean {
  const { conrelid, confrelid, conkey, confkey } = constraint
  if (conkey == null || !isKey(constraint)) return true
  const own = constraint.getAttributes() ?? []
  const foreign = foreignAttributes(constraint)
  const kept: number[] = []
  for (const [at, number] of conkey.entries()) {
    const here = isScope(conrelid ?? '0', number)
    const there = confkey != null && isScope(confrelid ?? '0', confkey[at])
    if (here && confkey != null && !there) return false
    if (!here && there) return false
    if (!here) kept.push(at)
  }
  if (kept.length === 0) return false
  if (kept.length === conkey.length) return true
  const pick = <T>(list: readonly T[]): T[] => kept.flatMap(at => (at < list.length ? [list[at] as T] : []))
  const [attributes, theirs] = [pick(own), pick(foreign)]
  constraint.conkey = pick(conkey)
  constraint.getAttributes = () => attributes
  if (confkey != null) {
    constraint.confkey = pick(confkey)
    constraint.getForeignAttributes = () => theirs
  }
  return true
}

/** Two constraints that were different become the same without the scope column: the earlier, or the primary, stays. */
function repeats(constraint: PgConstraint, other: PgConstraint): boolean {
  const kind = (of: PgConstraint) => (of.contype === 'f' ? 'f' : 'u')
  const same = (a: readonly number[] | null, b: readonly number[] | null) =>
    String(a ?? '') === String(b ?? '')
  return (
    constraint !== other &&
    isKey(constraint) &&
    isKey(other) &&
    kind(constraint) === kind(other) &&
    constraint.conrelid === other.conrelid &&
    constraint.confrelid === other.confrelid &&
    same(constraint.conkey, other.conkey) &&
    same(constraint.confkey, other.confkey) &&
    constraint.contype !== 'p' &&
    (other.contype === 'p' || other._id < constraint._id)
  )
}

function drop(introspection: Introspection, constraint: PgConstraint): void {
  remove(introspection.constraints, constraint)
  remove(constraint.getClass()?.getConstraints() ?? [], constraint)
  remove(constraint.getForeignClass()?.getForeignConstraints() ?? [], constraint)
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
