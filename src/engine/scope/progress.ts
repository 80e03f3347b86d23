/** How far a plan that scopes in place has come, from the journal. Pure. */
import { isDone } from '../apply/render.ts'
import { unitsOf } from '../operations/index.ts'
import type { Plan } from '../plan/plan.ts'
import { type Phase, phases } from './plan.ts'

export type PhaseProgress = { readonly phase: Phase; readonly done: number; readonly of: number }

export const phaseProgress = (plan: Plan, done: ReadonlySet<string>): PhaseProgress[] =>
  phases.map(phase => {
    const own = plan.operations.filter(operation => operation.phase === phase)
    return { phase, of: own.length, done: own.filter(one => isDone({ units: unitsOf(one) }, done)).length }
  })

/** Phases that are done wholly, in order; one without steps is done when the one before is. */
export function phasesDone(plan: Plan, done: ReadonlySet<string>): Phase[] {
  const progress = phaseProgress(plan, done)
  const open = progress.findIndex(one => one.done < one.of)
  return progress.slice(0, open < 0 ? progress.length : open).map(({ phase }) => phase)
}
