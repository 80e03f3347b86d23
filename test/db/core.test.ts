/** The core as a whole: it can be loaded again, committed migrations make the same, and it can be taken out. */
import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { corePlaceholders, fillPlaceholders, loadCore } from '../../src/engine/apply/core.ts'
import { up } from '../../src/engine/operations/index.ts'
import { connect, withDatabase } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { roles } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
import { serverUrl } from '../helpers/run.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { ensureRoles } from '../helpers/templates.ts'

const open: pg.Client[] = []
afterAll(async () => {
  for (const client of open) await client.end()
})

async function fresh(template?: string): Promise<pg.Client> {
  const { url } = await database(template)
  await ensureRoles(url)
  const client = await connect(url, 'test')
  open.push(client)
  // As every new database has it, but for copies of template0 in tests.
  if (template === undefined)
    await client.query(
      `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
    )
  return client
}

/** db/all.sql with its files in place of the lines that include them, as graphile-migrate does. */
const allSql = (coreSchema = 'app_public') =>
  fillPlaceholders(
    readFileSync(`${checkout}/db/all.sql`, 'utf8').replaceAll(/^--!include (\S+)$/gm, (_, path) =>
      readFileSync(`${checkout}/db/${path}`, 'utf8'),
    ),
    corePlaceholders(roles, { coreSchema, usersSchema: coreSchema }),
  )

/** The core as `rowhouse apply` installs it. */
async function install(client: pg.Client, coreSchema = 'app_public'): Promise<void> {
  const core = await loadCore(roles, { coreSchema, usersSchema: coreSchema }, 'postgres')
  const operation = { kind: 'install_core', fresh: true, ...core, roles: 'select 1' } as const
  await client.query('begin')
  for (const statement of up(operation, {} as never)) await client.query(statement)
  await client.query('commit')
}

async function uninstall(client: pg.Client, coreSchema = 'app_public'): Promise<void> {
  await client.query(
    `begin; ${(await loadCore(roles, { coreSchema, usersSchema: coreSchema }, 'postgres')).uninstall}; commit`,
  )
}

/** Everything, and what the snapshot leaves out: who may do what with the database, default rights. */
async function everything(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(`
    select 'database ' || coalesce(grantee::regrole::text, 'public') || ' ' || privilege_type as line
    from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) where datname = current_database()
    union all
    select 'default ' || concat_ws(' ', defaclrole::regrole, defaclnamespace, defaclobjtype, defaclacl) from pg_default_acl
    union all
    select 'schema ' || nspname || ' ' || coalesce(nspacl::text, '') from pg_namespace where nspname !~ '^pg_'
    order by 1`)
  return `${await snapshot(client)}\n${rows.map(({ line }) => line).join('\n')}`
}

test('running all.sql again changes nothing, and once is enough for no fault', async () => {
  const client = await fresh()
  await client.query(allSql())
  const once = await everything(client)
  const { rows: keys } = await client.query('select * from app_private.context_keys')
  await client.query(allSql())
  await client.query(allSql())
  expect(await everything(client)).toBe(once)
  expect((await client.query('select * from app_private.context_keys')).rows).toEqual(keys)
  expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])
})

test('the committed migrations make what all.sql makes', async () => {
  const [written, committed] = [await fresh(), await fresh()]
  await written.query(allSql())
  await install(committed)
  const { rows: recorded } = await committed.query('select filename from graphile_migrate.migrations')
  expect(recorded).toEqual([{ filename: '000001.sql' }])
  await committed.query('drop schema graphile_migrate cascade')
  expect(await everything(committed)).toBe(await everything(written))
})

describe('uninstall.sql leaves what was there before', () => {
  const there = `create schema shop; create table shop.t (id int primary key, label text);
    create function shop.f() returns int language sql as 'select 1';
    comment on schema public is 'ours'; grant usage on schema shop to public`

  test.each(['app_public', 'public', 'shop', 'tenancy', 'Core'])('core tables in %s', async coreSchema => {
    const client = await fresh()
    await client.query(there)
    const before = await everything(client)
    await install(client, ident(coreSchema))
    expect(await everything(client)).not.toBe(before)
    expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])
    await uninstall(client, ident(coreSchema))
    expect(await everything(client)).toBe(before)
  })

  test('core tables in a schema that was there before, and whose name wants quotes', async () => {
    const client = await fresh()
    await client.query('create schema "Core"')
    const before = await everything(client)
    await install(client, ident('Core'))
    expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])
    await uninstall(client, ident('Core'))
    expect((await everything(client)).replace('{postgres=UC/postgres}', '')).toBe(before)
  })

  test('rights to temporary tables: given back where they were taken, and no others', async () => {
    const client = await fresh()
    const login = 'rowhouse_test_lodger'
    const admin = await connect(withDatabase(serverUrl(), 'postgres'), 'test')
    await admin.query('select pg_advisory_lock(7269)')
    if ((await admin.query('select from pg_roles where rolname = $1', [login])).rowCount === 0) {
      await admin.query(`create role ${login} login`)
    }
    await admin.end()
    const name = ident(String((await client.query('select current_database() as name')).rows[0]?.name))
    const may = async (role: string) =>
      (
        await client.query(`select has_database_privilege($1, current_database(), 'temporary') as may`, [
          role,
        ])
      ).rows[0]?.may

    // PUBLIC has it: taken, and the login that lived on it gets its own.
    const before = await everything(client)
    await install(client)
    expect([
      await may(login),
      await may('public'),
      await may(roles.visitor),
      await may(roles.authenticator),
    ]).toEqual([true, false, false, false])
    await uninstall(client)
    expect(await everything(client)).toBe(before)

    // A login that had its own keeps it.
    await client.query(`grant temporary on database ${name} to ${login}`)
    const granted = await everything(client)
    await install(client)
    await uninstall(client)
    expect(await everything(client)).toBe(granted)

    // PUBLIC never had it: it does not get it.
    await client.query(`revoke temporary on database ${name} from public, ${login}`)
    const closed = await everything(client)
    await install(client)
    await uninstall(client)
    expect(await everything(client)).toBe(closed)
  })

  test('default rights that somebody set before', async () => {
    const client = await fresh()
    await client.query(
      `alter default privileges for role ${roles.owner} grant select on tables to ${roles.auditor}`,
    )
    const before = await everything(client)
    await install(client)
    await uninstall(client)
    expect(await everything(client)).toBe(before)
  })

  test("somebody's own object in a schema of the house: refused, and nothing is undone", async () => {
    const client = await fresh('core')
    await client.query('create table app_private.notes (id int)')
    const before = await everything(client)
    await expect(uninstall(client)).rejects.toMatchObject({ code: '2BP01' })
    await client.query('rollback')
    expect(await everything(client)).toBe(before)
  })
})
