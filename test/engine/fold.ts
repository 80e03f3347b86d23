/** The road as the commands take it, in few words: prepare, apply, with a workspace that is thrown away. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply } from '../../src/engine/apply.ts'
import type { Listener } from '../../src/engine/events.ts'
import { type Prepared, prepare } from '../../src/engine/prepare.ts'
import type { AnySpecFile } from '../../src/engine/specFile.ts'
import { type Report, verify } from '../../src/engine/verify.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { rolesOf } from '../../src/postgres/roles.ts'

export const roles = rolesOf('rowhouse')
const silent: Listener = () => {}

/** What there is to do in the database, as every command asks first. */
export const prepared = (url: string, spec: AnySpecFile = {}): Promise<Prepared> =>
  withClient(url, 'inspect', client => prepare(client, spec, roles))

/** Prepares and applies, to the end. */
export async function fold(
  url: string,
  { spec, workspace, listen = silent }: { spec?: AnySpecFile; workspace?: string; listen?: Listener } = {},
): Promise<Prepared> {
  const found = await prepared(url, spec)
  await withFolder(async folder => {
    await apply(url, found.plan, { workspace: workspace ?? join(folder, 'workspace'), listen })
  })
  return found
}

export async function verified(url: string): Promise<Report> {
  const { plan } = await prepared(url)
  return withClient(url, 'verify', client => verify(client, plan, silent))
}

/** A folder of its own, gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
