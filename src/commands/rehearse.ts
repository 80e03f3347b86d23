/** What `cancel --dry-run` says, of a fold and of a database that is scoped in place. */
import type { PlanRecord } from '../engine/apply/state.ts'
import { describe, type Operation } from '../engine/operations/index.ts'
import type { Context } from './command.ts'

/** Steps that a dry run names; --json has them all. */
const named = 40

/** What a dry run says. @param lost says what would be lost, if anything */
export function rehearse(
  context: Context,
  { id, plan }: PlanRecord,
  operations: readonly Operation[],
  lost: string | null,
  command = 'rowhouse cancel',
): void {
  const steps = operations.map(operation => describe(operation, plan))
  context.result(
    { plan: id, wouldUndo: steps, lost },
    [
      `would undo ${steps.length} steps of plan ${id}, last first${steps.length === 0 ? '' : ':'}`,
      ...steps.slice(0, named).map(step => `  ${step}`),
      ...(steps.length > named ? [`  … and ${steps.length - named} more (--json lists all)`] : []),
      lost === null ? 'nothing would be lost' : `note: ${lost}`,
      `next: ${command}`,
    ].join('\n'),
  )
}
