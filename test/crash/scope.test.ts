/** `kill -9` while a database is scoped in place: in every kind of operation, amid rows, an index, and on the way back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { steps, undo } from '../../src/engine/render.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { change, customer, file } from '../engine/scope/customer.ts'
import { preparedScope, sellout, verifiedScope } from '../engine/scope/scoped.ts'
import { strays } from '../engine/scope/strays.ts'
import { database } from '../helpers/database.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { moments, pick, pointsOf, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { finishCommand, journal, type Result, resultOf, sessionEnded, startCommand } from './struck.ts'

/** Two dozen commands one after the other. */
const patience = 240_000

const folders: string[] = []
afterAll(() => Promise.all(folders.map(one => rm(one, { recursive: true, force: true }))))

/** A folder with the spec; the workspace is relative, so that the plan is the same wherever it is made. */
async function folder(spec: object): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'rowhouse-test-'))
  folders.push(made)
  await writeFile(join(made, 'tenancy.json5'), JSON.stringify({ ...spec, workspace: 'workspace' }))
  return made
}

const apply = (url: string, phase = 'enforce') => [
  ...['apply', '--database', url, '--spec', 'tenancy.json5', '--yes', '--jobs', '1', '--phase', phase],
  ...(phase === 'enforce' ? ['--override'] : []),
]
const cancel = (url: string, phase: string) => [
  ...['cancel', '--database', url, '--phase', phase, '--yes', '--confirm'],
  new URL(url).pathname.slice(1),
]

/** What was tried is not what was done. */
const withoutAttempts = ({ rows, ...rest }: Result) => ({
  ...rest,
  rows: Object.fromEntries(Object.entries(rows).filter(([name]) => !name.startsWith('rowhouse.attempts'))),
})

describe(`kill -9 of apply, seed ${seed}`, () => {
  let expected: Result
  beforeAll(async () => {
    const { url } = await database('sellout-legacy')
    const at = await folder(await sellout())
    await finishCommand(apply(url), at)
    expected = withoutAttempts(await resultOf(url, at))
  }, patience)

  test.each(moments)(
    '%s of every kind of operation: nothing is lost, the same command goes on',
    async moment => {
      const { url } = await database('sellout-legacy')
      const at = await folder(await sellout())
      const { plan } = await preparedScope(url, { ...(await sellout()), workspace: 'workspace' })
      const all = steps(plan).flatMap(step => step.units)
      const points = pointsOf(plan, moment, randomOf(seed + moments.indexOf(moment))).sort(
        (a, b) => a.journalled - b.journalled,
      )
      expect(points.length).toBe(new Set(plan.operations.map(({ kind }) => kind)).size)
      for (const point of points) {
        const proxy = await startProxy(url, strikeAt(point))
        const command = startCommand(apply(proxy.url), at)
        expect(await Promise.race([proxy.stopped(), command.ended])).toMatchObject({ text: point.statement })
        expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
        expect({ at: point.step.name, journal: await journal(url) }).toEqual({
          at: point.step.name,
          journal: all.slice(0, point.journalled),
        })
      }
      await finishCommand(apply(url), at)
      expect(await journal(url)).toEqual(all)
      expect(await verifiedScope(url)).toMatchObject({ ok: true, mismatches: [] })
      expect(await strays(url)).toEqual({})
      expect(withoutAttempts(await resultOf(url, at))).toEqual(expected)
    },
    patience,
  )

  test.each(moments)(
    '%s of every kind of operation on the way back: it ends where it began',
    async moment => {
      const { url } = await database('sellout-legacy')
      const at = await folder(await sellout())
      const schema = () => withClient(url, 'test', client => snapshot(client))
      const before = await schema()
      const { plan } = await preparedScope(url, { ...(await sellout()), workspace: 'workspace' })
      await finishCommand(apply(url), at)
      // Nobody is to be asked for a file: all rows are the default organization's again.
      await change(
        url,
        `set session_replication_role to replica; ${plan.tables.map(({ target }) => `update public.${target.name} set client_id = (select id from public.organizations where slug = 'default-org')`).join(';')}`,
      )
      const random = randomOf(seed + 20 + moments.indexOf(moment))
      const back = plan.operations
        .toReversed()
        .map(operation => ({ operation, statements: undo(operation, plan) }))
      const said = Map.groupBy(
        back.flatMap(({ statements }) => statements),
        text => text,
      )
      const unique = (texts: readonly string[]) => texts.filter(text => said.get(text)?.length === 1)
      const kinds = Map.groupBy(
        back.filter(({ statements }) => unique(statements).length > 0),
        ({ operation }) => operation.kind,
      )
      expect(kinds.size).toBeGreaterThan(10)
      const chosen = new Set([...kinds.values()].map(same => pick(same, random)))
      for (const one of back.filter(step => chosen.has(step))) {
        const statement = moment === 'inside' ? pick(unique(one.statements), random) : 'commit'
        const proxy = await startProxy(url, strikeAt({ step: one, statement, moment }, 'cancel'))
        const command = startCommand(cancel(proxy.url, 'expand'), at)
        expect(await Promise.race([proxy.stopped(), command.ended])).toMatchObject({ text: statement })
        expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
        await sessionEnded(url)
        await proxy.close()
      }
      // After the last commit nothing is left to cancel.
      if ((await journal(url)).length > 0) await finishCommand(cancel(url, 'expand'), at)
      expect(await schema()).toBe(before)
    },
    patience,
  )
})

