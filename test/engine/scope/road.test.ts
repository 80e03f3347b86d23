/** One customer's database becomes many customers', phase by phase; each row is its owner's, and stays it. */
import { phases } from '../../../src/engine/scope/plan.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { ident } from '../../../src/postgres/identifiers.ts'
import { database } from '../../helpers/database.ts'
import { owners } from '../selloutOwners.ts'
import { change } from './customer.ts'
import { applyUntil, sellout, verifiedScope } from './scoped.ts'
import { strays } from './strays.ts'

test('phase by phase: verified after each, every row with its true owner, and the log as people read it', async () => {
  const { url } = await database('sellout-legacy')
  const spec = await sellout()
  for (const phase of phases) {
    await applyUntil(url, spec, phase)
    expect({ ...(await verifiedScope(url)), checks: [] }).toMatchObject({ ok: true, phase, mismatches: [] })
    if (phase === 'expand') expect(Object.keys(await strays(url)).sort()).toEqual(Object.keys(owners).sort())
    else expect({ phase, ...(await strays(url)) }).toEqual({ phase })
  }
  const asked = [
    `select * from organizations where slug = 'default-org'`,
    `select phase, operation, status, details, created_at from migration_log where phase = 'phase_1' order by created_at desc`,
    `select * from migration_log where operation like '%client_id%' and status = 'failed'`,
    'select validate_client_data_integrity()',
  ]
  const answers = await withClient(url, 'test', async client => {
    await client.query('set search_path to public')
    const rows = []
    for (const query of asked) rows.push((await client.query(query)).rows)
    return rows
  })
  expect(answers.map(rows => rows.length)).toEqual([1, expect.any(Number), 0, 4])
  expect(answers[1]?.length).toBeGreaterThan(10)
  expect(answers[3]?.every(({ validate_client_data_integrity: row }) => String(row).includes(',t,0,'))).toBe(
    true,
  )
  const { rows: log } = await change(
    url,
    `select phase, count(*) filter (where status = 'done')::int as done from migration_log group by 1 order by 1`,
  )
  expect(log.map(({ phase }) => phase)).toEqual(phases.map((_, at) => `phase_${at + 1}`))
})

test('a step that fails says why in the log, and the same command goes on when it is mended', async () => {
  const { url } = await database('sellout-legacy')
  const spec = await sellout()
  await applyUntil(url, spec, 'assign')
  // Somebody took the name that an index was to have.
  const { rows } = await change(
    url,
    `select plan -> 'tables' -> 0 -> 'indexes' -> 0 ->> 'name' as name from rowhouse.plans`,
  )
  const name = rows[0].name as string
  await change(url, `create view public.${ident(name)} as select 1 as one`)
  await expect(applyUntil(url, spec, 'index')).rejects.toMatchObject({ code: 'RH126' })
  const { rows: failed } = await change(
    url,
    `select phase, status, operation, details ->> 'message' as message from migration_log where status = 'failed'`,
  )
  expect(failed).toEqual([
    {
      phase: 'phase_3',
      status: 'failed',
      operation: expect.stringContaining(name),
      message: expect.stringContaining(name),
    },
  ])
  await change(url, `drop view public.${ident(name)}`)
  await applyUntil(url, spec, 'index')
  expect(await verifiedScope(url)).toMatchObject({ ok: true, phase: 'index' })
})
