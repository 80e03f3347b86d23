/** What an auditor is shown of a database that is scoped in place: each organization's rows, counted and hashed. */
import type pg from 'pg'
import type { Listener } from '../apply/events.ts'
import type { PlanRecord } from '../apply/state.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { Evidence } from '../report/report.ts'
import { targetTotals } from '../verify/totals.ts'
import { recordScopeVerification, verifyScope } from './verify.ts'

/** Verifies anew, and keeps what was found for status. Rows stayed where they were: there is no second copy to compare with. */
export async function evidenceInPlace(
  client: pg.ClientBase,
  record: Pick<PlanRecord, 'plan' | 'done'>,
  listen: Listener,
): Promise<Evidence> {
  const { plan } = record
  const report = await verifyScope(client, record, listen)
  await recordScopeVerification(client, plan, report)
  const compared = []
  for (const table of plan.tables) {
    const totals = await targetTotals(client, table, plan)
    for (const { id, slug } of plan.organizations) {
      const { count, sum } = totals.get(id) ?? { count: '0', sum: '0' }
      compared.push({
        table: nameOf(table),
        organization: slug,
        rows: Number(count),
        checksum: sum,
        equal: true,
      })
    }
  }
  return {
    ok: report.ok,
    rows: compared.reduce((all, { rows }) => all + rows, 0),
    compared,
    mismatches: report.mismatches,
  }
}
