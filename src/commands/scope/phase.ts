/** `--phase`: one of five. */
import { type Phase, phases } from '../../engine/scope/plan.ts'
import { RowhouseError } from '../../errors.ts'

/** @throws RowhouseError RH200 */
export function phaseOption(given: unknown, command: string): Phase | undefined {
  if (given === undefined) return undefined
  const phase = phases.find(name => name === given)
  if (phase !== undefined) return phase
  throw new RowhouseError('RH200', {
    message: `there is no phase "${given}"`,
    hint: `rowhouse ${command} --phase ${phases.join('|')}`,
  })
}
