/** The spec file of a command: what the user decided, or nothing. */
import { readSpecFile, type SpecFile } from '../engine/specFile.ts'
import type { Context } from './command.ts'

export const decided = (context: Context): Promise<SpecFile> =>
  context.spec === undefined ? Promise.resolve({}) : readSpecFile(context.spec)
