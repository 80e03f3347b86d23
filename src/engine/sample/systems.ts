/** The legacy systems that can be built. A further one is a folder in db/samples, a value, and a line here. */
import { RowhouseError } from '../../errors.ts'
import { finance } from './finance.ts'
import { hr } from './hr.ts'
import { sellout } from './sellout.ts'
import type { SampleSystem } from './system.ts'

export const sampleSystems = { hr, finance, sellout } as const satisfies Record<string, SampleSystem>

export type SampleName = keyof typeof sampleSystems

export const sampleNames = Object.keys(sampleSystems) as readonly SampleName[]

/** @param command the hint, with `…` where the names go @throws RowhouseError RH200 */
export function sampleNamed(name: unknown, command: string): SampleName {
  const known = sampleNames.find(one => one === name)
  if (known !== undefined) return known
  throw new RowhouseError('RH200', {
    message: `there is no sample "${name}"`,
    hint: command.replace('…', sampleNames.join('|')),
  })
}
