/** The road as the commands take it, in few words: prepare, apply, with a workspace that is thrown away. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply } from '../../src/engine/apply/apply.ts'
import { completeAll } from '../../src/engine/apply/complete.ts'
import type { Listener } from '../../src/engine/apply/events.ts'
import { readState } from '../../src/engine/apply/state.ts'
import { type Prepared, prepare } from '../../src/engine/plan/prepare.ts'
import { withEnds, withSources } from '../../src/engine/plan/source.ts'
import type { AnySpecFile } from '../../src/engine/spec/specFile.ts'
import { type Report, verify } from '../../src/engine/verify/verify.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { rolesOf } from '../../src/postgres/roles.ts'

export const roles = rolesOf('rowhouse')
const silent: Listener = () => {}

/** What there is to do in the database, as every command asks first. @param from another server as the source */
export const prepared = (url: string, spec: AnySpecFile = {}, from?: string): Promise<Prepared> =>
  withEnds(url, from, (client, source) => prepare(client, spec, roles, undefined, source))

/** Prepares and applies, to the end. */
export async function fold(
  url: string,
  {
    spec,
    workspace,
    from,
    jobs,
    listen = silent,
  }: { spec?: AnySpecFile; workspace?: string; from?: string; jobs?: number; listen?: Listener } = {},
): Promise<Prepared> {
  const found = await prepared(url, spec, from)
  await withFolder(async folder => {
    await apply(url, found.plan, { workspace: workspace ?? join(folder, 'workspace'), from, jobs, listen })
  })
  return found
}

export async function verified(url: string, from?: string): Promise<Report> {
  const { plan } = await prepared(url, {}, from)
  return withSources(from, 1, sources =>
    withClient(url, 'verify', client => verify(client, plan, silent, [], sources)),
  )
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

/**
 * Drops the old schemas, as the command does once nothing is in the way.
 * @param before what happens after the first look, before each schema is dropped
 */
export const completed = (url: string, before: () => Promise<unknown> = async () => {}): Promise<number> =>
  withClient(url, 'test', client =>
    withClient(url, 'test', async observer => {
      const record = await readState(client)
      if (record === null) throw new Error('no plan')
      return completeAll(
        client,
        observer,
        record,
        async () => {
          await before()
        },
        silent,
      )
    }),
  )
