/**
 * What a relation is called where the column says more than the table: `employeesBySupervisor` instead of
 * `employeesBySupervisorId`, `approvedPayrollRuns` for `approved_by_id`, `department` for a `department_code` that
 * refers to a code. Only names that would end in `By…` are changed, and never into the name of a column; where the
 * short name is a column's already, the relation gets a long one, or it would be in no type at all.
 */
import '@graphile/simplify-inflection'
import type { PgCodecRelation } from 'postgraphile/@dataplan/pg'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RelationNamesPlugin: true
    }
  }
}

type Details = Parameters<GraphileBuild.Inflection['singleRelation']>[0]
type Columns = Readonly<Record<string, unknown>>

const relationOf = ({ registry, codec, relationName }: Details): PgCodecRelation =>
  registry.pgRelations[codec.name]?.[relationName] as PgCodecRelation

/** What the column calls the row that it refers to: `supervisor_id` → `supervisor`; null where it says nothing more. */
function roleOf(
  from: readonly (string | number | symbol)[],
  to: readonly (string | number | symbol)[],
  columns: Columns,
): string | null {
  const [column, ...others] = from.map(String)
  if (column === undefined || others.length > 0) return null
  const suffix = [`_${String(to[0])}`, '_id'].find(end => column.endsWith(end) && column !== end)
  const role = suffix === undefined ? null : column.slice(0, -suffix.length)
  // Where `department` or `department_id` is a column as well, the short name is that one's.
  return role === null || role in columns || (suffix !== '_id' && `${role}_id` in columns) ? null : role
}

/** `payroll-runs` and `approved_by` → `approved-payroll-runs`; `employees` and `supervisor` → `employees-by-supervisor`. */
function opposite(rows: string, role: string): string {
  const done = /^(.+ed)_by$/.exec(role)?.[1]
  return done === undefined ? `${rows}-by-${role}` : `${done}-${rows}`
}

const isLong = (name: string | undefined): name is string => /[a-z]By[A-Z]/.test(name ?? '')

export const RelationNamesPlugin: GraphileConfig.Plugin = {
  name: 'RelationNamesPlugin',
  description: 'Names relations after what their column says',
  after: ['PgSimplifyInflectionPlugin'],
  inflection: {
    replace: {
      singleRelation(previous, _preset, details) {
        const given = previous?.(details) ?? ''
        const { localAttributes, remoteAttributes } = relationOf(details)
        const role = roleOf(localAttributes, remoteAttributes, details.codec.attributes)
        const name = role === null || !isLong(given) ? given : this.camelCase(role)
        if (!Object.keys(details.codec.attributes).some(column => this.camelCase(column) === name))
          return name
        const row = this._singularizedCodecName(relationOf(details).remoteResource.codec)
        return this.camelCase(`${row}-by-${localAttributes.map(String).join('-and-')}`)
      },
      singleRelationBackwards(previous, _preset, details) {
        const given = previous?.(details) ?? ''
        const { localAttributes, remoteAttributes, remoteResource } = relationOf(details)
        const role = roleOf(remoteAttributes, localAttributes, remoteResource.codec.attributes ?? {})
        if (role === null || !isLong(given)) return given
        return this.camelCase(opposite(this._singularizedCodecName(remoteResource.codec), role))
      },
      _manyRelation(previous, _preset, details) {
        const given = previous?.(details) ?? ''
        const { localAttributes, remoteAttributes, remoteResource } = relationOf(details)
        const role = roleOf(remoteAttributes, localAttributes, remoteResource.codec.attributes ?? {})
        if (role === null || !isLong(given)) return given
        const rows = this.distinctPluralize(this._singularizedCodecName(remoteResource.codec))
        return this.camelCase(this._baseNameMatches(role, details.codec.name) ? rows : opposite(rows, role))
      },
    },
  },
}
