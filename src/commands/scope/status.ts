/** `rowhouse status` for a database that is scoped in place: phases, and how many rows each organization has. */
import type { PlanRecord } from '../../engine/apply/state.ts'
import { phases } from '../../engine/scope/plan.ts'
import { phaseProgress, phasesDone } from '../../engine/scope/progress.ts'
import { counted } from '../../engine/scope/verify.ts'
import { withClient } from '../../postgres/connect.ts'
import type { Context } from '../command.ts'

export async function statusOfPhases(context: Context, url: string, record: PlanRecord): Promise<number> {
  const { plan, done, id, startedAt, appliedAt, servedAt, backup, cancellingAt } = record
  const progress = phaseProgress(plan, done)
  const hasColumns = progress[0]?.done === progress[0]?.of
  const counts = hasColumns ? await withClient(url, 'inspect', client => counted(client, plan)) : new Map()
  const organizations = plan.organizations.map(({ id: organization, slug }) => ({
    organization: slug,
    rows: [...counts.values()].reduce((sum, byId) => sum + (byId.get(organization) ?? 0), 0),
  }))
  const coming = phases[phasesDone(plan, done).length]
  const next =
    cancellingAt !== null
      ? 'rowhouse cancel'
      : coming === undefined
        ? 'rowhouse serve'
        : `rowhouse apply --phase ${coming}`
  const width = Math.max(...organizations.map(({ organization }) => organization.length))
  context.result(
    { plan: id, kind: plan.kind, startedAt, appliedAt, servedAt, backup, phases: progress, organizations },
    [
      `plan ${id}: ${cancellingAt !== null ? 'being cancelled' : coming === undefined ? 'applied' : `up to ${phasesDone(plan, done).at(-1) ?? 'nothing'}`} (begun ${startedAt.toISOString()}, backup: ${backup ?? 'none named'})`,
      ...progress.map(
        ({ phase, done: steps, of }) =>
          `  ${phase.padEnd(8)}  ${of === 0 ? 'nothing to do' : `${steps}/${of} steps`}`,
      ),
      ...(hasColumns
        ? organizations.map(({ organization, rows }) => `  ${organization.padEnd(width)}  ${rows} rows`)
        : []),
      `next: ${next}`,
    ].join('\n'),
  )
  return 0
}
