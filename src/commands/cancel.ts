import { resolve } from 'node:path'
import { cancel as cancelPlan, undoable } from '../engine/apply/apply.ts'
import { type PlanRecord, readState, stepsDone, uncompleted } from '../engine/apply/state.ts'
import { wholePlan } from '../engine/plan/prepare.ts'
import { writtenSince } from '../engine/verify/writtenSince.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient } from '../postgres/connect.ts'
import type { Command } from './command.ts'
import { rehearse } from './rehearse.ts'
import { cancelPhases } from './scope/cancel.ts'

export const cancel: Command = {
  name: 'cancel',
  summary: 'undo a plan: remove what it made, and nothing else',
  description:
    'The old schemas were never touched; where they are on another server, that is not asked. Where the new tables were already served, rows written since then would be lost: the name of the database must then be typed out.',
  options: [
    { flags: '--dry-run', description: 'say what would be undone and lost, and undo nothing' },
    { flags: '--yes', description: 'begin without asking' },
    { flags: '--confirm <database>', description: "the database's name, where rows would be lost" },
    {
      flags: '--phase <phase>',
      description: 'in place: back to before that phase (default: the last one that was begun)',
    },
    { flags: '--owners <file>', description: 'in place: write there who owns what, before the columns go' },
  ],
  examples: [
    'rowhouse cancel --database postgres://localhost/hr_legacy --dry-run',
    'rowhouse cancel --yes',
    'rowhouse cancel --phase index --yes',
  ],
  async run(context, options) {
    const url = await context.database()
    const name = databaseOf(url)
    const record = await withClient(url, 'inspect', readState)
    if (record === null) {
      throw new RowhouseError('RH123', {
        message: `no plan was begun in database "${name}"`,
        hint: 'rowhouse status',
      })
    }
    if (record.plan.kind === 'single') return cancelPhases(context, options, url, record)
    const gone = record.plan.organizations.length - uncompleted(record).length
    if (gone > 0) {
      throw new RowhouseError('RH123', {
        message: `plan ${record.id} was completed for ${gone} organizations: their rows are in the new tables alone`,
        hint: 'what is left is to restore a backup, elsewhere',
      })
    }
    const why = await whatWouldBeLost(url, record)
    if (options.dryRun === true) {
      rehearse(context, record, undoable(record.plan, record.done), why)
      return 0
    }
    if (why !== null) {
      const typed = options.confirm ?? (await context.ask(`${why}. Type the database's name:`))
      if (typed !== name) {
        const wrong = typed === '' ? '' : `"${typed}" is not the database's name, and `
        throw new RowhouseError('RH122', {
          message: `not cancelled: ${wrong}${why}`,
          hint: `rowhouse cancel --confirm ${name}`,
        })
      }
    } else if (
      options.yes !== true &&
      !(await context.confirm(`Remove what plan ${record.id} made in database "${name}"?`))
    ) {
      throw new RowhouseError('RH122', {
        message: 'not cancelled: nobody said yes',
        hint: 'answer y, or: rowhouse cancel --yes',
      })
    }
    const plan = await withClient(url, 'inspect', client => wholePlan(client, record))
    const { keptFiles } = await cancelPlan(url, plan, {
      workspace: resolve(plan.workspace),
      listen: context.listen,
    })
    context.result(
      { plan: record.id, state: 'cancelled', steps: stepsDone(record).done, keptFiles },
      [
        `plan ${record.id} is cancelled: ${stepsDone(record).done} steps undone; roles stay, they belong to the whole server`,
        ...(keptFiles.length > 0
          ? [`left in ${plan.workspace}, because edited: ${keptFiles.join(', ')}`]
          : []),
        'next: rowhouse plan',
      ].join('\n'),
    )
    return 0
  },
}

/** Why a yes is not enough: somebody may have written to the new tables. Null where nobody did. */
async function whatWouldBeLost(url: string, record: PlanRecord): Promise<string | null> {
  if (record.servedAt !== null) {
    return `the tables are served since ${record.servedAt.toISOString()}, and what was written there would be lost`
  }
  // An interrupted cancel has taken rows away already; its plan was applied and looked at then.
  if (record.appliedAt === null || record.cancellingAt !== null) return null
  const written = await withClient(url, 'inspect', client => writtenSince(client, record))
  return written.length === 0
    ? null
    : `${written.join(', ')} was written to since it was filled, and that would be lost`
}
