/**
 * Rules of a table that inheriting tables are part of: Postgres holds its keys for its own rows alone, and not-null and
 * some checks too. In one plain table they hold for all rows, so all are asked. Pure.
 */
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Column, Constraint, Index, Table } from '../catalog/catalog.ts'
import type { Copy } from './columns.ts'
import { alike, type Demand, isUnchecked, type Places, questionOf } from './constraints.ts'

type Rules = {
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
}

/** @param major whose names the rules say */
export function partDemands(
  { tenant, place, table }: Copy,
  { columns, constraints, indexes }: Rules,
  major: Table,
  places: Places,
): Demand[] {
  const from = qualified(place, table.name)
  const demand = (what: string, query: string): Demand => ({
    tenant,
    reason: `rows of tables that inherit from it break ${what}`,
    query,
  })
  const own = new Set(table.columns.map(({ name }) => name))
  const rules = constraints.filter(one => one.type !== 'foreign' && !isUnchecked(one))
  return [
    ...columns
      .filter(({ name, notNull }) => notNull && own.has(name))
      .map(({ name }) => demand(`not null of ${name}`, `select from ${from} o where ${ident(name)} is null`)),
    ...rules.map(rule => {
      const ask = questionOf(rule, major)
      return demand(
        `${rule.type} ${rule.name} (${rule.definition})`,
        ask?.(from, tenant, places) ?? unanswerable,
      )
    }),
    ...indexes
      .filter(({ unique }) => unique)
      .map(index => demand(`unique index ${index.name}`, alike(index, major)(from, tenant, places))),
  ]
}

/** A rule that no query of ours can ask: nobody is taken to keep it. */
const unanswerable = 'select from (values (0)) nobody_knows'
