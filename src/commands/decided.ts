/** The spec file of a command: what the user decided, or nothing. */
import { type AnySpecFile, readSpecFile } from '../engine/spec/specFile.ts'
import type { Context } from './command.ts'

export const decided = (context: Context): Promise<AnySpecFile> =>
  context.spec === undefined ? Promise.resolve({}) : readSpecFile(context.spec)
