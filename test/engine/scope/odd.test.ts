/** A database with everything that names and keys can be: there, verified, and back; and by psql as by apply. */
import { execFileSync, spawnSync } from 'node:child_process'
import { render } from '../../../src/engine/apply/render.ts'
import { phases } from '../../../src/engine/scope/plan.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { clone, database } from '../../helpers/database.ts'
import { checksums, snapshot } from '../../helpers/snapshot.ts'
import { ensureRoles } from '../../helpers/templates.ts'
import { change, customer } from './customer.ts'
import { odd, oddSpec } from './odd.ts'
import { applyUntil, cancelFrom, preparedScope, sellout, verifiedScope } from './scoped.ts'

const schemaOf = (url: string) => withClient(url, 'test', client => snapshot(client))
const state = (url: string) =>
  withClient(url, 'test', async client => ({
    schema: await snapshot(client),
    rows: Object.fromEntries(
      Object.entries(await checksums(client)).filter(([name]) => !name.startsWith('rowhouse.attempts')),
    ),
  }))

/** Table → rows whose organization is not that of their account's company. */
const strays = async (url: string) => {
  const { rows } = await change(
    url,
    `set search_path to "Sales Dept", public;
with truth as (
  select 'Accounts' as name, "Tenant Id" as id, "Company" as company from "Accounts"
  union all select 'Order', o."Tenant Id", a."Company" from "Order" o join "Accounts" a on a."Code" = o.account
  union all select 'lines', l."Tenant Id", a."Company" from lines l join "Accounts" a on a."Code" = l.account
  union all select 'pairs', p."Tenant Id", a."Company" from pairs p join "Accounts" a on a."Code" = p.left_code
  union all select 'odd', q."Tenant Id", a."Company" from "it's ""odd""" q left join "Accounts" a on a."Code" = q.account
) select t.name, count(*)::int from truth t join app_public.organizations o on o.id = t.id
where o.slug <> lower(coalesce(t.company, 'default-org')) group by 1`.split(';')[1] ?? '',
  )
  return rows
}

test('phase by phase, verified after each; and back, as it was before each', async () => {
  const url = await customer(odd)
  await change(
    url,
    `do $$ begin execute format('alter database %I set search_path to "Sales Dept", public', current_database()); end $$`,
  )
  await ensureRoles(url)
  const before = new Map<string, string>()
  for (const phase of phases) {
    before.set(phase, await schemaOf(url))
    await applyUntil(url, oddSpec, phase)
    expect(await verifiedScope(url)).toMatchObject({ ok: true, phase, mismatches: [] })
    if (phase !== 'expand') expect(await strays(url)).toEqual([])
  }
  const { rows } = await change(
    url,
    `select x.relname as name from pg_index i join pg_class x on x.oid = i.indexrelid
join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'Tenant Id'
where i.indisunique and not a.attnum = any (i.indkey::int2[]) order by 1`,
  )
  // Said to be everybody's, and what a table that stays everybody's leans on.
  expect(rows.map(({ name }) => name)).toEqual(['Accounts_Handle_key', 'Order_pkey'])
  for (const phase of phases.toReversed()) {
    if (phase === 'expand')
      await change(
        url,
        `set session_replication_role to replica; update "Sales Dept"."Accounts" set "Tenant Id" = default`,
      )
    await cancelFrom(url, phase)
    expect(await schemaOf(url)).toBe(before.get(phase))
  }
}, 120_000)

const hasPsql = spawnSync('psql', ['--version']).status === 0
const withPsql = hasPsql ? test : test.skip

withPsql.each([
  ['odd', async () => customerNamed(), oddSpec],
  [
    'sell-out',
    async () => database('sellout-legacy'),
    async () => ({ ...(await sellout()), workspace: 'workspace' }),
  ],
] as const)(
  `the print, run by psql on a copy, makes the same database: %s${hasPsql ? '' : ' (skipped: no psql)'}`,
  async (_, make, given) => {
    const one = await make()
    const two = await clone(one.name)
    const spec = typeof given === 'function' ? await given() : given
    const { plan } = await preparedScope(one.url, spec)
    await applyUntil(one.url, spec, 'enforce')
    execFileSync('psql', ['--no-psqlrc', '--quiet', '--output=/dev/null', '--dbname', two.url], {
      input: render(plan),
    })
    expect(await state(two.url)).toEqual(await state(one.url))
    expect(await verifiedScope(two.url)).toMatchObject({ ok: true, phase: 'enforce' })
    expect((await preparedScope(two.url, spec)).stage).toBe('applied')
  },
  120_000,
)

async function customerNamed() {
  const made = await database()
  await change(made.url, odd)
  await ensureRoles(made.url)
  return made
}
