/**
 * From whatever state a database is in to one that can be served: sample, inspect, plan, apply, verify, each only
 * where it is missing. Interrupted anywhere, the next start goes on.
 */
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type pg from 'pg'
import { apply } from '../engine/apply/apply.ts'
import { organizationStates, type PlanRecord, readState, recordVerification } from '../engine/apply/state.ts'
import { type Connections, writeWorkspace } from '../engine/apply/workspace.ts'
import { prepare } from '../engine/plan/prepare.ts'
import { buildSample, sampleLogins } from '../engine/sample/sample.ts'
import { sampleSpec } from '../engine/sample/spec.ts'
import { firstObject, readSampleMarker } from '../engine/sample/state.ts'
import { type SampleName, sampleSystems } from '../engine/sample/systems.ts'
import { recordScopeVerification, verifyScope } from '../engine/scope/verify.ts'
import type { Mismatch } from '../engine/verify/compareRows.ts'
import { verify } from '../engine/verify/verify.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient, withClients, withDatabase } from '../postgres/connect.ts'
import { ident } from '../postgres/identifiers.ts'
import { rolesOf } from '../postgres/roles.ts'
import type { Context } from './command.ts'
import { decided } from './decided.ts'

/** What is to be there in the end. */
export type Wanted = {
  readonly url: string
  /** Undefined: whichever the database has, and hr where it is empty. */
  readonly sample: SampleName | undefined
  /** Whether an empty database may be filled with the sample. */
  readonly mayBuild: boolean
  /** The embedded server's addresses, for the workspace; with them the workspace is under `home`. */
  readonly connections?: Connections
}

export type Login = { readonly email: string; readonly password: string; readonly organization: string }

/**
 * @returns which sample it is, undefined when it is none, and logins to show
 * @throws RowhouseError RH122, RH130, RH145, RH200, and what the engine's steps throw
 */
export async function bringUp(
  context: Context,
  wanted: Wanted,
): Promise<{ readonly sample: SampleName | undefined; readonly logins: readonly Login[] }> {
  const { url, connections } = wanted
  const sample = await ensureContent(context, wanted)
  const roles = rolesOf(context.config.rolePrefix)
  const spec = await decisions(context, wanted, sample)
  const prepared = await withClient(url, 'inspect', client => prepare(client, spec, roles))
  const workspace = resolve(prepared.plan.workspace)
  if (prepared.stage === 'applied') {
    // The embedded server's port may have changed.
    if (connections) await writeWorkspace(workspace, prepared.plan, connections)
  } else {
    const { kind, organizations, targetSchema } = prepared.plan
    context.say(
      kind === 'schemas'
        ? `folding ${organizations.length} organizations into ${targetSchema}.*`
        : `scoping the database in place for ${organizations.length} organizations`,
    )
    await apply(url, prepared.plan, {
      jobs: availableParallelism(),
      workspace,
      connections,
      backup: 'none: a sample',
      listen: context.listen,
    })
  }
  await verifyOnce(context, url)
  const logins = sample ? sampleLogins(Math.min(3, prepared.plan.organizations.length), sample) : []
  return { sample, logins }
}

/** A spec file decides about databases of one's own; the demonstration is always the same. */
async function decisions(
  context: Context,
  { url, connections }: Wanted,
  sample: SampleName | undefined,
): ReturnType<typeof decided> {
  const isDecided = connections === undefined && context.spec !== undefined
  const spec = sample === undefined || isDecided ? await decided(context) : await sampleSpec(sample)
  return connections ? { ...spec, workspace: join(context.config.home, databaseOf(url)) } : spec
}

/**
 * A database with content is taken as it is; an empty one gets the sample, when that was allowed.
 * @returns which sample it has by then, undefined where it has another's tables
 */
