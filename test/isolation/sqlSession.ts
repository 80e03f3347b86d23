/** What a statement can do to its session, its role, its settings, and to objects that are not tables. */
import type { TenantContext } from '../../src/postgres/context.ts'
import { literal } from '../../src/postgres/identifiers.ts'
import type { Catalog, Routine } from './catalog.ts'
import type { House } from './house.ts'
import type { Probe } from './probe.ts'
import { noContext } from './sqlReads.ts'

const denied = /^42501$/
const ask = 'select app_hidden.current_organization_id()'
const names = {
  userId: 'app.user_id',
  organizationId: 'app.current_organization_id',
  expires: 'app.context_expires',
  seal: 'app.context_seal',
}

export function sessionProbes(catalog: Catalog, house: House, context: TenantContext): Probe[] {
  return [
    ...contexts(house, context),
    ...becoming(catalog),
    ...catalog.routines.flatMap(routine => calls(routine, house)),
    ...sequences(catalog),
    ...objects(catalog),
    ...server(catalog),
  ]
}

const set = (settings: Partial<Record<keyof TenantContext, string>>): string =>
  `select ${Object.entries(settings)
    .map(([key, value]) => `set_config('${names[key as keyof TenantContext]}', ${literal(value)}, true)`)
    .join(', ')}`

/** The context changed by hand, replayed, outdated, or of somebody who was let go. */
function contexts({ attacker, victims, refused }: House, own: TenantContext): Probe[] {
  const probes: Probe[] = [
    { name: 'context: none', sql: [noContext, ask], refused: /^RH001$/ },
    { name: 'context: expiry put off', sql: [set({ expires: '99999999999' }), ask], refused: /^RH002$/ },
    { name: 'context: expiry infinite', sql: [set({ expires: 'Infinity' }), ask], refused: /^RH002$/ },
    {
      name: 'context: another user',
      sql: [
        set({
          userId:
            attacker.people.owner.userId === own.userId
              ? attacker.people.admin.userId
              : attacker.people.owner.userId,
        }),
        'select app_hidden.current_user_id()',
      ],
      refused: /^RH002$/,
    },
    { name: 'context: no seal', sql: [set({ seal: '' }), ask], refused: /^RH001$/ },
    { name: 'context: seal of zeros', sql: [set({ seal: '0'.repeat(64) }), ask], refused: /^RH002$/ },
  ]
  for (const { id, slug, people } of victims) {
    const { userId } = people.owner
    probes.push(
      { name: `context: ${slug} by hand`, sql: [set({ organizationId: id }), ask], refused: /^RH002$/ },
      {
        name: `context: ${slug} and its owner by hand`,
        sql: [set({ organizationId: id, userId }), ask],
        refused: /^RH002$/,
      },
      {
        name: `context: ${slug} by enter_context`,
        sql: ['select app_hidden.enter_context($1, $2, $3, $4)'],
        values: [own.userId, id, own.expires, own.seal],
        refused: /^RH002$/,
      },
      {
        name: `context: moved separators of ${slug}`,
        sql: [set({ userId: `${own.userId}|${own.organizationId}`, organizationId: id }), ask],
        refused: /^RH002$/,
      },
    )
  }
  for (const [code, list] of Object.entries(refused)) {
    list.forEach(({ userId, organizationId, expires, seal }, at) => {
      probes.push({
        name: `context: sealed, ${code}, ${at + 1}`,
        sql: ['select app_hidden.enter_context($1, $2, $3, $4)'],
        values: [userId, organizationId, expires, seal],
        refused: new RegExp(`^${code}$`),
        // Without victims there is no such organization either; only the server can seal a context for one.
        varies: true,
      })
    })
  }
  return probes
}

/** Every other role, and the login itself, which may do nothing. */
function becoming({ roles, tables }: Catalog): Probe[] {
  const walled = tables.filter(({ reachable }) => reachable)
  return [
    ...roles.map(
      (role): Probe => ({ name: `role: set ${role}`, sql: [`set role ${role}`], refused: denied }),
    ),
    ...roles.map(
      (role): Probe => ({
        name: `role: session ${role}`,
        sql: [`set session authorization ${role}`],
        refused: denied,
        login: true,
      }),
    ),
    ...roles.map(
      (role): Probe => ({
        name: `role: grant ${role}`,
        sql: [`grant ${role} to current_user`],
        // Postgres 18 says of one of them that it takes no members, before it looks who asks.
        refused: /^(42501|0A000)$/,
      }),
    ),
    ...walled.map(
      ({ name }): Probe => ({
        name: `role: reset, ${name}`,
        sql: ['reset role', `select * from ${name}`],
        refused: denied,
        login: true,
      }),
    ),
    {
      name: 'role: default session',
      sql: ['set session authorization default', 'select current_setting($$is_superuser$$)'],
      login: true,
    },
    { name: 'role: attributes', sql: ['alter role current_user bypassrls'], refused: denied },
    { name: 'role: superuser', sql: ['alter role current_user superuser'], refused: denied },
    { name: 'role: create', sql: ['create role leak'], refused: denied },
  ]
}

/** Every function, with ids of the others as arguments; what may not be called is called too. */
function calls({ name, arguments: types, reachable }: Routine, { victims, attacker }: House): Probe[] {
  if (!reachable) {
    const blanks = types.map(type => `null::${type}`).join(', ')
    return [
      {
        name: `function: ${name}(${types})`,
        sql: [`select ${name}(${blanks})`],
        refused: /^(42501|0A000|42809)$/,
      },
    ]
  }
  const probes: Probe[] = []
  for (const { id, people, slug } of victims) {
    for (const [who, userId] of [
      ['own user', attacker.people.owner.userId],
      ['guest', attacker.people.viewer.userId],
      ['their user', people.owner.userId],
    ] as const) {
      let uuids = 0
      const values = types.map(type => {
        if (type !== 'uuid') return `null::${type}`
        // A user first, then an organization, as every function of the house takes them.
        uuids += 1
        return uuids === 1 ? `'${userId}'::uuid` : `'${id}'::uuid`
      })
      probes.push({
        name: `function: ${name}(${types}) ${who} ${slug}`,
        sql: [`select ${name}(${values.join(', ')})`],
      })
    }
  }
  return probes
}

