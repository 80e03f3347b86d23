/** The decisions that a sample is moved by. What may fail here: a spec file of our own that cannot be read (RH112, RH113). */
import { fileURLToPath } from 'node:url'
import { readSpecFile } from '../spec/specFile.ts'
import { type SampleName, sampleSystems } from './systems.ts'

/** What `db/samples/<name>/tenancy.json5` says; nothing where the sample has none. */
export async function sampleSpec(name: SampleName): ReturnType<typeof readSpecFile> {
  const { spec } = sampleSystems[name]
  if (spec === null) return {}
  return readSpecFile(fileURLToPath(new URL(`../../../db/samples/${spec}`, import.meta.url)))
}
