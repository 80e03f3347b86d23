/** The sell-out sample: what inspection finds of it, and that as many entries lead to two owners as were corrupted. */
import { buildSample } from '../../../src/engine/sample/sample.ts'
import { refuseUnowned } from '../../../src/engine/scope/owners.ts'
import { refuseScope } from '../../../src/engine/scope/refusals.ts'
import { resolveScope } from '../../../src/engine/scope/spec.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { database } from '../../helpers/database.ts'
import { classes, file, inspected, type Said, tableOf } from './customer.ts'

const corrupted = 5
let url: string
beforeAll(async () => {
  url = (await database()).url
  await withClient(url, 'test', client =>
    buildSample(client, { system: 'sellout', tenants: 3, rows: 400, seed: 1, corrupted }),
  )
})

/** The companies, and what belongs to nobody by default. */
async function companies(more: Said['tables'] = {}): Promise<Said> {
  const { ownerColumn } = (await inspected(url)).inspection
  const left = { otherwise: 'default' } as const
  return {
    organizations: Object.fromEntries(
      (ownerColumn?.values ?? []).map(({ value }, at) => [`company-${at + 1}`, { name: value }]),
    ),
    tables: {
      users: { owner: { column: 'company' }, ...left },
      email_domains: { owner: { column: 'company' } },
      products: left,
      email_logs: left,
      transform_logs: { owner: { parent: 'uploads', on: 'upload_id' }, ...left },
      ...more,
    },
  }
}

test('seven tables and one more are scoped, whatever their references are declared', async () => {
  const found = await inspected(url)
  expect(found.inspection).toMatchObject({
    sample: 'sellout',
    root: 'users',
    ownerColumn: { column: 'company' },
  })
  expect(found.inspection.ownerColumn?.values).toHaveLength(3)
  const kinds = Object.fromEntries(
    Object.entries(classes(found)).map(([name, kind]) => [name, kind.split(':')[0]]),
  )
  expect(kinds).toEqual({
    alembic_version: 'framework',
    currencies: 'global',
    email_domains: 'scoped',
    email_logs: 'scoped',
    processing_logs: 'scoped',
    products: 'scoped',
    sellout_entries2: 'scoped',
    transform_logs: 'scoped',
    uploads: 'scoped',
    users: 'root',
  })
  expect(resolveScope(found, file())).toMatchObject({ scopeColumn: 'client_id', coreSchema: 'public' })
})

test('entries whose user and upload are of two companies: that many, and no more', async () => {
  const said = await companies()
  const found = await inspected(url, said)
  expect(tableOf(found, 'sellout_entries2').candidates).toMatchObject([{ owners: 0 }, { owners: corrupted }])
  expect(() => resolveScope(found, file(said))).toThrow(
    expect.objectContaining({
      code: 'RH115',
      message: expect.stringContaining(`${corrupted} rows of sellout_entries2`),
    }),
  )
})

test('once it is said which way holds, what still points elsewhere is told before anything starts', async () => {
  const decided = await companies({ sellout_entries2: { owner: { parent: 'users', on: 'user_id' } } })
  const road = async (said: Said) => {
    const found = await inspected(url, said)
    const spec = resolveScope(found, file(said))
    refuseScope(found, spec)
    await withClient(url, 'inspect', client => refuseUnowned(client, found, spec))
    return spec
  }
  await expect(road(decided)).rejects.toMatchObject({
    code: 'RH115',
    message: expect.stringContaining(
      `sellout_entries2: ${corrupted} rows would refer to another organization's row of uploads`,
    ),
  })
  expect((await road({ ...decided, accept: ['crossing-reference'] })).compositeKeys).toBe(false)
})
