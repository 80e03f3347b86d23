/**
 * From whatever state a database is in to one that can be served: sample, inspect, plan, apply, verify, each only
 * where it is missing. Interrupted anywhere, the next start goes on.
 */
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { apply } from '../engine/apply.ts'
import { prepare } from '../engine/prepare.ts'
import { buildSample, sampleLogins } from '../engine/sample.ts'
import { firstObject, readSampleMarker } from '../engine/sampleState.ts'
import { organizationStates, readState, recordVerification } from '../engine/state.ts'
import { verify } from '../engine/verify.ts'
import { type Connections, writeWorkspace } from '../engine/workspace.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClient, withClients, withDatabase } from '../postgres/connect.ts'
import { ident } from '../postgres/identifiers.ts'
import { rolesOf } from '../postgres/roles.ts'
import type { Context } from './command.ts'
import { decided } from './decided.ts'

/** Twelve tenants, the largest twelve times the smallest: about 300,000 rows. */
const demonstration = { tenants: 12, rows: 2_760, zipf: true }

export type Login = { readonly email: string; readonly password: string; readonly organization: string }

/**
 * @param mayBuild whether an empty database may be filled with the sample
 * @param connections the embedded server's addresses, for the workspace; with them the workspace is under `home`
 * @returns logins to show, when it is a sample
 */
export async function bringUp(
  context: Context,
  url: string,
  mayBuild: boolean,
  connections?: Connections,
): Promise<readonly Login[]> {
  await ensureContent(context, url, mayBuild, connections)
  const roles = rolesOf(context.config.rolePrefix)
  // The demonstration is always the same; a spec file decides about databases of one's own.
  const spec = connections
    ? { workspace: join(context.config.home, databaseOf(url)) }
    : await decided(context)
  const prepared = await withClient(url, 'inspect', client => prepare(client, spec, roles))
  const workspace = resolve(prepared.plan.workspace)
  if (prepared.stage === 'applied') {
    // The embedded server's port may have changed.
    if (connections) await writeWorkspace(workspace, prepared.plan, connections)
  } else {
    context.say(
      `folding ${prepared.plan.organizations.length} organizations into ${prepared.plan.targetSchema}.*`,
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
  const marker = await withClient(url, 'inspect', readSampleMarker)
  return marker === undefined
    ? []
    : sampleLogins(Math.min(3, prepared.plan.organizations.length), marker.kind)
}

/** A database with content is taken as it is; an empty one gets the sample, when that was allowed. */
async function ensureContent(
  context: Context,
  url: string,
  mayBuild: boolean,
  connections?: Connections,
): Promise<void> {
  const found = await withClient(url, 'inspect', async client => ({
    marker: await readSampleMarker(client),
    state: await readState(client),
    isEmpty: (await firstObject(client)) === undefined,
  }))
  if (found.state !== null || found.marker?.finished) return
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
  context.say('building the HR sample: one schema per tenant, as Django would have made it')
  await withClient(url, 'sample', client =>
    buildSample(client, {
      ...demonstration,
      onProgress: ({ schema, rows, done, of }) =>
        context.listen({ type: 'sampled', schema, rows, place: { at: done, of } }),
    }),
  )
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
    context.say('verifying: every row against its source, then walls, keys and sequences')
    const report = await verify(client, record.plan, context.listen, more)
    await recordVerification(client, record.plan, report)
    if (report.ok) {
      context.say(
        `verified: ${report.rows} rows in ${report.tables} tables of ${report.organizations} organizations are equal to their source`,
      )
      return
    }
    const [first] = report.mismatches
    throw new RowhouseError('RH130', {
      message: `${report.mismatches.length} differences; the first: ${first?.organization ?? ''} ${first?.table ?? ''} ${first?.key ?? ''} ${first?.reason}`,
      hint: 'rowhouse verify',
    })
  })
}
