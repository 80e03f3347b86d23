/** The whole road with one random database: folded, verified, asked, given back. */
import assert from 'node:assert/strict'
import { cancel } from '../../src/engine/apply/apply.ts'
import { readCatalog } from '../../src/engine/catalog/catalog.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import { asMember } from '../../src/engine/verify/member.ts'
import type { Quarantined } from '../../src/engine/verify/quarantine.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { fold, prepared, verified, withFolder } from '../engine/fold.ts'
import { checksums, snapshot } from '../helpers/snapshot.ts'
import { type Built, build } from './build.ts'
import { queries } from './queries.ts'
import { randomFrom } from './random.ts'
import type { Size } from './schema.ts'

const state = (url: string) =>
  withClient(url, 'test', async client => ({ schema: await snapshot(client), rows: await checksums(client) }))

/** @returns what was made, and the plan it was folded by: who was left out, and why */
export async function torture(url: string, seed: number, size: Size): Promise<Built & { plan: Plan }> {
  const made = await build(url, seed, size)
  const before = await state(url)
  const { plan } = await fold(url, { spec: made.spec })
  assert.equal(plan.organizations.length + plan.blocked.length, size.tenants)
  const report = await verified(url)
  assert.deepEqual(report.mismatches, [])
  await compareAnswers(url, plan, seed, report.quarantined)
  await withFolder(folder => cancel(url, plan, { workspace: folder, listen: () => {} }))
  assert.deepEqual(await state(url), before)
  assert.equal((await prepared(url, made.spec)).plan.id, plan.id)
  return { ...made, plan }
}

async function compareAnswers(
  url: string,
  plan: Plan,
  seed: number,
  quarantined: readonly Quarantined[],
): Promise<void> {
  await withClient(url, 'test', async client => {
    const { tables } = await readCatalog(client)
    const columns = new Map(
      tables.map(table => [
        JSON.stringify([table.schema, table.name]),
        table.columns.map(({ name }) => name),
      ]),
    )
    const asked = queries(
      plan,
      (schema, table) => new Set(columns.get(JSON.stringify([schema, table]))),
      randomFrom(seed),
    )
    for (const organization of plan.organizations) {
      // Rows that nobody sees any more are in no answer.
      const away = quarantined.filter(one => one.organization === organization.slug)
      for (const { name, source, shared } of asked(organization.schema)) {
        if (away.some(({ table }) => shared.includes(table))) continue
        const there = (await client.query({ text: source, rowMode: 'array' })).rows
        const here = await asMember(
          client,
          plan,
          organization,
          async () => (await client.query({ text: shared, rowMode: 'array' })).rows,
        )
        assert.deepEqual([organization.schema, name, here], [organization.schema, name, there])
      }
    }
  })
}
