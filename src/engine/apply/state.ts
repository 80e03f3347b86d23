/** Where things stand, from data and never from configuration: the plans and the journal in the database. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { withClient } from '../../postgres/connect.ts'
import { ident } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import { copyUnits, type Operation, unitsOf } from '../operations/index.ts'
import type { Organization, Plan } from '../plan/plan.ts'
import { hasRows } from '../shapes/reading.ts'
import { quarantineKey } from '../verify/quarantine.ts'
import type { Report } from '../verify/verify.ts'
import { isDone, phaseOf } from './render.ts'

export type PlanRecord = {
  readonly id: string
  readonly plan: Plan
  readonly backup: string | null
  readonly startedAt: Date
  readonly appliedAt: Date | null
  readonly servedAt: Date | null
  /** When cancel began, and did not come to its end. */
  readonly cancellingAt: Date | null
  /** The units that are done. */
  readonly done: ReadonlySet<string>
  readonly rows: ReadonlyMap<string, number>
  readonly verified: ReadonlyMap<
    string,
    { readonly rows: number; readonly mismatches: number; readonly at: Date }
  >
}

/** The journal's name for a schema that is gone. */
export const dropUnit = (schema: string): string => `drop_schema ${ident(schema)}`

/** The journal's name for what an organization's old tables had when they were found equal: count and sum by new table. */
export const verifiedUnit = (schema: string): string => `verified ${ident(schema)}`

/** Organizations whose old schema is still there. */
export const uncompleted = ({ plan, done }: PlanRecord): Organization[] =>
  plan.organizations.filter(({ schema }) => !done.has(dropUnit(schema)))

/** The plan that is at work or was applied last; null where none ever was, or it was cancelled. */
export async function readState(client: pg.ClientBase): Promise<PlanRecord | null> {
  return readOnly(client, async () => {
    const { rows: exists } = await client.query<{ there: boolean }>(
      `select to_regclass('rowhouse.verifications') is not null as there`,
    )
    if (!exists[0]?.there) return null
    const { rows } = await client.query<{
      id: string
      plan: Plan
      backup: string | null
      startedAt: Date
      appliedAt: Date | null
      servedAt: Date | null
      cancellingAt: Date | null
    }>(`select id, plan, backup, started_at as "startedAt", applied_at as "appliedAt", served_at as "servedAt", cancelling_at as "cancellingAt"
from rowhouse.plans where cancelled_at is null order by started_at desc limit 1`)
    const [record] = rows
    if (record === undefined) return null
    const journal = await client.query<{ step: string; organization: string | null; rows: string | null }>(
      `select step, organization_id as organization, rows from rowhouse.journal where plan_id = $1`,
      [record.id],
    )
    const verified = await client.query<{ organization: string; rows: string; mismatches: string; at: Date }>(
      `select organization_id as organization, rows, mismatches, verified_at as at from rowhouse.verifications where plan_id = $1`,
      [record.id],
    )
    return {
      ...record,
      done: new Set(journal.rows.map(row => row.step)),
      rows: new Map(journal.rows.map(row => [row.step, Number(row.rows ?? 0)])),
      verified: new Map(
        verified.rows.map(row => [
          row.organization,
          { rows: Number(row.rows), mismatches: Number(row.mismatches), at: row.at },
        ]),
      ),
    }
  })
}

export type OrganizationState = {
  readonly organization: string
  readonly schema: string
  readonly state: 'discovered' | 'copying' | 'copied' | 'verified' | 'differs' | 'blocked' | 'completed'
  /** Tables copied, of how many. */
  readonly copied: number
  readonly tables: number
  readonly rows: number
  /** Why it is blocked. */
  readonly reason: string | null
}

/** Each organization's state, worked out from the journal. */
export const organizationStates = (record: PlanRecord): OrganizationState[] =>
  record.plan.kind === 'single' ? statesInPlace(record) : statesOfFold(record)

/** Rows are where they were; what is known of an organization is what was verified last. */
const statesInPlace = ({ plan, verified }: PlanRecord): OrganizationState[] =>
  plan.organizations.map(({ id, slug, schema }) => {
    const found = verified.get(id)
    return {
      organization: slug,
      schema,
      state: found === undefined ? 'discovered' : found.mismatches > 0 ? 'differs' : 'verified',
      copied: plan.tables.length,
      tables: plan.tables.length,
      rows: found?.rows ?? 0,
      reason: null,
    }
  })

