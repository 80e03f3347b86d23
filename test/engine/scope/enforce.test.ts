/** The last phase, and what a tenant can reach before and after it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import type { Plan } from '../../../src/engine/plan/plan.ts'
import { observe } from '../../../src/engine/scope/activity.ts'
import { asMember } from '../../../src/engine/verify/member.ts'
import { withClient, withDatabase } from '../../../src/postgres/connect.ts'
import { type EmbeddedServer, removeEmbedded, startEmbedded } from '../../../src/postgres/embedded.ts'
import { database, type TestDatabase } from '../../helpers/database.ts'
import { type Application, application, dropApplication } from './application.ts'
import { change, file } from './customer.ts'
import { applyUntil, sellout, verifiedScope } from './scoped.ts'

const made: { at: TestDatabase; app: Application }[] = []
afterAll(async () => {
  for (const { at, app } of made) {
    await at.drop()
    await dropApplication(app)
  }
})

/** Runs as a member of the organization; what it wrote is there afterwards if `keeps`. */
const as = <T>(
  url: string,
  plan: Plan,
  slug: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T | null> =>
  withClient(url, 'test', client => {
    const organization = plan.organizations.find(one => one.slug === slug)
    if (organization === undefined) throw new Error(`no organization ${slug}`)
    return asMember(client, plan, organization, async () => {
      await client.query('set local search_path to public, pg_catalog')
      return work(client)
    })
  })

test('members write and see their own before the last phase and after it; the old application until then', async () => {
  const at = await database('sellout-legacy')
  const app = await application(at.url, 'enforced')
  made.push({ at, app })
  const spec = await sellout()
  const plan = await applyUntil(at.url, spec, 'protect')

  const tenants = async () => {
    for (const slug of ['acme', 'globex', 'initech', 'default-org']) {
      const seen = await as(at.url, plan, slug, async client => {
        const { rows: own } = await client.query(
          `insert into products (ean, name, category) values ('new-' || $1, 'x', 'toys') returning client_id, (select count(*)::int from products) as seen`,
          [slug],
        )
        const { rows: others } = await client.query(
          `select count(*)::int as n from products where client_id <> $1`,
          [own[0].client_id],
        )
        // A row of its own without a parent stays its own, whatever it refers to next.
        await client.query(
          `update products set created_by_id = (select min(id) from users) where ean = 'new-' || $1`,
          [slug],
        )
        const { rows: after } = await client.query(
          `select client_id from products where ean = 'new-' || $1`,
          [slug],
        )
        return { own: own[0].client_id, after: after[0].client_id, others: others[0].n }
      })
      const id = plan.organizations.find(one => one.slug === slug)?.id
      expect({ slug, ...seen }).toEqual({ slug, own: id, after: id, others: 0 })
    }
  }
  await tenants()

  const before = await app.connect()
  expect((await before.query('select count(*)::int as n from users')).rows[0].n).toBeGreaterThan(10)
  // Whoever got a right after planning sees too, and is named and sent away as the others are.
  await before.end()

  await applyUntil(at.url, spec, 'enforce')
  const late = await app.connect()
  for (const statement of [
    'select count(*) from users',
    `insert into email_domains (domain, company) values ('x.example', 'x')`,
    'update uploads set took = null',
    'delete from email_logs',
  ])
    await expect(late.query(statement)).rejects.toMatchObject({ code: '42501' })
  await late.end()
  await tenants()
  expect((await change(at.url, 'select * from app_private.isolation_faults')).rows).toEqual([])

  // What another has, a tenant neither reaches nor learns of: by keys, references, or the sequence of its own.
  const taken = (
    await change(
      at.url,
      `select p.ean, u.id as person, u.email, f.id as upload, u.reset_token as token
from products p, users u join uploads f on f.user_id = u.id, organizations o where o.slug = 'globex' and p.client_id = o.id and u.client_id = o.id limit 1`,
    )
  ).rows[0]
  const tries = await as(at.url, plan, 'acme', async client => {
    const attempt = async (text: string, values: unknown[]) => {
      await client.query('savepoint here')
      try {
        const { rowCount } = await client.query(text, values)
        return `${rowCount} rows`
      } catch (error) {
        return (error as { code: string }).code
      } finally {
        await client.query('rollback to here')
      }
    }
    return {
      sameKey: await attempt(`insert into products (ean, name, category) values ($1, 'x', 'toys')`, [
        taken.ean,
      ]),
      reference: await attempt(
        `insert into products (ean, name, category, created_by_id) values ('e', 'x', 'toys', $1)`,
        [taken.person],
      ),
      noReference: await attempt(
        `insert into products (ean, name, category, created_by_id) values ('e', 'x', 'toys', $1)`,
        [2_000_000_000],
      ),
      undeclared: await attempt(
        `insert into transform_logs (upload_id, row_no, rule) values ($1, 1, 'trim')`,
        [taken.upload],
      ),
      update: await attempt('update products set name = $2 where ean = $1', [taken.ean, 'mine']),
      remove: await attempt('delete from uploads where id = $1', [taken.upload]),
      scope: await attempt('update products set client_id = $1', [plan.organizations[0]?.id]),
    }
  })
  expect(tries).toEqual({
    sameKey: '1 rows',
    // A row of another organization is refused as one that is not there.
    reference: '23503',
    noReference: '23503',
    undeclared: '1 rows',
    update: '0 rows',
    remove: '0 rows',
    scope: '42501',
  })
  expect(await verifiedScope(at.url)).toMatchObject({ ok: true, phase: 'enforce' })
})

test('a row that a tenant made without a parent is not taken from it by the last look', async () => {
  const at = await database('sellout-legacy')
  const plan = await applyUntil(at.url, await sellout(), 'protect')
  const acme = plan.organizations.find(({ slug }) => slug === 'acme')?.id
  await change(
    at.url,
    `insert into products (ean, name, category, client_id) values ('of-acme', 'x', 'toys', '${acme}');
insert into transform_logs (upload_id, row_no, rule, client_id) values (gen_random_uuid(), 1, 'trim', '${acme}')`,
  )
  const kept = async () =>
    (
      await change(
        at.url,
        `select client_id from products where ean = 'of-acme' union all (select client_id from transform_logs order by id desc limit 1)`,
      )
    ).rows
  expect(await verifiedScope(at.url)).toMatchObject({ ok: true })
  await applyUntil(at.url, await sellout(), 'enforce')
  expect(await kept()).toEqual([{ client_id: acme }, { client_id: acme }])
})

test('what leads around the wall is told as soon as there is a wall', async () => {
  const at = await database('sellout-legacy')
  await change(
    at.url,
    `create view figures as select * from sellout_entries2; grant select on figures to public;
create function everybody() returns setof text language sql security definer as 'select email from public.users'`,
  )
  await applyUntil(at.url, await sellout(), 'index')
  expect(await verifiedScope(at.url)).toMatchObject({ ok: true })
  await applyUntil(at.url, await sellout(), 'protect')
  const { mismatches } = await verifiedScope(at.url)
  expect(mismatches.map(({ reason }) => reason.split(':')[0]).sort()).toEqual([
    '0002_readable_without_wall public.figures',
    '0005_definer_reachable everybody()',
    '0006_definer_search_path everybody()',
  ])
})

describe('with pg_stat_statements', () => {
  const home = mkdtempSync(join(tmpdir(), 'rowhouse-test-'))
  chmodSync(home, 0o711)
  let server: EmbeddedServer
  beforeAll(async () => {
    server = await startEmbedded({
      home,
      durable: false,
      settings: { shared_preload_libraries: 'pg_stat_statements' },
    })
  })
  afterAll(async () => {
    await server.stop()
    await removeEmbedded(home)
    rmSync(home, { recursive: true, force: true })
  })

  test('a role counts as at work while it is connected, until it was watched for an hour, and when its count grew', async () => {
    await withClient(server.url, 'test', client => client.query('create database shop'))
    const url = withDatabase(server.url, 'shop')
    await change(
      url,
      `create extension pg_stat_statements;
create table users (id serial primary key, email text); insert into users (email) values ('a@x.example');
create role "old app" login password 'only for tests'; grant select on users to "old app"`,
    )
    const plan = await applyUntil(url, file({ root: 'users', identities: null }), 'protect')
    const look = () => withClient(url, 'journal', client => observe(client, plan))
    const earlier = () =>
      change(url, `update rowhouse.activity set seen_at = seen_at - interval '61 minutes'`)
    const visit = async () => {
      const own = new URL(url)
      own.username = 'old app'
      own.password = 'only for tests'
      await withClient(own.toString(), 'old', async client => {
        await client.query('select count(*) from users')
        expect([...(await look()).active]).toEqual([['old app', '1 sessions are connected']])
      })
    }
    const why = async () => {
      const { losing, active, unknown } = await look()
      expect({ losing, unknown }).toEqual({ losing: ['old app'], unknown: null })
      return active.get('old app') ?? null
    }
    await visit()
    expect(await why()).toBe('it was not watched for an hour yet')
    await earlier()
    expect(await why()).toBeNull()
    await visit()
    expect(await why()).toBe('it sent statements in the last hour')
    await earlier()
    expect(await why()).toBeNull()
  })
})
