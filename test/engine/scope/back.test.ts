/** Each phase taken back leaves the database as it was before: rights of every kind, owners and sequences included. */
import { phases } from '../../../src/engine/scope/plan.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { ident } from '../../../src/postgres/identifiers.ts'
import { database } from '../../helpers/database.ts'
import { dropRoles } from '../../helpers/roles.ts'
import { runPrefix } from '../../helpers/run.ts'
import { snapshot } from '../../helpers/snapshot.ts'
import { roles } from '../fold.ts'
import { change } from './customer.ts'
import { applyUntil, cancelFrom, sellout, verifiedScope } from './scoped.ts'

/** Roles belong to the server: of this run, and dropped after it. */
const role = (name: string) => `${runPrefix()}${name}`
const [application, clerk, auditor, keeper, chief, assistant, gate] = [
  'application',
  'clerk',
  'auditor',
  'keeper',
  'chief',
  'assistant',
  'gate',
].map(role) as [string, string, string, string, string, string, string]
const all = [application, clerk, auditor, keeper, chief, assistant, gate]

/** The rights of a system that many hands have been at. */
const rights = `
${all.map(name => `create role ${ident(name)}`).join(';')};
alter role ${ident(application)} login;
alter role ${ident(gate)} login noinherit;
grant select, insert, update, delete on all tables in schema public to ${ident(application)};
grant usage on all sequences in schema public to ${ident(application)};
-- Everybody's, as somebody once meant to be helpful.
grant select, insert on processing_logs to public;
grant usage, select on sequence processing_logs_id_seq to public;
grant select (id, title_was), update (title_was) on products to public;
grant select on products to ${ident(clerk)};
-- Columns, and rights that may be passed on, and were.
grant select (id, email), update (full_name) on users to ${ident(clerk)};
grant select on uploads to ${ident(chief)} with grant option;
grant select (id, ean) on sellout_entries2 to ${ident(chief)} with grant option;
set role ${ident(chief)};
grant select on uploads to ${ident(assistant)};
grant select (ean) on sellout_entries2 to ${ident(assistant)};
reset role;
grant truncate, references, trigger on email_logs to ${ident(auditor)};
-- The server's login may be any: it can become the visitor.
grant ${roles.visitor} to ${ident(gate)};
-- Another role's table.
grant create on schema public to ${ident(keeper)};
alter table email_domains owner to ${ident(keeper)};
alter table transform_logs owner to ${ident(keeper)};
revoke create on schema public from ${ident(keeper)};
alter default privileges in schema public grant select on tables to ${ident(auditor)}`

/** After the databases, which the helper drops first. */
afterAll(() => dropRoles(...all))

const schemaOf = (url: string) => withClient(url, 'test', client => snapshot(client))

describe('cancel', () => {
  let url: string
  const before = new Map<string, string>()
  let last: string

  beforeAll(async () => {
    const made = await database('sellout-legacy')
    url = made.url
    await change(url, 'alter table products add column title_was text')
    await change(url, rights)
    last = await schemaOf(url)
    for (const phase of phases) {
      before.set(phase, await schemaOf(url))
      await applyUntil(url, await sellout(), phase)
    }
  }, 120_000)

  test("the house's own roles are never among those that keep their sight", async () => {
    const protectedSchema = before.get('enforce') ?? ''
    const policies = protectedSchema.match(/^ {2}policy legacy_app .*/gm) ?? []
    expect(policies).toHaveLength(8)
    expect(
      policies.filter(line =>
        [gate, ...Object.values(roles)].some(name => new RegExp(`\\b${name}\\b`).test(line)),
      ),
    ).toEqual([])
    // What was everybody's is now of those who may log in; the server's login may not live on it.
    expect(protectedSchema).toMatch(new RegExp(`grant .* to ${application}\\b`))
    expect(protectedSchema).not.toMatch(
      new RegExp(`grant .*(select|insert).* to (${roles.authenticator}|${gate})\\b`),
    )
  })

  test.each(phases.toReversed())('of %s: as it was before', async phase => {
    if (phase === 'expand') await change(url, 'update users set client_id = default')
    await cancelFrom(url, phase)
    expect(await schemaOf(url)).toBe(before.get(phase))
    if (phase !== 'expand') expect(await verifiedScope(url)).toMatchObject({ ok: true })
  })

  test('of everything, and apply begins again', async () => {
    expect(await schemaOf(url)).toBe(last)
    await applyUntil(url, await sellout(), 'enforce')
    expect(await verifiedScope(url)).toMatchObject({ ok: true, phase: 'enforce' })
    await cancelFrom(url, 'expand')
    expect(await schemaOf(url)).toBe(last)
  }, 120_000)
})
