/** `rowhouse apply` for a database that is scoped in place: phase by phase, while the old application goes on. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { apply as applyPlan } from '../../engine/apply/apply.ts'
import { readState } from '../../engine/apply/state.ts'
import type { Plan } from '../../engine/plan/plan.ts'
import type { Prepared } from '../../engine/plan/prepare.ts'
import { observe } from '../../engine/scope/activity.ts'
import { checkOwners, readOwners } from '../../engine/scope/ownersGiven.ts'
import { type Phase, phases } from '../../engine/scope/plan.ts'
import { phaseProgress, phasesDone } from '../../engine/scope/progress.ts'
import { RowhouseError } from '../../errors.ts'
import { databaseOf, withClient } from '../../postgres/connect.ts'
import type { Context } from '../command.ts'
import { phaseOption } from './phase.ts'

/** Without `--phase`: all that the old application does not notice. */
const usual: Phase = 'protect'

export async function applyPhases(
  context: Context,
  options: Readonly<Record<string, unknown>>,
  url: string,
  { plan, ...prepared }: Prepared,
): Promise<number> {
  const until = phaseOption(options.phase, 'apply') ?? usual
  const before = prepared.stage === 'new' ? new Set<string>() : prepared.record.done
  const reached = phasesDone(plan, before)
  const owners = options.owners as string | undefined
  if (reached.includes(until) && owners === undefined) {
    context.result(
      { plan: plan.id, state: 'applied', phase: until, phases: phaseProgress(plan, before), steps: 0 },
      `phase ${until} of plan ${plan.id} was applied already: nothing to do\n${next(plan, before)}`,
    )
    return 0
  }
  if (owners !== undefined) await checkOwners(plan, owners)
  const coming = phases.slice(0, phases.indexOf(until) + 1).filter(phase => !reached.includes(phase))
  let backup = options.backup as string | undefined
  if (options.yes !== true) {
    const what = `${plan.tables.length} tables get ${plan.scopeColumn}, ${plan.organizations.length} organizations`
    if (!(await context.confirm(`Apply ${coming.join(', ')} in database "${databaseOf(url)}": ${what}?`))) {
      throw new RowhouseError('RH122', {
        message: 'not begun: nobody said yes',
        hint: `answer y, or: rowhouse apply --phase ${until} --yes`,
      })
    }
    if (prepared.stage === 'new') {
      backup ??=
        (await context.ask('Where is the backup (a reference to record, empty for none)?')) || undefined
    }
  }
  const workspace = resolve(plan.workspace)
  const common = {
    backup,
    workspace,
    jobs: (options.jobs as number | undefined) ?? availableParallelism(),
    listen: context.listen,
  }
  const overridden = options.override === true
  if (coming.includes('enforce')) {
    // Everything before the last phase first: only then is it known who still has rights.
    if (!reached.includes('protect')) await applyPlan(url, plan, { ...common, until: 'protect' })
    await refuseLosers(context, url, plan, overridden)
  }
  if (coming.length > 0) await applyPlan(url, plan, { ...common, until })
  if (until === 'protect') await withClient(url, 'journal', client => observe(client, plan))
  const given =
    owners === undefined ? 0 : await withClient(url, 'owners', client => readOwners(client, plan, owners))

  const record = await withClient(url, 'inspect', readState)
  const done = record?.done ?? new Set<string>()
  const progress = phaseProgress(plan, done)
  context.result(
    {
      plan: plan.id,
      state: 'applied',
      phase: until,
      phases: progress,
      backup: backup ?? null,
      ownersGiven: given,
    },
    [
      `${coming.length > 0 ? `applied: ${coming.join(', ')}` : `nothing to apply up to ${until}`} (plan ${plan.id})`,
      ...(owners === undefined ? [] : [`${given} rows went to their organizations by ${owners}`]),
      ...(until === 'enforce' ? [`rules: ${workspace}`] : []),
      next(plan, done),
    ].join('\n'),
  )
  return 0
}

function next(plan: Plan, done: ReadonlySet<string>): string {
  const reached = phasesDone(plan, done)
  const coming = phases[reached.length]
  if (coming === undefined) return 'next: rowhouse verify'
  return `next: rowhouse verify, then rowhouse apply --phase ${coming}`
}

/** @throws RowhouseError RH131 while a role that would lose access is, or may be, at work */
async function refuseLosers(context: Context, url: string, plan: Plan, overridden: boolean): Promise<void> {
  const { losing, active, unknown } = await withClient(url, 'journal', client => observe(client, plan))
  if (losing.length > 0) context.say(`will lose access: ${losing.join(', ')}`)
  if (overridden || losing.length === 0) return
  const because = [...active].map(([role, why]) => `${role}: ${why}`)
  if (because.length === 0 && unknown === null) return
  throw new RowhouseError('RH131', {
    message: `${losing.join(', ')} would lose access, and ${
      unknown === null
        ? because.join('; ')
        : `nobody knows whether they are at work (${unknown})${because.length > 0 ? `; ${because.join('; ')}` : ''}`
    }`,
    hint: 'stop the old application and wait an hour, or take the risk: rowhouse apply --phase enforce --override',
  })
}
