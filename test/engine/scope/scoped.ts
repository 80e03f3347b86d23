/** The road of one customer's database as the commands take it, in few words: phase by phase, there and back. */
import { join } from 'node:path'
import { apply, cancel } from '../../../src/engine/apply/apply.ts'
import type { Listener } from '../../../src/engine/apply/events.ts'
import { readState } from '../../../src/engine/apply/state.ts'
import type { Plan } from '../../../src/engine/plan/plan.ts'
import { type Prepared, prepare, wholePlan } from '../../../src/engine/plan/prepare.ts'
import { type Phase, phases } from '../../../src/engine/scope/plan.ts'
import { type ScopeReport, verifyScope } from '../../../src/engine/scope/verify.ts'
import { type AnySpecFile, readSpecFile } from '../../../src/engine/spec/specFile.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { checkout } from '../../helpers/program.ts'
import { roles, withFolder } from '../fold.ts'

const silent: Listener = () => {}

/** What the demonstration decides of itself. */
export const sellout = (): Promise<AnySpecFile> =>
  readSpecFile(join(checkout, 'db/samples/sellout/tenancy.json5'))

export const preparedScope = (url: string, spec: AnySpecFile): Promise<Prepared> =>
  withClient(url, 'inspect', client => prepare(client, spec, roles))

export type Road = Partial<Pick<Parameters<typeof apply>[2], 'jobs' | 'listen' | 'workspace' | 'patience'>>

/** Applies what is left up to the phase. */
export async function applyUntil(
  url: string,
  spec: AnySpecFile,
  until: Phase,
  { listen = silent, workspace, ...road }: Road = {},
): Promise<Plan> {
  const { plan } = await preparedScope(url, spec)
  await withFolder(folder =>
    apply(url, plan, { ...road, listen, until, workspace: workspace ?? join(folder, 'workspace') }),
  )
  return plan
}

/** Takes back a phase, and those after it. */
export async function cancelFrom(url: string, from: Phase): Promise<void> {
  const plan = await withClient(url, 'inspect', async client => {
    const record = await readState(client)
    if (record === null) throw new Error('no plan was begun')
    return wholePlan(client, record)
  })
  await withFolder(folder =>
    cancel(url, plan, { workspace: join(folder, 'workspace'), listen: silent, from }),
  )
}

export const verifiedScope = (url: string): Promise<ScopeReport> =>
  withClient(url, 'verify', async client => {
    const record = await readState(client)
    if (record === null) throw new Error('no plan was begun')
    return verifyScope(client, record, silent)
  })

/** Each phase with the one before it. */
export const steps: readonly (readonly [Phase, Phase | null])[] = phases.map((phase, at) => [
  phase,
  phases[at - 1] ?? null,
])
