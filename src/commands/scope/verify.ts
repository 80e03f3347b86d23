/** `rowhouse verify` for a database that is scoped in place: as far as it came. */
import type { PlanRecord } from '../../engine/apply/state.ts'
import { phases } from '../../engine/scope/plan.ts'
import { recordScopeVerification, type ScopeReport, verifyScope } from '../../engine/scope/verify.ts'
import { withClient } from '../../postgres/connect.ts'
import type { Context } from '../command.ts'

export async function verifyPhases(context: Context, url: string, record: PlanRecord): Promise<number> {
  const report = await withClient(url, 'verify', async client => {
    const found = await verifyScope(client, record, context.listen)
    await recordScopeVerification(client, record.plan, found)
    return found
  })
  const { ok, phase, checks, mismatches, narrowed } = report
  const rows = [...report.rows.values()].reduce((sum, count) => sum + count, 0)
  context.result(
    {
      ok,
      phase,
      organizations: record.plan.organizations.length,
      tables: record.plan.tables.length,
      rows,
      checks,
      mismatches,
      narrowed,
    },
    asText(report, rows, record),
  )
  return ok ? 0 : 3
}

function asText(
  { ok, phase, checks, mismatches, narrowed }: ScopeReport,
  rows: number,
  { plan }: PlanRecord,
): string {
  const coming = phase === null ? phases[0] : phases[phases.indexOf(phase) + 1]
  return [
    `${ok ? 'verified' : 'DIFFERENT (RH130)'} after ${phase ?? 'nothing'}: ${rows} rows in ${plan.tables.length} tables of ${plan.organizations.length} organizations`,
    ...checks.map(
      ({ check, ok: holds, details, since }) =>
        `  ${holds ? 'ok      ' : phase !== null && phases.indexOf(phase) >= phases.indexOf(since) ? 'BROKEN  ' : 'not yet '}  ${check}: ${details}${holds || (phase !== null && phases.indexOf(phase) >= phases.indexOf(since)) ? '' : ` (comes with ${since})`}`,
    ),
    ...mismatches.map(
      ({ organization, table, reason }) =>
        `  ${[organization, table].filter(Boolean).join('  ') || 'database'}: ${reason}`,
    ),
    ...(narrowed.length === 0 ? [] : [`note: doors hide rows even from owners in ${narrowed.join(', ')}`]),
    ...(ok ? [coming === undefined ? 'next: rowhouse serve' : `next: rowhouse apply --phase ${coming}`] : []),
  ].join('\n')
}
