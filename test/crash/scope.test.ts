/** `kill -9` while a database is scoped in place: amid rows, and amid an index. */
import { setTimeout as wait } from 'node:timers/promises'
import { withClient } from '../../src/postgres/connect.ts'
import { change, customer, file } from '../engine/scope/customer.ts'
import { verifiedScope } from '../engine/scope/scoped.ts'
import { applyScope as apply, scopeFolder as folder } from './scoped.ts'
import { finishCommand, sessionEnded, startCommand } from './struck.ts'

/** Commands one after the other, and rows that take their time. */
const patience = 240_000

const slow = `
create table users (id serial primary key, email text not null, company text);
create table uploads (id serial primary key, user_id int not null references users);
insert into users (email, company) select n || '@x.example', case n % 2 when 0 then 'Acme' end from generate_series(1, 2500) n;
insert into uploads (user_id) select n from generate_series(1, 2500) n`
const spec = file({
  identities: null,
  organizations: { acme: { name: 'Acme' } },
  // Each row takes a millisecond where it is assigned, and nothing where it is only looked at.
  tables: {
    users: {
      owner: {
        sql: `(select t.company from (select pg_sleep(case current_setting('application_name') when 'rowhouse apply' then 0.001 else 0 end + 0 * t.id)) s)`,
      },
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
