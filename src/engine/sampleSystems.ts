/** The legacy systems that can be built. A further one is a folder in db/samples, a value, and a line here. */
import { hr } from './sampleHr.ts'
import type { SampleSystem } from './sampleSystem.ts'

export const sampleSystems = { hr } as const satisfies Record<string, SampleSystem>

export type SampleName = keyof typeof sampleSystems

export const isSampleName = (name: string): name is SampleName => Object.hasOwn(sampleSystems, name)
