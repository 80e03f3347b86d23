/** The core for a migrator that is no superuser, as on managed Postgres: a login with CREATEROLE that owns its database. */
import { loadCore } from '../../src/engine/apply/core.ts'
import { up } from '../../src/engine/operations/index.ts'
import { connect, withDatabase } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { rolesOf } from '../../src/postgres/roles.ts'
import { database } from '../helpers/database.ts'
import { serverUrl } from '../helpers/run.ts'

// Roles of its own, because those of other tests belong to the superuser. They stay, as all roles do.
const prefix = 'rowhouse_test_lesser'
const roles = rolesOf(prefix)
const migrator = `${prefix}_migrator`
const password = 'only for tests'

const asAdmin = async (sql: string, url = withDatabase(serverUrl(), 'postgres')) => {
  const client = await connect(url, 'test')
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

test.each(['app_public', 'public'])(
  'installs, protects, checks and uninstalls; core tables in %s',
  async coreSchema => {
    const { url, name, drop } = await database()
    await asAdmin(
      `do $$ begin if to_regrole('${migrator}') is null then create role ${migrator} login createrole password '${password}'; end if; end $$`,
    )
    await asAdmin(`alter database ${ident(name)} owner to ${migrator}`)
    const login = new URL(url)
    login.username = migrator
    login.password = password
    const client = await connect(login.toString(), 'test')
    const core = await loadCore(roles, { coreSchema, usersSchema: coreSchema }, migrator)
    await client.query('begin')
    for (const statement of up({ kind: 'install_core', fresh: true, ...core }, {} as never))
      await client.query(statement)
    await client.query('commit')
    const { rows: faults } = await client.query('select * from app_private.isolation_faults')
    expect(faults).toEqual([])

    await client.query(`
    create schema shop authorization ${roles.owner}; grant usage on schema shop to ${roles.visitor};
    set role ${roles.owner};
    create table shop.orders (organization_id uuid not null default app_hidden.current_organization_id(),
      id bigserial, label text, primary key (organization_id, id));
    reset role;
    select app_private.protect('shop.orders');
    insert into ${coreSchema}.organizations (id, name, slug) values ('00000000-0000-4000-8000-00000000000a', 'Acme', 'acme');
    insert into shop.orders (organization_id, label) values ('00000000-0000-4000-8000-00000000000a', 'one')`)
    expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])

    // The owner is not bound by the wall, whoever cannot become it is.
    expect((await client.query('select label from shop.orders')).rows).toEqual([{ label: 'one' }])
    await client.query(`begin; set local role ${roles.visitor}`)
    await expect(client.query('select label from shop.orders')).rejects.toMatchObject({ code: 'RH001' })
    await client.query('rollback')

    await client.query(`alter policy organization_isolation on shop.orders using (true)`)
    const { rows } = await client.query('select * from app_private.isolation_faults')
    expect(rows).toMatchObject([{ check_name: '0001_wall_missing' }])
    await client.query(rows[0].hint)
    expect((await client.query('select * from app_private.isolation_faults')).rows).toEqual([])

    await client.query(`drop table shop.orders; drop schema shop; begin; ${core.uninstall}; commit`)
    const { rows: left } = await client.query(
      `select nspname from pg_namespace where nspname in ('app_private', 'app_hidden', 'rowhouse')`,
    )
    expect(left).toEqual([])
    await client.end()
    await drop()
  },
)