function statesOfFold({ plan, done, rows, verified }: PlanRecord): OrganizationState[] {
  const unitsOfTable = copyUnits(plan)
  const moved = plan.organizations.map(({ id, slug, schema }): OrganizationState => {
    const copies = plan.tables
      .filter(table => hasRows(table, schema))
      .map(table => unitsOfTable(table.source, schema))
    const begun = copies.flat().filter(unit => done.has(unit))
    const copied = copies.filter(units => units.every(unit => done.has(unit)))
    const verification = verified.get(id)
    return {
      organization: slug,
      schema,
      state: done.has(dropUnit(schema))
        ? 'completed'
        : verification
          ? verification.mismatches > 0
            ? 'differs'
            : 'verified'
          : begun.length === 0
            ? 'discovered'
            : copied.length < copies.length || !done.has('finish')
              ? 'copying'
              : 'copied',
      copied: copied.length,
      tables: copies.length,
      rows: begun.reduce((sum, unit) => sum + (rows.get(unit) ?? 0), 0),
      reason: null,
    }
  })
  const blocked = plan.blocked.map(
    ({ schema, reason }): OrganizationState => ({
      organization: schema,
      schema,
      state: 'blocked',
      copied: 0,
      tables: plan.tables.length,
      rows: 0,
      reason,
    }),
  )
  return [...moved, ...blocked]
}

/** How many of the plan's steps are done, of how many. */
export const stepsDone = ({
  plan,
  done,
}: Pick<PlanRecord, 'plan' | 'done'>): { done: number; of: number } => ({
  done: plan.operations.filter(one => isDone({ units: unitsOf(one) }, done)).length,
  of: plan.operations.length,
})

/** Keeps what verify found, so that status can tell it. */
export async function recordVerification(
  client: pg.ClientBase,
  plan: Plan,
  { perOrganization, compared, quarantined }: Pick<Report, 'perOrganization' | 'compared' | 'quarantined'>,
): Promise<void> {
  const entries = [...perOrganization]
  await client.query(
    `insert into rowhouse.verifications (plan_id, organization_id, rows, mismatches)
select $1, * from unnest($2::uuid[], $3::bigint[], $4::bigint[])
on conflict (plan_id, organization_id) do update
  set rows = excluded.rows, mismatches = excluded.mismatches, verified_at = clock_timestamp()`,
    [
      plan.id,
      entries.map(([id]) => id),
      entries.map(([, of]) => of.rows),
      entries.map(([, of]) => of.mismatches),
    ],
  )
  // What the old tables had: complete drops them only as long as that is what they have.
  const totals = Map.groupBy(compared, ({ organization }) => organization)
  const away = Map.groupBy(quarantined, ({ organization }) => organization)
  const verified = plan.organizations.map(({ id, schema, slug }) => ({
    step: verifiedUnit(schema),
    id,
    details: {
      ...Object.fromEntries(
        (totals.get(slug) ?? []).map(one => [one.table, [String(one.rows), one.checksum]]),
      ),
      // Nobody writes there: fewer of them are rows that are gone.
      ...Object.fromEntries((away.get(slug) ?? []).map(one => [quarantineKey(one), [String(one.rows)]])),
    },
  }))
  await client.query(
    `insert into rowhouse.journal (plan_id, step, operation, organization_id, object, details)
select $1, step, 'verified', id, null, details from json_to_recordset($2) as v (step text, id uuid, details jsonb)
on conflict (plan_id, step) do update set details = excluded.details, created_at = excluded.created_at`,
    [plan.id, JSON.stringify(verified)],
  )
}

/** Kept beside the journal, so that migration_log can say what failed and why. It must not hide the failure itself. */
export async function recordFailure(
  url: string,
  { id }: Pick<Plan, 'id'>,
  { name, operation, object }: { name: string; operation: Operation; object: string | null },
  error: unknown,
): Promise<void> {
  const { code, message, detail, hint } =
    error instanceof RowhouseError ? error : { code: null, message: String(error), detail: null, hint: null }
  await withClient(url, 'journal', client =>
    client.query(
      `insert into rowhouse.attempts (plan_id, step, phase, operation, object, status, details)
select id, $2, $3, $4, $5, 'failed', $6 from rowhouse.plans where id = $1`,
      [id, name, phaseOf(operation), operation.kind, object, JSON.stringify({ code, message, detail, hint })],
    ),
  ).catch(() => {})
}

/** From now on the target's rows are the application's: a comparison says "changed since". Only the first time counts. */
export async function recordServing(client: Pick<pg.Pool, 'query'>): Promise<void> {
  await client.query(
    `update rowhouse.plans set served_at = clock_timestamp() where applied_at is not null and served_at is null and cancelled_at is null`,
  )
}
