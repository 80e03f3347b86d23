/** The arc of every check: no row, a fault, one row that names it, the hint's own SQL, no row. */
import { readdirSync } from 'node:fs'
import { checkout } from '../helpers/program.ts'
import { type Room, room, undone } from './room.ts'

type Arc = {
  readonly fault: string
  /** What the one row names. */
  readonly object: string | RegExp
  readonly detail?: RegExp
  /** Run instead of the hint, where the hint leaves something to decide. */
  readonly mend?: string
  /** Other checks see its consequences as well. */
  readonly hasConsequences?: boolean
}

const definer = (name: string, owner = 'current_user', path = 'set search_path to pg_catalog, pg_temp') =>
  `create function ${name}() returns bigint language sql security definer ${path} as 'select count(*) from shop.orders';
   alter function ${name}() owner to ${owner}; grant execute on function ${name}() to rowhouse_visitor;`

/** A table of everybody's, with a secret. */
const kinds = `create table shop.kinds (id int primary key, name text, code text);
  select app_private.share('shop.kinds', secret_columns => array['code'])`

const arcs: Readonly<Record<string, readonly Arc[]>> = {
  '0001_wall_missing': [
    {
      fault: 'drop policy organization_isolation on shop.orders',
      object: 'shop.orders',
      detail: /is missing/,
    },
    { fault: 'alter table shop.orders disable row level security', object: 'shop.orders', detail: /is off/ },
    {
      fault: 'alter table shop.orders force row level security',
      object: 'shop.orders',
      detail: /forced/,
    },
    {
      fault: 'alter policy organization_isolation on shop.orders using (true)',
      object: 'shop.orders',
      detail: /not the wall/,
    },
    {
      fault: 'alter policy organization_isolation on shop.orders with check (true)',
      object: 'shop.orders',
    },
    { fault: 'alter policy organization_isolation on shop.orders to rowhouse_bridge', object: 'shop.orders' },
    {
      fault: `drop policy organization_isolation on shop.orders;
        create policy organization_isolation on shop.orders to rowhouse_visitor
        using (organization_id = (select app_hidden.current_organization_id()))
        with check (organization_id = (select app_hidden.current_organization_id()))`,
      object: 'shop.orders',
    },
    // The core's own tables as well.
    {
      fault: 'alter policy organization_isolation on app_public.users using (true)',
      object: 'app_public.users',
    },
    {
      fault: 'drop policy organization_isolation on app_public.organizations',
      object: 'app_public.organizations',
    },
    { fault: 'drop table shop.lines', object: 'shop.lines', detail: /table is gone/ },
    {
      fault: 'alter table shop.lines rename organization_id to company_id',
      object: 'shop.lines',
      detail: /organization_id is gone/,
      mend: `select app_private.protect('shop.lines', scope_column => 'company_id')`,
    },
    // What a name means depends on who asks; the answer must not.
    {
      fault: 'set local search_path to app_hidden; alter table shop.orders disable row level security',
      object: 'shop.orders',
    },
  ],
  '0002_readable_without_wall': [
    {
      fault: 'create table shop.open (id int); grant select on shop.open to rowhouse_visitor',
      object: 'shop.open',
      detail: /nobody protected/,
    },
    {
      fault: 'create table shop.open (id int, name text); grant update (name) on shop.open to public',
      object: 'shop.open',
    },
    {
      fault:
        'create view shop.seen as select * from shop.orders; grant select on shop.seen to rowhouse_visitor',
      object: 'shop.seen',
      detail: /owner's rights/,
    },
    {
      fault:
        'create materialized view shop.kept as select * from shop.orders; grant select on shop.kept to rowhouse_visitor',
      object: 'shop.kept',
      detail: /materialized/,
    },
    {
      fault: `create table shop.logs (organization_id uuid not null, id int not null) partition by list (id);
        create table shop.logs_1 partition of shop.logs for values in (1);
        select app_private.protect('shop.logs'); grant select on shop.logs_1 to rowhouse_visitor`,
      object: 'shop.logs_1',
    },
    {
      fault: `delete from app_private.protected_tables where table_name = 'lines'`,
      object: 'shop.lines',
      mend: `select app_private.protect('shop.lines', secret_columns => '{}')`,
    },
  ],
  '0003_scope_column_writable': [
    { fault: 'grant update (organization_id) on shop.orders to rowhouse_visitor', object: 'shop.orders' },
    {
      fault: 'grant insert (organization_id) on shop.orders to public',
      object: 'shop.orders',
      hasConsequences: true,
    },
    {
      fault: 'grant update (organization_id) on app_public.users to rowhouse_visitor',
      object: 'app_public.users',
    },
  ],
  '0004_secret_column_readable': [
    { fault: 'grant select (pin_code) on shop.orders to rowhouse_visitor', object: 'shop.orders.pin_code' },
    { fault: 'grant update (pin_code) on shop.orders to rowhouse_visitor', object: 'shop.orders.pin_code' },
  ],
  '0005_definer_reachable': [
    {
      // Nobody writes there, but what is deleted in the shop is deleted there too.
      fault: `create schema closed;
        create table closed.notes (organization_id uuid, id bigint,
          foreign key (organization_id, id) references shop.orders (organization_id, id) on delete cascade);
        create function closed.fires() returns trigger language plpgsql security definer set search_path to pg_catalog, pg_temp as 'begin return old; end';
        create trigger fires before delete on closed.notes for each row execute function closed.fires()`,
      object: 'closed.fires()',
    },
    { fault: definer('shop.count_all'), object: 'shop.count_all()', detail: /runs as / },
    {
      fault: definer('app_hidden.count_all', 'rowhouse_owner'),
      object: 'app_hidden.count_all()',
      detail: /rowhouse_owner/,
    },
    {
      fault: 'alter function app_hidden.current_organization_id() owner to current_user',
      object: 'app_hidden.current_organization_id()',
      mend: 'alter function app_hidden.current_organization_id() owner to rowhouse_owner',
    },
  ],
  '0006_definer_search_path': [
    {
      fault: definer('shop.loose', 'rowhouse_definer', ''),
      object: 'shop.loose()',
    },
    {
      fault: definer('shop.loose', 'rowhouse_definer', 'set search_path to public'),
      object: 'shop.loose()',
    },
    {
      fault: `create function shop.fires() returns trigger language plpgsql security definer as 'begin return new; end';
        revoke all on function shop.fires() from public; alter function shop.fires() owner to rowhouse_definer;
        create trigger fires before insert on shop.orders for each row execute function shop.fires()`,
      object: 'shop.fires()',
    },
  ],
  '0007_role_too_strong': [
    ...[
      ['superuser', /is a superuser/],
      ['bypassrls', /bypasses/],
      ['createrole', /create roles/],
      ['createdb', /create databases/],
      ['replication', /replicate/],
      ['login', /can log in/],
    ].map(([attribute, detail]) => ({
      fault: `alter role rowhouse_visitor ${attribute}`,
      object: 'rowhouse_visitor',
      detail: detail as RegExp,
      hasConsequences: attribute === 'superuser',
    })),
    ...['owner', 'definer', 'auditor', 'bridge', 'authenticator'].map(role => ({
      fault: `alter role rowhouse_${role} bypassrls`,
      object: `rowhouse_${role}`,
    })),
    {
      fault: 'grant rowhouse_owner to rowhouse_visitor',
      object: 'rowhouse_visitor',
      detail: /member of rowhouse_owner/,
      hasConsequences: true,
    },
    { fault: 'grant pg_read_all_data to rowhouse_authenticator', object: 'rowhouse_authenticator' },
    { fault: 'grant rowhouse_owner to rowhouse_definer', object: 'rowhouse_definer' },
  ],
  '0008_temporary_tables': [
    {
      fault: `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
      object: /^rowhouse_test_/,
      detail: /authenticator, .*visitor/,
    },
    {
      fault: `do $$ begin execute format('grant temporary on database %I to rowhouse_visitor', current_database()); end $$`,
      object: /^rowhouse_test_/,
    },
  ],
  '0009_grants_stale': [{ fault: 'alter table shop.orders add note text', object: 'shop.orders.note' }],
  '0010_wrong_owner': [
    {
      fault: 'alter table shop.orders owner to current_user',
      object: 'shop.orders',
      detail: /belongs to /,
    },
    { fault: 'alter table app_public.users owner to current_user', object: 'app_public.users' },
    { fault: 'alter table app_public.audit_log owner to rowhouse_owner', object: 'app_public.audit_log' },
  ],
  '0011_key_without_scope': [
    {
      fault: 'alter table shop.orders add constraint labels unique (label)',
      object: 'shop.orders labels',
      detail: /UNIQUE/,
    },
    { fault: 'create unique index labels on shop.orders (lower(label))', object: 'shop.orders labels' },
    {
      fault: 'create unique index labels on shop.orders (label) include (organization_id)',
      object: 'shop.orders labels',
    },
    {
      fault: 'alter table shop.orders add constraint once exclude using btree (label with =)',
      object: 'shop.orders once',
    },
    {
      fault: `alter table shop.lines add user_id uuid constraint who references app_public.users (id);
        select app_private.protect('shop.lines')`,
      object: 'shop.lines who',
      detail: /FOREIGN KEY/,
    },
    {
      // The scope column is in it, and compared with something else.
      fault: `alter table shop.orders add other uuid, add unique (other, id, organization_id);
        alter table shop.lines add other uuid, add constraint crossed foreign key (organization_id, order_id, other)
          references shop.orders (other, id, organization_id);
        select app_private.protect('shop.orders'), app_private.protect('shop.lines')`,
      object: 'shop.lines crossed',
    },
    {
      // A number that is given out is accepted alone, and not as part of a foreign key.
      fault: `delete from shop.orders; alter table shop.orders add unique (id); grant insert (id) on shop.orders to rowhouse_visitor`,
      object: 'shop.orders orders_id_key',
      mend: `revoke insert (id) on shop.orders from rowhouse_visitor`,
    },
    {
      // Any other default may be a value that is there.
      fault: `delete from shop.orders; alter table shop.orders add code text default 'x' constraint codes unique;
        select app_private.protect('shop.orders', secret_columns => array['pin_code', 'code'])`,
      object: 'shop.orders codes',
    },
    {
      // Declared is one of them.
      fault: `delete from shop.orders; alter table shop.orders add constraint labels unique (label), add constraint totals unique (total);
        select app_private.protect('shop.orders', global_keys => array['labels'])`,
      object: 'shop.orders totals',
    },
  ],
  '0013_role_settings': [
    {
      fault: `do $do$ begin execute format('alter role rowhouse_authenticator in database %I set search_path to pg_temp', current_database()); end $do$`,
      object: 'rowhouse_authenticator',
      detail: /search_path/,
    },
  ],
  '0014_may_create': [
    { fault: 'grant create on schema public to public', object: 'public' },
    { fault: 'grant create on schema shop to rowhouse_visitor', object: 'shop' },
  ],
  '0015_open_to_everybody': [
    { fault: 'create policy open on shop.orders using (true)', object: 'shop.orders', detail: /policy open/ },
    { fault: 'grant select (label) on shop.orders to public', object: 'shop.orders', detail: /PUBLIC/ },
  ],
  '0016_rule': [
    {
      fault: 'create rule also as on update to shop.orders do also update shop.lines set order_id = order_id',
      object: 'shop.orders',
      detail: /rule also/,
    },
  ],
  '0017_audit_log_changeable': [
    {
      fault: 'grant insert, delete on app_public.audit_log to rowhouse_owner',
      object: 'app_public.audit_log',
      detail: /rowhouse_owner may delete, insert/,
    },
    {
      fault: 'grant update (details) on app_public.audit_log to rowhouse_visitor',
      object: 'app_public.audit_log',
      detail: /rowhouse_visitor may update/,
      mend: 'revoke update (details) on app_public.audit_log from rowhouse_visitor',
    },
    {
      fault: 'alter table app_public.audit_log disable trigger tg_audit_log__append_only',
      object: 'app_public.audit_log',
      detail: /switched off/,
    },
    {
      fault: 'drop trigger tg_audit_log__append_only on app_public.audit_log',
      object: 'app_public.audit_log',
    },
    {
      fault: `create or replace trigger tg_audit_log__append_only before update on app_public.audit_log
        for each statement execute function app_private.tg_audit_log__append_only()`,
      object: 'app_public.audit_log',
    },
  ],
  '0018_shared_table_changed': [
    {
      fault: `${kinds}; grant delete on shop.kinds to rowhouse_visitor`,
      object: 'shop.kinds',
      detail: /write/,
    },
    { fault: `${kinds}; grant update (name) on shop.kinds to rowhouse_visitor`, object: 'shop.kinds' },
    {
      fault: `${kinds}; grant select on shop.kinds to rowhouse_visitor`,
      object: 'shop.kinds',
      detail: /secret column code/,
    },
    {
      fault: `${kinds}; alter table shop.kinds disable row level security`,
      object: 'shop.kinds',
      detail: /security/,
    },
    { fault: `${kinds}; drop policy select_shared on shop.kinds`, object: 'shop.kinds', detail: /missing/ },
    {
      fault: `${kinds}; alter policy select_shared on shop.kinds using (true)`,
      object: 'shop.kinds',
      detail: /another one/,
      mend: `drop policy select_shared on shop.kinds; select app_private.share('shop.kinds')`,
    },
    {
      fault: `${kinds}; create policy more on shop.kinds using (true)`,
      object: 'shop.kinds',
      detail: /policy more/,
    },
    {
      fault: `${kinds}; alter table shop.kinds owner to current_user`,
      object: 'shop.kinds',
      detail: /belongs to/,
    },
    { fault: `${kinds}; drop table shop.kinds`, object: 'shop.kinds', detail: /gone/ },
  ],
  '0012_doors_missing': [
    { fault: 'drop policy select_member on shop.orders', object: 'shop.orders' },
    {
      fault: 'alter policy select_member on shop.orders to rowhouse_bridge',
      object: 'shop.orders',
      mend: 'alter policy select_member on shop.orders to rowhouse_visitor',
    },
  ],
}

let house: Room
beforeAll(async () => {
  house = await room()
})

const files = readdirSync(`${checkout}/db/checks`).filter(name => /^\d{4}_/.test(name))
const faults = () => house.rows('select * from app_private.isolation_faults order by 1, 2')

test('every check has an arc, and every arc a check', () => {
  expect(Object.keys(arcs).sort()).toEqual(files.map(name => name.replace('.sql', '')).sort())
})

test('every check is in isolation_faults, which has nothing to say here', async () => {
  const { pg_get_viewdef: text } = (
    await house.rows(`select pg_get_viewdef('app_private.isolation_faults'::regclass)`)
  )[0] as { pg_get_viewdef: string }
  for (const name of Object.keys(arcs)) expect(text).toContain(`app_private.check_${name}`)
  expect(await faults()).toEqual([])
})

describe.each(Object.entries(arcs))('%s', (check, list) => {
  test.each(list)('$fault', ({ fault, object, detail = /./, mend, hasConsequences }) =>
    undone(house.admin, async () => {
      await house.admin.query(fault)
      const found = (await faults()).filter(row => !hasConsequences || row.check_name === check)
      expect(found).toEqual([
        {
          check_name: check,
          object: typeof object === 'string' ? object : expect.stringMatching(object),
          detail: expect.stringMatching(detail),
          hint: expect.any(String),
        },
      ])
      await house.admin.query(mend ?? String(found[0]?.hint))
      expect(await faults()).toEqual([])
    }),
  )
})

test('a definer function in a schema that is closed to tenants is no fault, and neither is its trigger', () =>
  undone(house.admin, async () => {
    await house.admin.query(`create schema closed; create table closed.notes (id int);
      create function closed.fires() returns trigger language plpgsql security definer as 'begin return new; end';
      create trigger fires before insert on closed.notes for each row execute function closed.fires()`)
    expect(await faults()).toEqual([])
  }))

test('what following a hint must not do: show a secret, open a door, touch what is written by hand', () =>
  undone(house.admin, async () => {
    await house.admin.query(`alter table shop.orders disable row level security, add note text;
      drop policy delete_member on shop.orders; drop policy organization_isolation on app_public.users`)
    for (const { hint } of await faults()) await house.admin.query(String(hint))
    expect(await faults()).toEqual([])
    const [rights] = await house.rows(`select
      has_column_privilege('rowhouse_visitor', 'shop.orders', 'pin_code', 'select') as secret,
      has_column_privilege('rowhouse_visitor', 'shop.orders', 'note', 'select') as note,
      (select count(*)::int from pg_policy where polrelid = 'shop.orders'::regclass) as policies,
      has_any_column_privilege('rowhouse_visitor', 'app_public.users', 'insert') as users`)
    expect(rights).toEqual({ secret: false, note: true, policies: 4, users: false })
  }))
