/**
 * Rows that mean the same in several tenants become one, known by their natural key: first the map says which id each
 * tenant's row has now, then the rows that are not there yet come in, read through it. A step has some of the tenants,
 * and finds what the steps before it brought.
 */
import { ident, idents, literal } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { insertOf, sourceName } from '../shapes/reading.ts'
import { some } from '../shapes/sharedTypes.ts'
import { rowsSetting } from './copyRows.ts'
import { forget } from './numberKeys.ts'
import type { OperationType } from './operation.ts'

export type MergeRows = {
  readonly kind: 'merge_rows'
  readonly table: string
  /** The tenants' schemas. */
  readonly organizations: readonly string[]
}

export const mergeRows: OperationType<MergeRows> = Object.freeze({
  describe: (op, plan) => {
    const table = tableOf(plan, op.table)
    return `merge ${op.table} of ${some(op.organizations)} into ${nameOf(table)} by ${(table.merge ?? []).join(', ')}`
  },
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    return [...(mergedKey(table) === null ? [] : [mapping(op, plan, table)]), merging(op, plan, table)]
  },
  // The rows go with the table, whole and at once.
  down: (op, plan) => [forget(op, plan)],
  verify: () => null,
  lock: 'ACCESS SHARE on the source tables',
})

/** The column that gets new ids; null where the natural key is all there is. */
const mergedKey = ({ merge, key, columns }: PlannedTable): string | null =>
  merge !== null &&
  key.length === 1 &&
  columns.some(({ name, ids }) => name === key[0] && ids !== undefined && !merge.includes(name))
    ? (key[0] ?? null)
    : null

const columnOf = ({ columns }: PlannedTable, name: string) => {
  const column = columns.find(one => one.name === name)
  if (column === undefined) throw new Error(`the plan has no column ${name}`)
  return column
}

/** A row that is known by its natural key has its id already; the others get the next ones, in order. */
function mapping(op: MergeRows, plan: Plan, table: PlannedTable): string {
  const key = ident(mergedKey(table) ?? '')
  const by = (table.merge ?? []).map((_, at) => `k${at}`)
  const rows = op.organizations.map((schema, place) => {
    const { id } = organizationOf(plan, schema)
    const natural = (table.merge ?? []).map(
      (name, at) => `${insertOf(table, { id, schema }, columnOf(table, name), 's')} as k${at}`,
    )
    return `select ${place} as place, ${literal(id)}::uuid as organization, s.${key} as old_id, ${natural.join(', ')} from ${sourceName(table, schema)} s`
  })
  const same = (table.merge ?? []).map((name, at) => `t.${ident(name)} = old.k${at}`).join(' and ')
  return `with old as (
  ${rows.join('\n  union all\n  ')}
), placed as (
  select old.*, t.${key} as known from old left join ${nameOf(table)} t on ${same}
), fresh as (
  select ${by.join(', ')}, coalesce((select max(${key}) from ${nameOf(table)}), 0) + row_number() over (order by place, old_id) as new_id
  from (select distinct on (${by.join(', ')}) * from placed where known is null order by ${by.join(', ')}, place, old_id) first
)
insert into rowhouse.renumbered (table_name, organization_id, old_id, new_id, is_merged)
select ${literal(op.table)}, organization, old_id, coalesce(known, fresh.new_id), true
from placed left join fresh using (${by.join(', ')})`
}

/** What nobody brought before; of several tenants' the first one's. Counted by who brought it. */
function merging(op: MergeRows, plan: Plan, table: PlannedTable): string {
  const columns = table.columns.filter(({ generated }) => generated === null)
  const always = columns.some(({ identity }) => identity === 'always') ? ' overriding system value' : ''
  const names = idents(columns.map(({ name }) => name))
  const natural = idents(table.merge ?? [])
  const rows = op.organizations.map((schema, place) => {
    const { id } = organizationOf(plan, schema)
    const values = columns.map(
      column => `${insertOf(table, { id, schema }, column, 's')} as ${ident(column.name)}`,
    )
    return `select ${place} as "rowhouse place", ${literal(id)}::uuid as "rowhouse organization", ${values.join(', ')} from ${sourceName(table, schema)} s`
  })
  const same = (table.merge ?? []).map(name => `t.${ident(name)} = old.${ident(name)}`).join(' and ')
  return `with old as (
  ${rows.join('\n  union all\n  ')}
), first as (
  select distinct on (${natural}) * from old where not exists (select from ${nameOf(table)} t where ${same})
  order by ${natural}, "rowhouse place"
), copied as (
  insert into ${nameOf(table)} (${names})${always}
  select ${names} from first${table.key.length === 0 ? '' : ` order by ${idents(table.key)}`}
), counted as (
  select "rowhouse organization" as organization, count(*) as rows from first group by 1
)
select set_config('${rowsSetting}', coalesce(json_object_agg(organization, rows), '{}')::text, true) from counted`
}
