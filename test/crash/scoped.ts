/** The command that scopes a database in place, and the folder with its spec. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { folder } from './struck.ts'

/** A folder with the spec; the workspace is relative, so that the plan is the same wherever it is made. */
export async function scopeFolder(spec: object): Promise<string> {
  const made = await folder()
  await writeFile(join(made, 'tenancy.json5'), JSON.stringify({ ...spec, workspace: 'workspace' }))
  return made
}

export const applyScope = (url: string, phase = 'enforce'): readonly string[] => [
  ...['apply', '--database', url, '--spec', 'tenancy.json5', '--yes', '--jobs', '1', '--phase', phase],
  ...(phase === 'enforce' ? ['--override'] : []),
]
