/** `rowhouse cancel` for a database that is scoped in place: the last phase, or back to before a phase. */
import { resolve } from 'node:path'
import { cancel as cancelPlan, undoable } from '../../engine/apply/apply.ts'
import type { PlanRecord } from '../../engine/apply/state.ts'
import { wholePlan } from '../../engine/plan/prepare.ts'
import { ownedElsewhere, refuseFile, writeOwners } from '../../engine/scope/ownersFile.ts'
import { type Phase, phases } from '../../engine/scope/plan.ts'
import { phaseProgress } from '../../engine/scope/progress.ts'
import { RowhouseError } from '../../errors.ts'
import { databaseOf, withClient } from '../../postgres/connect.ts'
import type { Context } from '../command.ts'
import { rehearse } from '../rehearse.ts'
import { phaseOption } from './phase.ts'

export async function cancelPhases(
  context: Context,
  options: Readonly<Record<string, unknown>>,
  url: string,
  record: PlanRecord,
): Promise<number> {
  const begun = phaseProgress(record.plan, record.done).filter(({ done }) => done > 0)
  const from = phaseOption(options.phase, 'cancel') ?? begun.at(-1)?.phase ?? 'expand'
  const going = begun.map(({ phase }) => phase).filter(phase => phases.indexOf(phase) >= phases.indexOf(from))
  if (going.length === 0 && record.cancellingAt === null) {
    throw new RowhouseError('RH123', {
      message: `phase ${from} of plan ${record.id} was not begun`,
      hint: 'see how far it came: rowhouse status',
    })
  }
  if (options.dryRun === true) {
    const owned =
      from === 'expand'
        ? await withClient(url, 'owners', client => ownedElsewhere(client, record.plan))
        : null
    const lost = owned?.size
      ? `who owns rows of ${[...owned.keys()].join(', ')} would be lost, unless --owners writes it to a file`
      : null
    rehearse(
      context,
      record,
      undoable(record.plan, record.done, from),
      lost,
      `rowhouse cancel --phase ${from}`,
    )
    return 0
  }
  const plan = await withClient(url, 'inspect', client => wholePlan(client, record))
  const path = options.owners as string | undefined
  const undo = (phase: Phase) =>
    cancelPlan(url, plan, { workspace: resolve(plan.workspace), listen: context.listen, from: phase })
  let written: number | null = null
  let before = 0
  if (from === 'expand') {
    const isWritten = await agreeToForget(context, options, url, { ...record, plan })
    if (isWritten && path !== undefined) {
      // The rules go first: what comes after the file is written is nobody's in particular.
      before = (await undo('assign')).steps
      written = await withClient(url, 'owners', client => writeOwners(client, plan, resolve(path)))
    }
  } else await agree(context, options, record, going)
  const { keptFiles, steps: last } = await undo(from)
  const steps = before + last
  context.result(
    {
      plan: record.id,
      state: from === 'expand' ? 'cancelled' : 'unfinished',
      phases: going,
      steps,
      owners: written,
      keptFiles,
    },
    [
      `undone: ${going.toReversed().join(', ')} of plan ${record.id} (${steps} steps)`,
      ...(written === null
        ? []
        : [`${written} owners are written to ${options.owners}; rowhouse apply --owners reads them`]),
      ...(from === 'expand'
        ? ['roles stay, they belong to the whole server', 'next: rowhouse plan']
        : [`next: rowhouse apply --phase ${from}, or rowhouse cancel`]),
    ].join('\n'),
  )
  return 0
}

async function agree(
  context: Context,
  options: Readonly<Record<string, unknown>>,
  { id }: PlanRecord,
  going: readonly Phase[],
): Promise<void> {
  if (options.yes === true || (await context.confirm(`Undo ${going.toReversed().join(', ')} of plan ${id}?`)))
    return
  throw new RowhouseError('RH122', {
    message: 'not cancelled: nobody said yes',
    hint: `answer y, or: rowhouse cancel --phase ${going[0]} --yes`,
  })
}

/**
 * Without the scope column nobody knows whose a row is.
 * @returns whether the file that was named is to be written
 * @throws RowhouseError RH132 while others than the default organization own rows and no file was named; RH116 where
 *   the file is there; RH122
 */
async function agreeToForget(
  context: Context,
  options: Readonly<Record<string, unknown>>,
  url: string,
  { plan, cancellingAt }: PlanRecord,
): Promise<boolean> {
  const name = databaseOf(url)
  const path = options.owners as string | undefined
  // What was interrupted was agreed to, its file is written, and some columns are gone.
  const isAgreed = cancellingAt !== null
  if (!isAgreed && path !== undefined) await refuseFile(resolve(path))
  if (!isAgreed && path === undefined) {
    const owned = await withClient(url, 'owners', client => ownedElsewhere(client, plan))
    const rows = [...owned.values()].reduce((sum, count) => sum + count, 0)
    if (rows > 0)
      throw new RowhouseError('RH132', {
        message: `${rows} rows in ${[...owned.keys()].join(', ')} belong to other organizations than "${plan.scoping?.defaultOrganization}", and who owns what would be lost`,
        hint: `write it to a file first: rowhouse cancel --phase expand --owners owners.jsonl --yes --confirm ${name}`,
      })
  }
  const question = `Remove ${plan.scopeColumn} from ${plan.tables.length} tables of database "${name}". Type the database's name:`
  const typed = options.confirm ?? (await context.ask(question))
  const isSure = options.yes === true || (typed === name && (await context.confirm('Really?')))
  if (typed !== name || !isSure) {
    throw new RowhouseError('RH122', {
      message: `not cancelled: removing ${plan.scopeColumn} needs a yes and the database's name`,
      hint: `rowhouse cancel --phase expand --yes --confirm ${name}`,
    })
  }
  return !isAgreed && path !== undefined
}
