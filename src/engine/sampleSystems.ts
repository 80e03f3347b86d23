/** The legacy systems that can be built. A further one is a folder in db/samples, a value, and a line here. */
import { finance } from './sampleFinance.ts'
import { hr } from './sampleHr.ts'
import { sellout } from './sampleSellout.ts'
import type { SampleSystem } from './sampleSystem.ts'

export const sampleSystems = { hr, finance, sellout } as const satisfies Record<string, SampleSystem>

export type SampleName = keyof typeof sampleSystems

export const isSampleName = (name: string): name is SampleName => Object.hasOwn(sampleSystems, name)
