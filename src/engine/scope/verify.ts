/**
 * Is a database that is scoped in place whole, phase by phase: every row owned, as its rule says; references inside
 * one organization; indexes led; and, where the wall stands, nobody sees another's. Changes nothing, and may be asked
 * while the old application writes.
 */
import type pg from 'pg'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Listener } from '../apply/events.ts'
import type { PlanRecord } from '../apply/state.ts'
import { verifyQuery } from '../operations/index.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { Mismatch } from '../verify/compareRows.ts'
import { probing } from '../verify/probe.ts'
import { inTransaction } from '../verify/totals.ts'
import { parentOwnerOf } from './owner.ts'
import { type Phase, phases } from './plan.ts'
import { phasesDone } from './progress.ts'

export type IntegrityCheck = {
  readonly check: string
  readonly ok: boolean
  readonly faults: number
  readonly details: string
  /** The phase that makes it true; before that a fault is none. */
  readonly since: Phase
}

export type ScopeReport = {
  readonly ok: boolean
  /** The last phase that is done; null: none. */
  readonly phase: Phase | null
  readonly checks: readonly IntegrityCheck[]
  readonly mismatches: readonly Mismatch[]
  /** By organization's id: rows over all tables. */
  readonly rows: ReadonlyMap<string, number>
  readonly narrowed: readonly string[]
}

/** What each check waits for. */
const since: Readonly<Record<string, Phase>> = {
  rows_scoped: 'expand',
  references_inside: 'assign',
  indexes_led: 'index',
  policies_in_force: 'protect',
}

export async function verifyScope(
  client: pg.ClientBase,
  { plan, done }: Pick<PlanRecord, 'plan' | 'done'>,
  listen: Listener,
): Promise<ScopeReport> {
  const reached = phasesDone(plan, done)
  const has = (phase: Phase) => reached.includes(phase)
  const { rows } = await inTransaction(client, () =>
    client.query<{ check_name: string; ok: boolean; faults: string; details: string }>(
      `select * from ${qualified(plan.coreSchema, 'validate_client_data_integrity')}()`,
    ),
  )
  const checks = rows.map(row => ({
    check: row.check_name,
    ok: row.ok,
    faults: Number(row.faults),
    details: row.details,
    since: since[row.check_name] ?? 'expand',
  }))
  const counts = await counted(client, plan)
  const mismatches: Mismatch[] = [
    ...checks
      .filter(({ ok, since: phase }) => !ok && has(phase))
      .map(({ check, details }) => fault(`${check}: ${details}`)),
    // The last phase takes the rules away.
    ...(has('assign') && !has('enforce') ? await astray(client, plan) : []),
    ...(await operationFaults(client, plan, reached)),
  ]
  let narrowed: readonly string[] = []
  if (has('protect')) {
    const isolation = probing(plan, listen)
    await isolation.work(client)
    const probed = isolation.found(counts)
    // Rows that came meanwhile are no leak: the old application goes on.
    mismatches.push(
      ...(has('enforce')
        ? probed.mismatches
        : probed.mismatches.filter(({ reason }) => !/ rows, the organization has /.test(reason))),
    )
    narrowed = [...probed.narrowed]
    mismatches.push(...(await isolationFaults(client, has('enforce'))))
  }
  const total = new Map(plan.organizations.map(({ id }) => [id, 0]))
  for (const byOrganization of counts.values())
    for (const [id, count] of byOrganization) total.set(id, (total.get(id) ?? 0) + count)
  return {
    ok: mismatches.length === 0,
    phase: reached.at(-1) ?? null,
    checks,
    mismatches,
    rows: total,
    narrowed,
  }
}

const fault = (reason: string): Mismatch => ({ organization: null, table: null, key: null, reason })

/** Rows by table, by organization. */
export async function counted(client: pg.ClientBase, plan: Plan): Promise<Map<string, Map<string, number>>> {
  const found = new Map<string, Map<string, number>>()
  for (const table of plan.tables) {
    const { rows } = await inTransaction(client, () =>
      client.query<{ id: string; rows: string }>(
        `select ${ident(plan.scopeColumn)}::text as id, count(*) as rows from ${nameOf(table)} group by 1`,
      ),
    )
    found.set(nameOf(table), new Map(rows.map(row => [row.id, Number(row.rows)])))
  }
  return found
}

/** Rows whose rule says another organization than they have: only a parent's owner is followed after the first day. */
async function astray(client: pg.ClientBase, plan: Plan): Promise<Mismatch[]> {
  const found: Mismatch[] = []
  for (const table of plan.tables) {
    const wanted = parentOwnerOf(plan, table.source)
    if (wanted === null) continue
    const scope = `t.${ident(plan.scopeColumn)}`
    const { rows } = await inTransaction(client, () =>
      client.query<{ rows: string }>(
        `select count(*) as rows from ${nameOf(table)} t where ${scope} <> ${wanted}`,
      ),
    )
    const count = Number(rows[0]?.rows ?? 0)
    if (count > 0)
      found.push({
        organization: null,
        table: nameOf(table),
        key: null,
        reason: `${count} rows are not their parent's organization's`,
      })
  }
  return found
}

async function operationFaults(
  client: pg.ClientBase,
  plan: Plan,
  reached: readonly Phase[],
): Promise<Mismatch[]> {
  const found: Mismatch[] = []
  for (const operation of plan.operations) {
    // The core's own question is asked at the end, and people are in step at the end of a phase only.
    if (operation.kind === 'install_core' || !reached.includes(operation.phase ?? phases[0])) continue
    if (operation.kind === 'sync_identities' && !reached.includes('enforce')) continue
    const query = verifyQuery(operation, plan)
    if (query === null) continue
    const { rows } = await inTransaction(client, () =>
      client.query<{ fault: string }>(`select * from (${query}) q (fault)`),
    )
    found.push(...rows.map(row => fault(row.fault)))
  }
  return found
}

/** What the last phase makes true: until then the tables are the old application's, and its keys are in force. */
const atTheEnd = ['0010_wrong_owner', '0011_key_without_scope']

async function isolationFaults(client: pg.ClientBase, isEnforced: boolean): Promise<Mismatch[]> {
  const { rows } = await client.query<{ fault: string }>(
    `select check_name || ' ' || object || ': ' || detail as fault from app_private.isolation_faults
where not check_name = any ($1)`,
    [isEnforced ? [] : atTheEnd],
  )
  return rows.map(row => fault(row.fault))
}

/** Kept for status: rows and faults by organization. */
export async function recordScopeVerification(
  client: pg.ClientBase,
  plan: Plan,
  report: ScopeReport,
): Promise<void> {
  await client.query(
    `insert into rowhouse.verifications (plan_id, organization_id, rows, mismatches)
select ${literal(plan.id)}, * from unnest($1::uuid[], $2::bigint[], $3::bigint[])
on conflict (plan_id, organization_id) do update
  set rows = excluded.rows, mismatches = excluded.mismatches, verified_at = clock_timestamp()`,
    [
      [...report.rows.keys()],
      [...report.rows.values()],
      [...report.rows.keys()].map(() => report.mismatches.length),
    ],
  )
}