async function ensureContent(
  context: Context,
  { url, sample, mayBuild, connections }: Wanted,
): Promise<SampleName | undefined> {
  const found = await withClient(url, 'inspect', async client => ({
    marker: await readSampleMarker(client),
    state: await readState(client),
    isEmpty: (await firstObject(client)) === undefined,
  }))
  const there = found.marker?.kind
  if (sample !== undefined && sample !== there && (there !== undefined || found.state !== null)) {
    throw new RowhouseError('RH200', {
      message: `database "${databaseOf(url)}" has ${there === undefined ? 'no sample' : `the ${there} sample`}, not ${sample}`,
      hint: there === undefined ? 'npm start, without --sample' : `npm start -- --sample ${there}`,
    })
  }
  if (found.state !== null || found.marker?.finished) return there
  if (found.marker && connections) {
    context.say('the sample was not finished; building it again')
    await recreate(connections.root, databaseOf(url))
  } else if (!found.isEmpty) {
    // Somebody's own database: serving it takes a fold that its owner decided on.
    throw new RowhouseError('RH145', {
      message: `database "${databaseOf(url)}" has tables and was not folded`,
      hint: `look at it first: rowhouse inspect --database '…' --write tenancy.json5, then rowhouse apply`,
    })
  } else if (!mayBuild) {
    throw new RowhouseError('RH122', {
      message: `database "${databaseOf(url)}" is empty, and nobody said that a sample may be built in it`,
      hint: 'npm start -- --yes',
    })
  }
  const system = sample ?? 'hr'
  const { summary, demonstration } = sampleSystems[system]
  context.say(`building the ${system} sample: ${summary}`)
  await withClient(url, 'sample', client =>
    buildSample(client, {
      system,
      ...demonstration,
      onProgress: ({ schema, rows, done, of }) =>
        context.listen({ type: 'sampled', schema, rows, place: { at: done, of } }),
    }),
  )
  return system
}

/** In our own server only, and only a sample of ours that was never finished. */
const recreate = (root: string, name: string) =>
  withClient(withDatabase(root, 'postgres'), 'start', async client => {
    await client.query(`drop database ${ident(name)} with (force)`)
    await client.query(`create database ${ident(name)}`)
  })

/** Once, before anybody is served: afterwards the tables are the application's. */
async function verifyOnce(context: Context, url: string): Promise<void> {
  await withClients(url, 'verify', availableParallelism(), async (client, ...more) => {
    const record = await readState(client)
    if (record === null || record.servedAt !== null) return
    if (organizationStates(record).every(({ state }) => ['verified', 'blocked', 'completed'].includes(state)))
      return
    if (record.plan.kind === 'single') return verifyInPlace(context, client, record)
    context.say('verifying: every row against its source, then walls, keys and sequences')
    const report = await verify(client, record.plan, context.listen, more)
    await recordVerification(client, record.plan, report)
    if (report.ok) {
      context.say(
        `verified: ${report.rows} rows in ${report.tables} tables of ${report.organizations} organizations are equal to their source`,
      )
      return
    }
    throw different(report)
  })
}

/** Where nothing was moved there is nothing to compare with: every row is owned, and the walls hold. */
async function verifyInPlace(context: Context, client: pg.Client, record: PlanRecord): Promise<void> {
  context.say('verifying: every row is owned, references stay inside one organization, the walls hold')
  const report = await verifyScope(client, record, context.listen)
  await recordScopeVerification(client, record.plan, report)
  if (!report.ok) throw different(report)
  const rows = [...report.rows.values()].reduce((sum, count) => sum + count, 0)
  const { tables, organizations } = record.plan
  context.say(
    `verified: ${rows} rows in ${tables.length} tables are ${organizations.length} organizations' own, and nobody sees another's`,
  )
}

function different({ mismatches }: { readonly mismatches: readonly Mismatch[] }): RowhouseError {
  const [first] = mismatches
  return new RowhouseError('RH130', {
    message: `${mismatches.length} differences; the first: ${first?.organization ?? ''} ${first?.table ?? ''} ${first?.key ?? ''} ${first?.reason}`,
    hint: 'rowhouse verify',
  })
}