const slow = `
create table users (id serial primary key, email text not null, company text);
create table uploads (id serial primary key, user_id int not null references users);
insert into users (email, company) select n || '@x.example', case n % 2 when 0 then 'Acme' end from generate_series(1, 2500) n;
insert into uploads (user_id) select n from generate_series(1, 2500) n`
const spec = file({
  identities: null,
  organizations: { acme: { name: 'Acme' } },
  // Each row takes a millisecond.
  tables: {
    users: {
      owner: { sql: `(select t.company from (select pg_sleep(0.001 + 0 * t.id)) s)` },
      otherwise: 'default',
    },
  },
})

test(
  'kill -9 amid the assigning of rows: what was committed is not done again',
  async () => {
    const url = await customer(slow)
    const at = await folder(spec)
    let before = -1
    for (let strike = 0; strike < 3; strike++) {
      const command = startCommand(apply(url, 'assign'), at)
      for (;;) {
        await wait(20)
        const { rows } = await change(
          url,
          `select coalesce(max(rows_seen), -1)::int as seen from rowhouse.assignments where table_name = 'public.users' and pass = 'first'`,
        ).catch(() => ({ rows: [{ seen: -1 }] }))
        if (rows[0].seen > before) {
          before = rows[0].seen
          break
        }
      }
      expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
      await sessionEnded(url)
    }
    const { rows: half } = await change(
      url,
      `select rows_seen::int as seen, is_done from rowhouse.assignments where table_name = 'public.users' and pass = 'first'`,
    )
    expect(half[0].is_done).toBe(false)
    await finishCommand(apply(url, 'assign'), at)
    const { rows } = await change(
      url,
      `select rows_seen::int as seen, rows_moved::int as moved from rowhouse.assignments where table_name = 'public.users' and pass = 'first'`,
    )
    expect(rows).toEqual([{ seen: 2500, moved: 1250 }])
    const { rows: owned } = await change(
      url,
      `select (select slug from app_public.organizations o where o.id = t.organization_id) as slug, count(*)::int as n from uploads t group by 1 order by 1`,
    )
    expect(owned).toEqual([
      { slug: 'acme', n: 1250 },
      { slug: 'default-org', n: 1250 },
    ])
  },
  patience,
)

test(
  'kill -9 amid an index: the half of one is found, dropped and built again',
  async () => {
    const url = await customer(slow)
    const at = await folder({ ...spec, tables: {}, organizations: {} })
    await finishCommand(apply(url, 'assign'), at)
    const invalid = async () =>
      (await change(url, `select indexrelid::regclass::text as name from pg_index where not indisvalid`)).rows
    await withClient(url, 'test', async holder => {
      await holder.query('begin')
      await holder.query('update public.uploads set user_id = user_id where false')
      const command = startCommand(apply(url, 'index'), at)
      while ((await invalid()).length === 0) await wait(20)
      expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
      await sessionEnded(url)
      await holder.query('commit')
    })
    expect(await invalid()).toHaveLength(1)
    await finishCommand(apply(url, 'index'), at)
    expect(await invalid()).toEqual([])
    expect(await verifiedScope(url)).toMatchObject({ ok: true, phase: 'index' })
  },
  patience,
)
