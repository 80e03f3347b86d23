/**
 * Rows that lead nowhere, where they stand now: beside their tables, found in the database and never in the plan. They are
 * compared with their source as all others are. Reads only.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { some } from '../shapes/sharedTypes.ts'

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
  const { rows } = await client.query<{
    name: string
    schema: string
    quarantine: string
    reason: string
  }>(
    `select wanted.name, q.schema_name as schema, q.name as quarantine, q.reason_column as reason
from rowhouse.quarantines q join unnest($2::text[]) as wanted (name) on to_regclass(wanted.name) = to_regclass(q.table_name)
where q.plan_id = $1 and exists (
  select from pg_attribute a where a.attrelid = to_regclass(format('%I.%I', q.schema_name, q.name)) and a.attname = q.reason_column
)`,
    [plan.id, plan.tables.map(nameOf)],
  )
  if (rows.length === 0) return plan
  const places = new Map(
    rows.map(({ name, schema, quarantine, reason }) => [
      name,
      { name: qualified(schema, quarantine), reason },
    ]),
  )
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
      `select ${ident(plan.scopeColumn)}::text as organization, ${ident(table.quarantine.reason)} as "foreignKey", count(*) as rows
from ${table.quarantine.name} group by 1, 2 order by 1, 2`,
    )
    for (const { organization, foreignKey, rows: count } of rows) {
      found.push({
        organization: slugs.get(organization) ?? organization,
        table: nameOf(table),
        quarantine: table.quarantine.name,
        foreignKey,
        rows: Number(count),
      })
    }
  }
  return found
}

/** What the journal calls rows in quarantine, beside tables, when they were verified. */
export const quarantineKey = ({ table, foreignKey }: Pick<Quarantined, 'table' | 'foreignKey'>): string =>
  `in quarantine: ${table} ${foreignKey}`

/**
 * Nothing of the old schemas may go while rows that were in quarantine at the last verification are there no more.
 * @returns RH127, or null where all are there
 */
export async function lostQuarantines(client: pg.ClientBase, plan: Plan): Promise<RowhouseError | null> {
  const now = new Map(
    (await readQuarantined(client, await withQuarantines(client, plan))).map(one => [
      `${one.organization} ${quarantineKey(one)}`,
      one.rows,
    ]),
  )
  const slugs = new Map(plan.organizations.map(({ id, slug }) => [id, slug]))
  const { rows } = await client.query<{ id: string; key: string; rows: string }>(
    `select organization_id as id, d.key, d.value ->> 0 as rows
from rowhouse.journal j cross join jsonb_each(j.details) d
where j.plan_id = $1 and j.operation = 'verified' and starts_with(d.key, 'in quarantine: ')`,
    [plan.id],
  )
  const fewer = rows.filter(
    ({ id, key, rows: then }) => (now.get(`${slugs.get(id)} ${key}`) ?? 0) < Number(then),
  )
  if (fewer.length === 0) return null
  return new RowhouseError('RH127', {
    message: `rows are gone since they were verified, ${fewer.map(({ id, key }) => `${key} of ${slugs.get(id)}`).join(', ')}`,
    hint: 'they are in the old schemas still; see whether they came back to their table: rowhouse verify',
  })
}

/** `hr.orders`, or all of its rows wherever they stand, to be read from. */
export function everyRow(table: PlannedTable, { scopeColumn }: Pick<Plan, 'scopeColumn'>): string {
  if (table.quarantine === undefined) return nameOf(table)
  const columns = [scopeColumn, ...table.columns.map(({ name }) => name)].map(ident).join(', ')
  return `(select ${columns} from ${nameOf(table)} union all select ${columns} from ${table.quarantine.name})`
}

/** One line for each table and key: `12 rows of hr.orders by orders_customer_id_fkey (acme 3, brook 9): …`. */
export function quarantineLines(quarantined: readonly Quarantined[]): string[] {
  const groups = Map.groupBy(quarantined, ({ table, foreignKey }) => `${table} ${foreignKey}`)
  return [...groups.values()].map(group => {
    const rows = group.reduce((sum, one) => sum + one.rows, 0)
    const whose = some(group.map(one => `${one.organization} ${one.rows}`))
    const { table, foreignKey, quarantine } = group[0] as Quarantined
    return `note: in quarantine: ${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} by ${foreignKey} (${whose}): ${quarantine}`
  })
}
