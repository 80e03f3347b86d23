import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { apply as applyPlan } from '../engine/apply/apply.ts'
import { stepsDone } from '../engine/apply/state.ts'
import { writeWorkspace } from '../engine/apply/workspace.ts'
import { prepare } from '../engine/plan/prepare.ts'
import { withEnds } from '../engine/plan/source.ts'
import { quarantineLines, readQuarantined, withQuarantines } from '../engine/verify/quarantine.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient } from '../postgres/connect.ts'
import { rolesOf } from '../postgres/roles.ts'
import { atLeastOne, type Command } from './command.ts'
import { decided } from './decided.ts'
import { from } from './from.ts'
import { applyPhases } from './scope/apply.ts'

export const apply: Command = {
  name: 'apply',
  summary: 'fold the tenants into shared tables, or scope the tables in place',
  description:
    'Asks before it begins. Interrupted at any moment, the same command continues where it was. The old schemas stay as they are.',
  options: [
    from,
    { flags: '--yes', description: 'begin without asking' },
    { flags: '--backup <reference>', description: 'where the backup is; recorded with the plan' },
    {
      flags: '--jobs <n>',
      description: 'connections at work at once (default: one per processor)',
      parse: atLeastOne,
    },
    {
      flags: '--phase <phase>',
      description:
        'in place: up to expand, assign, index, protect (the default) or enforce, which ends the old application',
    },
    { flags: '--owners <file>', description: 'in place: who owns what, as rowhouse cancel wrote it' },
    { flags: '--override', description: 'in place: enforce, whoever may still be at work' },
  ],
  examples: [
    'rowhouse apply --database postgres://localhost/hr_legacy --spec tenancy.json5',
    'rowhouse apply --database postgres://localhost/hr_legacy --yes --backup "snapshot 2026-11-21"',
    'rowhouse apply --from postgres://old.example/hr_legacy --database postgres://localhost/hr --yes',
    'rowhouse apply --database postgres://localhost/sellout --phase expand',
  ],
  async run(context, options) {
    const url = await context.database()
    const file = await decided(context)
    const roles = rolesOf(context.config.rolePrefix)
    const sourceUrl = context.from()
    const prepared = await withEnds(url, sourceUrl, (client, source) =>
      prepare(client, file, roles, context.spec, source),
    )
    if (prepared.plan.kind === 'single') return applyPhases(context, options, url, prepared)
    const { plan } = prepared
    const workspace = resolve(plan.workspace)

    if (prepared.stage === 'applied') {
      const kept = await writeWorkspace(workspace, plan)
      context.listen({ type: 'workspace-written', folder: workspace, kept })
      context.result(
        { plan: plan.id, state: 'applied', steps: 0, workspace, kept },
        `plan ${plan.id} was applied already: nothing to do\nnext: rowhouse verify`,
      )
      return 0
    }

    for (const { schema, reason } of plan.blocked) context.say(`left out for now: ${schema}: ${reason}`)
    let backup = options.backup as string | undefined
    if (options.yes !== true) {
      const what = `${plan.organizations.length} organizations, ${plan.tables.length} tables`
      const target = `${plan.targetSchema}.* in database "${databaseOf(url)}"`
      if (!(await context.confirm(`Fold ${what} into ${target}?`))) {
        throw new RowhouseError('RH122', {
          message: 'not begun: nobody said yes',
          hint: 'answer y, or: rowhouse apply --yes',
        })
      }
      backup ??=
        (await context.ask('Where is the backup (a reference to record, empty for none)?')) || undefined
    }
    const before = prepared.stage === 'unfinished' ? stepsDone(prepared.record).done : 0
    const jobs = (options.jobs as number | undefined) ?? availableParallelism()
    await applyPlan(url, plan, {
      from: sourceUrl,
      backup,
      workspace,
      jobs,
      // Whatever comes from now on is seen by the last step, which looks once more.
      justPlanned: options.yes === true,
      listen: context.listen,
    })
    const steps = plan.operations.length - before
    const quarantined = await withClient(url, 'inspect', async client =>
      readQuarantined(client, await withQuarantines(client, plan)),
    )
    context.result(
      {
        plan: plan.id,
        state: 'applied',
        steps,
        workspace,
        backup: backup ?? null,
        blocked: plan.blocked,
        quarantined,
      },
      `plan ${plan.id} is applied: ${plan.organizations.length} organizations in ${plan.tables.length} tables of ${plan.targetSchema}
${plan.blocked.length > 0 ? `left out for now: ${plan.blocked.map(({ schema }) => schema).join(', ')} (rowhouse status says why)\n` : ''}${quarantineLines(
  quarantined,
)
  .map(line => `${line}\n`)
  .join('')}rules: ${workspace}
next: rowhouse verify`,
    )
    return 0
  },
}