function sequences({ sequences }: Catalog): Probe[] {
  return sequences.flatMap((name): Probe[] => [
    { name: `sequence: set ${name}`, sql: [`select setval(${literal(name)}, 1)`], refused: denied },
    { name: `sequence: alter ${name}`, sql: [`alter sequence ${name} restart`], refused: denied },
  ])
}

/** Anything that could be put between a name and what it means, or carry rows from one tenant to the next. */
function objects({ schemas }: Catalog): Probe[] {
  const refused = /^(42501|42P01|42809)$/
  const make = (what: string, sql: string): Probe => ({ name: `object: ${what}`, sql: [sql], refused })
  return [
    ...[...schemas, 'pg_catalog', 'public'].flatMap(schema => [
      make(`table in ${schema}`, `create table ${schema}.leak (n int)`),
      make(
        `function in ${schema}`,
        `create function ${schema}.leak() returns int language sql as 'select 1'`,
      ),
      make(`view in ${schema}`, `create view ${schema}.leak as select 1`),
      make(`type in ${schema}`, `create type ${schema}.leak as (n int)`),
      // Succeeds with a warning that nothing was granted, or fails: what it did is compared by what follows it.
      {
        name: `object: schema ${schema} opened`,
        sql: [`grant all on schema ${schema} to public`, `create table ${schema}.leak (n int)`],
        refused,
      },
      make(`schema ${schema} dropped`, `drop schema ${schema} cascade`),
    ]),
    make('temporary table', 'create temporary table leak (n int)'),
    make('temporary view', 'create temporary view leak as select 1'),
    make('temporary function', `create function pg_temp.leak() returns int language sql as 'select 1'`),
    make('schema', 'create schema leak'),
    make('extension', 'create extension pg_trgm'),
    make('language', 'create trusted language leak handler plpgsql_call_handler'),
    make('publication', 'create publication leak for all tables'),
    make(
      'event trigger',
      'create event trigger leak on ddl_command_start execute function app_hidden.can_write()',
    ),
    make(
      'function of the wall',
      `create or replace function app_hidden.current_organization_id() returns uuid language sql as 'select null::uuid'`,
    ),
    make(
      'function of the wall, owner',
      'alter function app_hidden.current_organization_id() owner to current_user',
    ),
    make(
      'function of the wall, settings',
      'alter function app_hidden.current_organization_id() set search_path to public',
    ),
  ]
}

/** Files, other sessions, the server's own tables. */
function server({ schemas, core }: Catalog): Probe[] {
  const refuse = (what: string, sql: string): Probe => ({
    name: `server: ${what}`,
    sql: [sql],
    refused: /^(42501|42883|42P01|0A000|22023)$/,
  })
  return [
    refuse('passwords', 'select * from pg_authid'),
    refuse('statistics', 'select * from pg_statistic'),
    refuse('extended statistics', 'select * from pg_statistic_ext_data'),
    refuse('large objects', 'select * from pg_largeobject'),
    refuse('file', `select pg_read_file('postgresql.conf')`),
    refuse('folder', `select pg_ls_dir('.')`),
    refuse('program', `copy (select 1) to program 'cat'`),
    refuse(
      'copy from a file',
      `do $$ begin execute 'copy ${core.schema}.organizations from ''/etc/passwd'''; end $$`,
    ),
    refuse('log everything', `set log_statement to 'all'`),
    refuse('triggers off', 'set session_replication_role to replica'),
    refuse('import', `select lo_import('/etc/passwd')`),
    refuse('export', `select lo_export(1, '/tmp/leak')`),
    {
      name: 'server: sessions',
      sql: [`select query from pg_stat_activity where pid <> pg_backend_pid()`],
      varies: true,
    },
    {
      name: 'server: sessions of the login',
      // The walk's own sessions, also those of another file, end a little after it.
      sql: [
        'reset role',
        `select query from pg_stat_activity where pid <> pg_backend_pid() and application_name not like 'rowhouse test%'`,
      ],
      varies: true,
      login: true,
    },
    {
      name: 'server: column statistics',
      sql: [
        'select schemaname, tablename from pg_stats where schemaname <> all (array[$$pg_catalog$$, $$information_schema$$])',
      ],
    },
    {
      name: 'server: column statistics of the login',
      sql: [
        'reset role',
        'select schemaname, tablename from pg_stats where schemaname <> all (array[$$pg_catalog$$, $$information_schema$$])',
      ],
      login: true,
    },
    {
      name: 'server: settings',
      sql: [`select name, setting from pg_settings where name like 'app.%' or name like 'leak.%'`],
    },
    { name: 'server: prepared statements', sql: ['select name, statement from pg_prepared_statements'] },
    { name: 'server: cursors', sql: ['select name, statement from pg_cursors'] },
    ...schemas.map(
      (schema): Probe => ({
        name: `server: ${schema} as xml`,
        sql: [`select schema_to_xml('${schema.replaceAll('"', '')}', true, false, '')`],
      }),
    ),
    { name: 'server: database as xml', sql: [`select database_to_xml(true, false, '')`] },
    { name: 'server: comments', sql: ['select description from pg_description'], varies: true },
  ]
}
