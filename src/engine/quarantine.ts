/**
 * Rows that lead nowhere, where they stand now: beside their tables, found in the database and never in the plan. They are
 * compared with their source as all others are. Reads only.
 */
import type pg from 'pg'
import { ident, qualified } from '../postgres/identifiers.ts'
import type { Plan } from './plan.ts'
import { nameOf, type PlannedTable } from './targetTable.ts'

/** Rows of one organization and table that are in quarantine by one foreign key. */
export type Quarantined = {
  /** The slug. */
  readonly organization: string
  readonly table: string
  /** The table that they are in. */
  readonly quarantine: string
  readonly foreignKey: string
  readonly rows: number
}

/** The plan, whose tables know where more of their rows are. */
export async function withQuarantines(client: pg.ClientBase, plan: Plan): Promise<Plan> {
  // A core of before knows of none.
  const { rows: known } = await client.query<{ there: boolean }>(
    `select to_regclass('rowhouse.quarantines') is not null as there`,
  )
  if (!known[0]?.there) return plan
  const { rows } = await client.query<{ name: string; schema: string; quarantine: string }>(
    `select wanted.name, q.schema_name as schema, q.name as quarantine
from rowhouse.quarantines q join unnest($2::text[]) as wanted (name) on to_regclass(wanted.name) = to_regclass(q.table_name)
where q.plan_id = $1 and to_regclass(format('%I.%I', q.schema_name, q.name)) is not null`,
    [plan.id, plan.tables.map(nameOf)],
  )
  if (rows.length === 0) return plan
  const places = new Map(rows.map(({ name, schema, quarantine }) => [name, qualified(schema, quarantine)]))
  return {
    ...plan,
    tables: plan.tables.map(table => {
      const quarantine = places.get(nameOf(table))
      return quarantine === undefined ? table : { ...table, quarantine }
    }),
  }
}

/** @param plan as `withQuarantines` gives it */
export async function readQuarantined(client: pg.ClientBase, plan: Plan): Promise<Quarantined[]> {
  const found: Quarantined[] = []
  const slugs = new Map(plan.organizations.map(({ id, slug }) => [id, slug]))
  for (const table of plan.tables) {
    if (table.quarantine === undefined) continue
    const { rows } = await client.query<{ organization: string; foreignKey: string; rows: string }>(
      `select ${ident(plan.scopeColumn)}::text as organization, rowhouse_foreign_key as "foreignKey", count(*) as rows
from ${table.quarantine} group by 1, 2 order by 1, 2`,
    )
    for (const { organization, foreignKey, rows: count } of rows) {
      found.push({
        organization: slugs.get(organization) ?? organization,
        table: nameOf(table),
        quarantine: table.quarantine,
        foreignKey,
        rows: Number(count),
      })
    }
  }
  return found
}

/** `hr.orders`, or all of its rows wherever they stand, to be read from. */
export function everyRow(table: PlannedTable, { scopeColumn }: Pick<Plan, 'scopeColumn'>): string {
  if (table.quarantine === undefined) return nameOf(table)
  const columns = [scopeColumn, ...table.columns.map(({ name }) => name)].map(ident).join(', ')
  return `(select ${columns} from ${nameOf(table)} union all select ${columns} from ${table.quarantine})`
}

/** `acme  hr.orders: 3 rows lead nowhere by orders_customer_id_fkey, or …` */
export const quarantineLines = (quarantined: readonly Quarantined[]): string[] =>
  quarantined.map(
    ({ organization, table, quarantine, foreignKey, rows }) =>
      `note: in quarantine: ${organization}  ${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} by ${foreignKey}: ${quarantine}`,
  )
