--! Previous: -
--! Hash: sha1:8af7e5ec4efccc6d7cca0d71b7b2550d68cd0229
--! Message: tenancy core

--! Included all.sql
-- The tenancy core, in load order. Runs any number of times; the second run changes nothing.
-- roles.sql is not here: roles belong to the server and are made once (see README.md).
--! Included schemas.sql
-- Who may call what is said by the schema: app_public is the API, app_hidden serves policies and triggers,
-- app_private is the owner's alone, rowhouse is the engine's own state.
do $$
begin
  -- The comment tells uninstall.sql that it was made here; the core may also live in a schema that was there before.
  if to_regnamespace(':CORE_SCHEMA') is null then
    create schema :CORE_SCHEMA;
    comment on schema :CORE_SCHEMA is 'Organizations, users and memberships.';
    alter schema :CORE_SCHEMA owner to :OWNER;
  elsif not has_schema_privilege(':OWNER', to_regnamespace(':CORE_SCHEMA')::oid, 'create') then
    -- Only who may create tables in a schema can be given one there; a superuser would not notice.
    grant usage, create on schema :CORE_SCHEMA to :OWNER;
  end if;
  -- The audit log is the auditor's.
  if not has_schema_privilege(':AUDITOR', to_regnamespace(':CORE_SCHEMA')::oid, 'create') then
    grant usage, create on schema :CORE_SCHEMA to :AUDITOR;
  end if;
end
$$;
create schema if not exists app_public;
create schema if not exists app_hidden;
create schema if not exists app_private;
create schema if not exists rowhouse;

do $$
declare
  house text;
begin
  foreach house in array array['app_public', 'app_hidden', 'app_private', 'rowhouse'] loop
    execute format('alter schema %I owner to :OWNER', house);
    execute format('revoke all on schema %I from public', house);
  end loop;
end
$$;

grant usage on schema :CORE_SCHEMA, app_public, app_hidden to :VISITOR;
-- It owns one function there, and only who may create in a schema can be given something in it.
grant usage, create on schema app_private to :AUDITOR;

-- A function is executable by everybody from birth, unless its maker's defaults say otherwise.
alter default privileges for role :OWNER revoke execute on functions from public;
alter default privileges for role :DEFINER revoke execute on functions from public;
alter default privileges for role :AUDITOR revoke execute on functions from public;
--! EndIncluded schemas.sql

-- The scope column's default is the context, so this function comes before the tables.
--! Included app_hidden/current_organization_id.sql
-- The wall asks this function whose rows may be seen. It trusts no setting: whatever stands in app.* must carry a
-- seal made with a key that no tenant can read, be unexpired, and name an active member of an active organization.
-- Inside `(select …)` it runs once per query. Owned by the owner, because it reads keys and memberships.
create or replace function app_hidden.current_organization_id() returns uuid
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  claimed_user text := nullif(current_setting('app.user_id', true), '');
  claimed_organization text := nullif(current_setting('app.current_organization_id', true), '');
  claimed_expiry text := nullif(current_setting('app.context_expires', true), '');
  claimed_seal text := nullif(current_setting('app.context_seal', true), '');
  organization_is_active boolean;
  membership_is_active boolean;
begin
  if claimed_user is null or claimed_organization is null or claimed_expiry is null or claimed_seal is null then
    raise exception using errcode = 'RH001', message = 'no organization context',
      hint = 'Send a token (POST /auth/login), or in SQL call app_hidden.enter_context first.';
  end if;

  if not exists (
    select from app_private.context_keys k
    where claimed_seal = encode(sha256(k.outer_pad || sha256(k.inner_pad ||
      convert_to(claimed_user || '|' || claimed_organization || '|' || claimed_expiry, 'UTF8'))), 'hex')
  ) then
    raise exception using errcode = 'RH002', message = 'the context is not sealed by this database',
      hint = 'Only the server can seal a context; settings made by hand are refused.';
  end if;

  -- now() is the transaction's start: what began in time may finish.
  if to_timestamp(claimed_expiry::double precision) <= now() then
    raise exception using errcode = 'RH003', message = 'the context has expired', hint = 'Sign in again.';
  end if;

  select o.is_active, m.is_active and u.is_active into organization_is_active, membership_is_active
  from :CORE_SCHEMA.organizations o
  left join :CORE_SCHEMA.user_organizations m on m.organization_id = o.id and m.user_id = claimed_user::uuid
  left join :USERS_SCHEMA.users u on u.id = m.user_id
  where o.id = claimed_organization::uuid;

  if organization_is_active is not true then
    raise exception using errcode = 'RH005', message = 'the organization is inactive or does not exist',
      hint = 'Sign in to another organization, or ask the operator to activate this one.';
  end if;
  if membership_is_active is not true then
    raise exception using errcode = 'RH004', message = 'not an active member of the organization',
      hint = 'Ask an owner of the organization to activate the membership.';
  end if;
  return claimed_organization::uuid;
end
$$;
alter function app_hidden.current_organization_id() owner to :OWNER;
comment on function app_hidden.current_organization_id() is
  'The organization of a valid context; raises RH001 to RH005 otherwise. Call it as (select …()).';
revoke all on function app_hidden.current_organization_id() from public;
grant execute on function app_hidden.current_organization_id() to :VISITOR;
--! EndIncluded app_hidden/current_organization_id.sql

--! Included tables/organizations.sql
-- A tenant. Its id is the only isolation key; the slug is for display and routing.
create table if not exists :CORE_SCHEMA.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$'),
  email text,
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  plan text not null default 'standard',
  is_active boolean not null default true,
  subscription_ends_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table :CORE_SCHEMA.organizations owner to :OWNER;

comment on table :CORE_SCHEMA.organizations is 'A tenant: the company whose rows you see.';
comment on column :CORE_SCHEMA.organizations.slug is 'The short name in addresses, for example acme.';
comment on column :CORE_SCHEMA.organizations.features is 'What this organization may use: {"payroll": true}. Ask with has_feature.';
comment on column :CORE_SCHEMA.organizations.subscription_ends_at is 'When the subscription ends; null means that it does not.';
--! EndIncluded tables/organizations.sql
--! Included tables/users.sql
-- A person who signs in. The e-mail is unique in the home organization, not in the world: two tenants of the old
-- system could know the same address, and one must not learn from a conflict that the other does.
create table if not exists :USERS_SCHEMA.users (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  email text check (email <> ''),
  name text not null default '',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, email),
  unique (organization_id, id)
);
alter table :USERS_SCHEMA.users owner to :OWNER;

-- Logins are looked up without regard to capitals.
create index if not exists users_lower_email_idx on :USERS_SCHEMA.users (lower(email));

comment on table :USERS_SCHEMA.users is 'A person who signs in.';
comment on column :USERS_SCHEMA.users.email is 'The address the person signs in with.';
--! EndIncluded tables/users.sql
--! Included tables/user_organizations.sql
-- Who belongs to which organization, and as what. Read at every request: a membership that is switched off ends
-- access at the next one, whatever the token says.
create table if not exists :CORE_SCHEMA.user_organizations (
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  user_id uuid not null references :USERS_SCHEMA.users (id),
  role text not null default 'member' check (role in ('owner', 'admin', 'member', 'viewer')),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
alter table :CORE_SCHEMA.user_organizations owner to :OWNER;

create index if not exists user_organizations_user_id_idx on :CORE_SCHEMA.user_organizations (user_id);

comment on table :CORE_SCHEMA.user_organizations is
  E'@name membership\nA person''s place in the organization. A viewer reads; members, admins and owners write.';
comment on column :CORE_SCHEMA.user_organizations.role is 'owner, admin, member or viewer.';
--! EndIncluded tables/user_organizations.sql
--! Included tables/domains.sql
-- Host names that lead to an organization; unique in the world, as names on the internet are.
create table if not exists :CORE_SCHEMA.domains (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  domain text not null unique check (domain <> ''),
  is_primary boolean not null default false,
  is_active boolean not null default true
);
alter table :CORE_SCHEMA.domains owner to :OWNER;

create index if not exists domains_organization_id_idx on :CORE_SCHEMA.domains (organization_id);

comment on table :CORE_SCHEMA.domains is 'A host name that leads to the organization.';
--! EndIncluded tables/domains.sql
--! Included tables/legacy_identities.sql
-- Which user a row of the old system's user table became. The old table itself stays as it was.
create table if not exists :CORE_SCHEMA.legacy_identities (
  organization_id uuid not null default app_hidden.current_organization_id()
    references :CORE_SCHEMA.organizations (id),
  legacy_id text not null,
  user_id uuid not null references :USERS_SCHEMA.users (id),
  primary key (organization_id, legacy_id)
);
alter table :CORE_SCHEMA.legacy_identities owner to :OWNER;

create index if not exists legacy_identities_user_id_idx on :CORE_SCHEMA.legacy_identities (user_id);

comment on table :CORE_SCHEMA.legacy_identities is
  E'@behavior -*\nLinks the old system''s user ids to users; read by policies, not by the API.';
--! EndIncluded tables/legacy_identities.sql
--! Included tables/user_secrets.sql
-- Password hashes, away from everything that a tenant's role can name. They are the old system's own hashes
-- (Django: algorithm$iterations$salt$hash), so that nobody has to choose a new password.
-- One per organization: whoever could write an address into one tenant's user table must not sign in to another with it.
create table if not exists app_private.user_secrets (
  organization_id uuid not null references :CORE_SCHEMA.organizations (id),
  user_id uuid not null references :USERS_SCHEMA.users (id),
  password_hash text not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
alter table app_private.user_secrets owner to :OWNER;
comment on table app_private.user_secrets is 'Password hashes. Owner only.';
--! EndIncluded tables/user_secrets.sql
--! Included tables/operators.sql
-- Who may look across organizations, and only through the functions of app_public whose names begin with operator_:
-- each writes the audit log before it reads. Superusers of the old system get here only if the spec says so.
create table if not exists app_private.operators (
  user_id uuid primary key references :USERS_SCHEMA.users (id),
  created_at timestamptz not null default now()
);
alter table app_private.operators owner to :OWNER;
comment on table app_private.operators is 'Users who may look across organizations, through functions that write the audit log first.';
--! EndIncluded tables/operators.sql
--! Included tables/audit_log.sql
-- What was done, by whom, and why: written by functions, read by owners and admins, changed by nobody. It belongs to
-- the auditor, so that even the owner's functions can only add to it. No foreign keys: an entry outlives what it is
-- about, and must not keep a user or an organization from being removed.
create table if not exists :CORE_SCHEMA.audit_log (
  id uuid primary key default gen_random_uuid(),
  -- Null: about no organization in particular. The wall hides such an entry from every tenant.
  organization_id uuid,
  actor_id uuid,
  action text not null check (action <> ''),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  created_at timestamptz not null default now()
);
alter table :CORE_SCHEMA.audit_log owner to :AUDITOR;

create index if not exists audit_log_organization_id_created_at_idx
  on :CORE_SCHEMA.audit_log (organization_id, created_at);

comment on table :CORE_SCHEMA.audit_log is
  E'@name audit_entry\nWhat was done in the organization by whom. Entries are added, never changed; owners and admins read them.';
comment on column :CORE_SCHEMA.audit_log.actor_id is 'The user who acted; an operator is a user of another organization.';
comment on column :CORE_SCHEMA.audit_log.action is 'What was done, for example operator_members.';
comment on column :CORE_SCHEMA.audit_log.details is 'What else is known, for example {"reason": "ticket 4711"}.';
--! EndIncluded tables/audit_log.sql
--! Included tables/context_keys.sql
-- The key that seals a context. Whoever can read it can become any tenant: owner only, made here, never printed.
-- Any listed key is accepted, the newest seals: to rotate, insert one with app_private.add_context_key(), restart
-- the servers, delete the old one.
create table if not exists app_private.context_keys (
  id integer primary key generated always as identity,
  key bytea not null check (length(key) = 32),
  -- HMAC's two padded keys (RFC 2104), kept so that checking a seal is two hashes and nothing else.
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64),
  created_at timestamptz not null default now()
);
alter table app_private.context_keys owner to :OWNER;
comment on table app_private.context_keys is 'Keys that seal contexts. Owner only; never in a dump that leaves the house.';
--! EndIncluded tables/context_keys.sql
--! Included tables/protected_tables.sql
-- What protect() and build_wall() were told about a table, so that checks can hold the database against it.
create table if not exists app_private.protected_tables (
  schema_name text not null,
  table_name text not null,
  scope_column text not null,
  secret_columns text[] not null default '{}',
  -- Indexes that are unique over all organizations because somebody decided so: a conflict in one tells of another's row.
  global_keys text[] not null default '{}',
  -- The core tables: what the visitor may do with them is written out in policies/*.sql, column by column.
  grants_by_hand boolean not null default false,
  primary key (schema_name, table_name)
);
alter table app_private.protected_tables owner to :OWNER;
comment on table app_private.protected_tables is 'The tables that stand behind a wall, with scope column and secret columns.';
--! EndIncluded tables/protected_tables.sql
--! Included tables/shared_tables.sql
-- What share() was told: tables whose rows are everybody's, so that checks can hold the database against it.
create table if not exists app_private.shared_tables (
  schema_name text not null,
  table_name text not null,
  secret_columns text[] not null default '{}',
  primary key (schema_name, table_name)
);
alter table app_private.shared_tables owner to :OWNER;
comment on table app_private.shared_tables is 'Tables without a scope column that every organization reads and none writes.';
--! EndIncluded tables/shared_tables.sql
--! Included tables/temporary_rights.sql
-- What database.sql took and gave, so that uninstall.sql gives back exactly that and nothing that others granted.
create table if not exists app_private.temporary_rights (
  -- A login that was given the right, or 'public' (no role can be called that), from which it was taken.
  grantee name primary key
);
alter table app_private.temporary_rights owner to :OWNER;
comment on table app_private.temporary_rights is 'Who got the right to temporary tables when PUBLIC lost it.';
--! EndIncluded tables/temporary_rights.sql
--! Included database.sql
-- PUBLIC may create temporary tables, and with them shadow a name that a function forgot to qualify. The logins
-- that lived on that right keep it; the roles that serve tenants lose it. Needs the database's owner: where the
-- migrator is not, the check 0008 says so until somebody does it.
do $$
declare
  here record;
  login name;
begin
  select datname, datdba, coalesce(datacl, acldefault('d', datdba)) as rights into here
  from pg_database where datname = current_database();
  if not has_database_privilege('public', here.datname, 'temporary') or not pg_has_role(here.datdba, 'usage') then
    return;
  end if;
  for login in
    select r.rolname from pg_roles r
    where r.rolcanlogin and not r.rolsuper
      -- Whoever serves tenants, under whatever name; the migrator is a member of everything.
      and (not pg_has_role(r.oid, ':VISITOR', 'member') or pg_has_role(r.oid, ':OWNER', 'member'))
      and not exists (
        select from aclexplode(here.rights) a where a.grantee = r.oid and a.privilege_type = 'TEMPORARY'
      )
    order by r.rolname
  loop
    execute format('grant temporary on database %I to %I', here.datname, login);
    insert into app_private.temporary_rights (grantee) values (login) on conflict do nothing;
  end loop;
  execute format('revoke temporary on database %I from public', here.datname);
  insert into app_private.temporary_rights (grantee) values ('public') on conflict do nothing;
end
$$;
--! EndIncluded database.sql

--! Included app_hidden/current_user_id.sql
-- Who acts. The settings are only believed once current_organization_id() has checked their seal.
-- In PL/pgSQL like its neighbours: a session keeps their plans, where a function in SQL is planned in every statement
-- (can_administer() took 97 µs as SQL and takes 38, of which 35 are the seal; PostgreSQL 18).
create or replace function app_hidden.current_user_id() returns uuid
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.current_organization_id();
  return current_setting('app.user_id')::uuid;
end
$$;
alter function app_hidden.current_user_id() owner to :OWNER;
comment on function app_hidden.current_user_id() is 'The user of a valid context; raises as current_organization_id does.';
revoke all on function app_hidden.current_user_id() from public;
grant execute on function app_hidden.current_user_id() to :VISITOR;
--! EndIncluded app_hidden/current_user_id.sql
--! Included app_hidden/current_member_role.sql
-- What the member is in the organization. Owned by the owner, so that a door on user_organizations can ask it
-- without walking through itself. The seal is checked once; then the settings can be believed.
create or replace function app_hidden.current_member_role() returns text
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  organization uuid := app_hidden.current_organization_id();
begin
  return (
    select m.role from :CORE_SCHEMA.user_organizations m
    where m.organization_id = organization and m.user_id = current_setting('app.user_id')::uuid
  );
end
$$;
alter function app_hidden.current_member_role() owner to :OWNER;
comment on function app_hidden.current_member_role() is 'owner, admin, member or viewer, for the context.';
revoke all on function app_hidden.current_member_role() from public;
grant execute on function app_hidden.current_member_role() to :VISITOR;
--! EndIncluded app_hidden/current_member_role.sql
--! Included app_hidden/current_legacy_id.sql
-- The acting user's id in the old system's user table, for doors like "an employee sees the own payslips". Owned by the
-- owner, because tenants have no right on legacy_identities.
create or replace function app_hidden.current_legacy_id() returns text
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  organization uuid := app_hidden.current_organization_id();
begin
  return (
    select l.legacy_id from :CORE_SCHEMA.legacy_identities l
    where l.organization_id = organization and l.user_id = current_setting('app.user_id')::uuid
  );
end
$$;
alter function app_hidden.current_legacy_id() owner to :OWNER;
comment on function app_hidden.current_legacy_id() is
  'The id that the acting user had in the old user table; null for a user that the old system did not know.';
revoke all on function app_hidden.current_legacy_id() from public;
grant execute on function app_hidden.current_legacy_id() to :VISITOR;
--! EndIncluded app_hidden/current_legacy_id.sql
--! Included app_hidden/can_write.sql
-- The doors that write ask this: everybody but a viewer.
create or replace function app_hidden.can_write() returns boolean
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.current_member_role() in ('owner', 'admin', 'member');
end
$$;
alter function app_hidden.can_write() owner to :OWNER;
comment on function app_hidden.can_write() is 'True for owners, admins and members. Call it as (select …()).';
revoke all on function app_hidden.can_write() from public;
grant execute on function app_hidden.can_write() to :VISITOR;
--! EndIncluded app_hidden/can_write.sql
--! Included app_hidden/can_administer.sql
-- The doors that change the organization itself ask this.
create or replace function app_hidden.can_administer() returns boolean
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.current_member_role() in ('owner', 'admin');
end
$$;
alter function app_hidden.can_administer() owner to :OWNER;
comment on function app_hidden.can_administer() is 'True for owners and admins. Call it as (select …()).';
revoke all on function app_hidden.can_administer() from public;
grant execute on function app_hidden.can_administer() to :VISITOR;
--! EndIncluded app_hidden/can_administer.sql
--! Included app_hidden/enter_context.sql
-- The first statement of every tenant's transaction: says who acts, and is refused at once when that is not so.
-- Always called with bind parameters: as text the seal would stand in pg_stat_activity.
create or replace function app_hidden.enter_context(user_id text, organization_id text, expires text, seal text)
  returns uuid
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  perform set_config('app.user_id', coalesce(user_id, ''), true),
    set_config('app.current_organization_id', coalesce(organization_id, ''), true),
    set_config('app.context_expires', coalesce(expires, ''), true),
    set_config('app.context_seal', coalesce(seal, ''), true);
  return app_hidden.current_organization_id();
end
$$;
alter function app_hidden.enter_context(text, text, text, text) owner to :OWNER;
comment on function app_hidden.enter_context(text, text, text, text) is
  'Sets the context for this transaction and checks it; the seal is hex HMAC-SHA256 over user|organization|expires.';
revoke all on function app_hidden.enter_context(text, text, text, text) from public;
grant execute on function app_hidden.enter_context(text, text, text, text) to :VISITOR;
--! EndIncluded app_hidden/enter_context.sql
--! Included app_hidden/organization_of_new_row.sql
-- While the old application and tenants write to one table: a tenant's row is its organization's, everybody else's is
-- the given one's until a rule says more. A function and not a `case` in the default: Postgres asks for the right to
-- call whatever is in an expression, used or not, and the old application has none to the context.
create or replace function app_hidden.organization_of_new_row(otherwise uuid) returns uuid
  language plpgsql stable set search_path to pg_catalog, pg_temp
as $$
begin
  if current_setting('role') = ':VISITOR' then
    return app_hidden.current_organization_id();
  end if;
  return otherwise;
end
$$;
alter function app_hidden.organization_of_new_row(uuid) owner to :OWNER;
comment on function app_hidden.organization_of_new_row(uuid) is
  'The default of a scope column while the old application still writes: the context''s organization for a tenant.';
revoke all on function app_hidden.organization_of_new_row(uuid) from public;
grant execute on function app_hidden.organization_of_new_row(uuid) to public;
--! EndIncluded app_hidden/organization_of_new_row.sql

--! Included app_private/add_context_key.sql
-- Makes a key from the server's strong random source (gen_random_uuid) and the padded keys of RFC 2104.
create or replace function app_private.add_context_key() returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  fresh bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  for place in 0 .. 31 loop
    inner_pad := set_byte(inner_pad, place, get_byte(fresh, place) # 54);
    outer_pad := set_byte(outer_pad, place, get_byte(fresh, place) # 92);
  end loop;
  insert into app_private.context_keys (key, inner_pad, outer_pad) values (fresh, inner_pad, outer_pad);
end
$$;
alter function app_private.add_context_key() owner to :OWNER;
comment on function app_private.add_context_key() is 'Adds a key that seals contexts; the newest is used, all are accepted.';
revoke all on function app_private.add_context_key() from public;

select app_private.add_context_key() where not exists (select from app_private.context_keys);
--! EndIncluded app_private/add_context_key.sql
--! Included app_private/context_key.sql
-- What the server seals with. The server reads it on the owner's connection, at its start
-- and whenever it is asked whether it is ready.
create or replace function app_private.context_key() returns bytea
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select key from app_private.context_keys order by id desc limit 1
$$;
alter function app_private.context_key() owner to :OWNER;
comment on function app_private.context_key() is 'The newest key, 32 bytes. Owner only.';
revoke all on function app_private.context_key() from public;
--! EndIncluded app_private/context_key.sql
--! Included app_private/stable_uuid.sql
-- The same name in the same namespace gives the same id at every run and on every copy: a name-based uuid of
-- version 8 over SHA-256 (RFC 9562, appendix B.2), because core Postgres has no SHA-1 for version 5.
create or replace function app_private.stable_uuid(namespace uuid, name text) returns uuid
  language sql immutable strict parallel safe set search_path to pg_catalog, pg_temp
as $$
  select encode(set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128), 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid
  from substr(sha256(uuid_send(namespace) || convert_to(name, 'UTF8')), 1, 16) as digest
$$;
alter function app_private.stable_uuid(uuid, text) owner to :OWNER;
comment on function app_private.stable_uuid(uuid, text) is 'A uuid (version 8) made from a namespace and a name.';
revoke all on function app_private.stable_uuid(uuid, text) from public;
--! EndIncluded app_private/stable_uuid.sql
--! Included app_private/find_login.sql
-- What the server needs to check a password: one row for an active member of an active organization, else none.
-- People type capitals where there are none; where two addresses differ by nothing else, the exact one is meant.
create or replace function app_private.find_login(email text, organization_slug text)
  returns table (user_id uuid, organization_id uuid, slug text, role text, password_hash text)
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select u.id, o.id, o.slug, m.role, s.password_hash
  from :CORE_SCHEMA.organizations o
  join :CORE_SCHEMA.user_organizations m on m.organization_id = o.id and m.is_active
  join :USERS_SCHEMA.users u on u.id = m.user_id and u.is_active
  join app_private.user_secrets s on s.user_id = u.id and s.organization_id = o.id
  where o.slug = organization_slug and o.is_active and lower(u.email) = lower(find_login.email)
  -- A guest of the same address comes after the organization's own user.
  order by u.email = find_login.email desc, u.organization_id = o.id desc
  limit 1
$$;
alter function app_private.find_login(text, text) owner to :OWNER;
comment on function app_private.find_login(text, text) is 'The user, organization and password hash behind a login. Owner only.';
revoke all on function app_private.find_login(text, text) from public;
--! EndIncluded app_private/find_login.sql
--! Included app_private/write_audit.sql
-- The only way to an entry of the audit log. It is the auditor's, who owns the log: whoever may call this can add an
-- entry and do nothing else to it.
create or replace function app_private.write_audit(
  action text,
  actor_id uuid,
  organization_id uuid default null,
  details jsonb default '{}'
) returns void
  language sql volatile security definer set search_path to pg_catalog, pg_temp
as $$
  insert into :CORE_SCHEMA.audit_log (organization_id, actor_id, action, details)
  values (write_audit.organization_id, write_audit.actor_id, write_audit.action, write_audit.details)
$$;
alter function app_private.write_audit(text, uuid, uuid, jsonb) owner to :AUDITOR;
comment on function app_private.write_audit(text, uuid, uuid, jsonb) is 'Adds an entry to the audit log. For the owner''s functions.';
revoke all on function app_private.write_audit(text, uuid, uuid, jsonb) from public;
grant execute on function app_private.write_audit(text, uuid, uuid, jsonb) to :OWNER;
--! EndIncluded app_private/write_audit.sql
--! Included app_private/begin_operation.sql
-- What every operator's function calls before it reads a row: is the acting user an operator, does he say why, and is
-- it written down. The entry is part of the caller's transaction. The API commits before it answers; whoever sends SQL
-- of his own could roll it back after reading, which is why operators work through the API.
create or replace function app_private.begin_operation(action text, reason text, organization_id uuid default null)
  returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  actor uuid := app_hidden.current_user_id();
begin
  if not exists (select from app_private.operators o where o.user_id = actor) then
    raise exception using errcode = 'RH012', message = 'only operators may do this',
      hint = 'Operators are listed in app_private.operators; a role in an organization does not make one.';
  end if;
  if coalesce(btrim(reason), '') = '' then
    raise exception using errcode = 'RH013', message = 'an operator must say why',
      hint = 'Give a reason: it is written to the audit log.';
  end if;
  perform app_private.write_audit(action, actor, organization_id, jsonb_build_object('reason', btrim(reason)));
end
$$;
alter function app_private.begin_operation(text, text, uuid) owner to :OWNER;
comment on function app_private.begin_operation(text, text, uuid) is
  'Refuses whoever is no operator (RH012) or gives no reason (RH013), and writes the audit log.';
revoke all on function app_private.begin_operation(text, text, uuid) from public;
--! EndIncluded app_private/begin_operation.sql
--! Included app_private/grant_to_visitor.sql
-- What the API may do with a table's columns, worked out afresh from the columns that are there now:
--   select   all but secret columns
--   insert   also without the scope column (its default is the context), generated columns and numbered keys;
--            none at all where a secret column must be given: such a row cannot be made from here
--   update   also without the primary key: a key is in URLs, files and other rows
-- The scope column is in neither list: no statement of a tenant can set or change it.
create or replace function app_private.grant_to_visitor(target regclass, scope_column text, secret_columns text[])
  returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  readable text;
  insertable text;
  updatable text;
  numbers regclass;
  secret_is_required boolean;
begin
  select
    string_agg(quote_ident(attname), ', ' order by attnum) filter (where not is_secret),
    string_agg(quote_ident(attname), ', ' order by attnum)
      filter (where not (is_secret or is_scope or is_computed or is_numbered)),
    string_agg(quote_ident(attname), ', ' order by attnum)
      filter (where not (is_secret or is_scope or is_computed or is_numbered or is_key)),
    bool_or(is_secret and attnotnull and not atthasdef)
  into readable, insertable, updatable, secret_is_required
  from (
    select a.attname, a.attnum, a.attnotnull, a.atthasdef,
      a.attname = any (secret_columns) as is_secret,
      a.attname = scope_column as is_scope,
      a.attgenerated <> '' as is_computed,
      a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as is_numbered,
      exists (
        select from pg_constraint c where c.conrelid = a.attrelid and c.contype = 'p' and a.attnum = any (c.conkey)
      ) as is_key
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = target and a.attnum > 0 and not a.attisdropped
  ) columns;

  -- Revoking on the table also takes the grants on its columns away.
  execute format('revoke all on table %s from public, :VISITOR', target);
  if readable is not null then execute format('grant select (%s) on table %s to :VISITOR', readable, target); end if;
  if insertable is not null and not secret_is_required then
    execute format('grant insert (%s) on table %s to :VISITOR', insertable, target);
  end if;
  if updatable is not null then execute format('grant update (%s) on table %s to :VISITOR', updatable, target); end if;
  execute format('grant delete on table %s to :VISITOR', target);

  -- A serial column draws its number with the caller's rights; an identity column needs none.
  for numbers in
    select s.oid from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target and d.deptype = 'a'
    order by s.oid
  loop
    execute format('revoke all on sequence %s from public, :VISITOR', numbers);
    execute format('grant usage on sequence %s to :VISITOR', numbers);
  end loop;
end
$$;
alter function app_private.grant_to_visitor(regclass, text, text[]) owner to :OWNER;
comment on function app_private.grant_to_visitor(regclass, text, text[]) is
  'Grants a protected table''s columns to the visitor; run it again (protect does) after adding a column.';
revoke all on function app_private.grant_to_visitor(regclass, text, text[]) from public;
--! EndIncluded app_private/grant_to_visitor.sql
--! Included app_private/has_wall.sql
-- Is the wall exactly the wall? Asked by build_wall() and by the check, so that both mean the same. The search path
-- decides how pg_get_expr prints names, which is why this is a function and not a condition in a view.
create or replace function app_private.has_wall(target regclass, scope_column text) returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from pg_policy
    where polrelid = target and polname = 'organization_isolation' and not polpermissive and polcmd = '*'
      and polroles = array[':VISITOR'::regrole::oid]
      and pg_get_expr(polqual, polrelid) = wall and pg_get_expr(polwithcheck, polrelid) = wall
  )
  from format('(%I = ( SELECT app_hidden.current_organization_id() AS current_organization_id))', scope_column) as wall
$$;
alter function app_private.has_wall(regclass, text) owner to :OWNER;
comment on function app_private.has_wall(regclass, text) is
  'True when the table carries the restrictive isolation policy, over this column, and nothing else by that name.';
revoke all on function app_private.has_wall(regclass, text) from public;
--! EndIncluded app_private/has_wall.sql
--! Included app_private/build_wall.sql
-- The wall: the one restrictive policy that nothing added later can widen. Replaced only when it is not already
-- exactly this one. Returns whether the table is met for the first time (no row security, no policy), so that
-- protect() knows when doors are its own to make and when they are somebody's.
-- No `force`: as a forced owner without policies, counts are 0 and a foreign key validates over orphans, silently.
create or replace function app_private.build_wall(target regclass, scope_column text) returns boolean
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  is_new boolean := (
    select not relrowsecurity and not exists (select from pg_policy where polrelid = target) from pg_class where oid = target
  );
begin
  if exists (select from pg_class where oid = target and (not relrowsecurity or relforcerowsecurity)) then
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s no force row level security', target);
  end if;
  if not app_private.has_wall(target, scope_column) then
    if exists (select from pg_policy where polrelid = target and polname = 'organization_isolation') then
      execute format('drop policy organization_isolation on %s', target);
    end if;
    execute format(
      'create policy organization_isolation on %1$s as restrictive for all to :VISITOR '
      'using (%2$I = (select app_hidden.current_organization_id())) '
      'with check (%2$I = (select app_hidden.current_organization_id()))', target, scope_column);
  end if;

  -- A table that protect() did not make known has its grants in a policy file, written by hand.
  insert into app_private.protected_tables (schema_name, table_name, scope_column, grants_by_hand)
  select n.nspname, c.relname, build_wall.scope_column, true
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target
  on conflict (schema_name, table_name) do update set scope_column = excluded.scope_column;
  return is_new;
end
$$;
alter function app_private.build_wall(regclass, text) owner to :OWNER;
comment on function app_private.build_wall(regclass, text) is
  'Enables row-level security on a table and builds the restrictive isolation policy; true for a table met for the first time.';
revoke all on function app_private.build_wall(regclass, text) from public;
--! EndIncluded app_private/build_wall.sql
--! Included app_private/close_doors.sql
-- Takes every door of a table away, so that the policy file which calls it says all there are: a door that is deleted
-- from the file is gone at the next save. The wall stays; in between nobody sees anything, and nobody sees in between:
-- the file is one transaction.
create or replace function app_private.close_doors(target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  door name;
begin
  for door in
    select polname from pg_policy
    where polrelid = target and polpermissive and polroles = array[':VISITOR'::regrole::oid] order by polname
  loop
    execute format('drop policy %I on %s', door, target);
  end loop;
end
$$;
alter function app_private.close_doors(regclass) owner to :OWNER;
comment on function app_private.close_doors(regclass) is
  'Drops the visitor''s permissive policies on a table; a policy file calls it before it creates its own.';
revoke all on function app_private.close_doors(regclass) from public;
--! EndIncluded app_private/close_doors.sql
--! Included app_private/protect.sql
-- Everything that makes a table tenant-owned, in one call that can be repeated: owner, wall, doors, grants.
-- The doors are made only for a table without row security and without a policy: afterwards they are the DBA's, and
-- protect() leaves them be. An argument that is left out keeps what an earlier call said: repeating protect('t')
-- after adding a column must never give a secret column away.
create or replace function app_private.protect(
  target regclass,
  secret_columns text[] default null,
  scope_column text default null,
  global_keys text[] default null
) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  kind "char" := (select relkind from pg_class where oid = target);
  known app_private.protected_tables := (
    select p from app_private.protected_tables p
    join pg_namespace n on n.nspname = p.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relname = p.table_name
    where c.oid = target
  );
  scope text := coalesce(protect.scope_column, known.scope_column, 'organization_id');
  secret text[] := coalesce(protect.secret_columns, known.secret_columns, '{}');
  global text[] := coalesce(protect.global_keys, known.global_keys, '{}');
  missing text := (
    select string_agg(quote_literal(name), ', ') from unnest(secret) as name
    where not exists (
      select from pg_attribute where attrelid = target and attname = name and attnum > 0 and not attisdropped
    )
  );
begin
  if kind not in ('r', 'p') then
    raise exception using errcode = 'RH010', message = format('%s is not a table', target),
      hint = 'Protect the tables behind it; a view gets security_invoker.';
  end if;
  if known.grants_by_hand then
    raise exception using errcode = 'RH010', message = format('the grants of %s are written by hand', target),
      hint = format('Its wall alone: select app_private.build_wall(%L, %L). Its grants: run its policy file.', target, scope);
  end if;
  if not exists (
    select from pg_attribute
    where attrelid = target and attname = scope and atttypid = 'uuid'::regtype and attnotnull and not attisdropped
  ) then
    raise exception using errcode = 'RH010', message = format('%s has no column %I uuid not null', target, scope),
      -- In one clause the default would be asked for the rows that are there, by somebody without a context.
      hint = format('alter table %1$s add column %2$I uuid not null, alter column %2$I set default app_hidden.current_organization_id()', target, scope);
  end if;
  -- Renamed or moved, it is not known by its name; its secrets would be guessed to be none.
  if known.table_name is null and protect.secret_columns is null and exists (
    select from pg_policy where polrelid = target and polname = 'organization_isolation'
  ) then
    raise exception using errcode = 'RH010', message = format('%s was protected under another name', target),
      hint = format('Say which columns are secret: select app_private.protect(%L, secret_columns => ''{}'')', target);
  end if;
  if missing is not null then
    raise exception using errcode = 'RH010', message = format('%s has no column %s to keep secret', target, missing),
      hint = 'Correct the list: protect(table, secret_columns => array[…]); ''{}'' is an empty one.';
  end if;

  if exists (
    select from unnest(protect.global_keys) as name where not exists (
      select from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = target and i.indisunique and x.relname = name
    )
  ) then
    raise exception using errcode = 'RH010', message = format('%s does not have all of these unique indexes: %s', target, protect.global_keys),
      hint = 'Correct the list: protect(table, global_keys => array[…]) names indexes that are unique over all organizations.';
  end if;

  if (select relowner from pg_class where oid = target) <> ':OWNER'::regrole then
    execute format('alter table %s owner to :OWNER', target);
  end if;

  if app_private.build_wall(target, scope) then
    execute format('create policy select_member on %s for select to :VISITOR using (true)', target);
    execute format('create policy insert_member on %s for insert to :VISITOR with check ((select app_hidden.can_write()))', target);
    execute format('create policy update_member on %1$s for update to :VISITOR using ((select app_hidden.can_write()))', target);
    execute format('create policy delete_member on %s for delete to :VISITOR using ((select app_hidden.can_write()))', target);
  end if;
  perform app_private.grant_to_visitor(target, scope, secret);

  update app_private.protected_tables p set secret_columns = secret, global_keys = global, grants_by_hand = false
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = target and p.schema_name = n.nspname and p.table_name = c.relname;
end
$$;
alter function app_private.protect(regclass, text[], text, text[]) owner to :OWNER;
comment on function app_private.protect(regclass, text[], text, text[]) is
  'Makes a table tenant-owned: owner, wall, default doors, column grants. Repeat it after adding a column.';
revoke all on function app_private.protect(regclass, text[], text, text[]) from public;
--! EndIncluded app_private/protect.sql
--! Included app_private/share.sql
-- A table whose rows are everybody's (content types, permissions, seeded lookups): every organization reads it, none
-- writes it. There is no wall, because there is nothing between organizations to keep apart; what a tenant could write
-- here, all others would read, so the one grant is select. Without a context even that fails (RH001).
create or replace function app_private.share(target regclass, secret_columns text[] default null) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  known app_private.shared_tables := (
    select s from app_private.shared_tables s
    join pg_namespace n on n.nspname = s.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relname = s.table_name
    where c.oid = target
  );
  secret text[] := coalesce(share.secret_columns, known.secret_columns, '{}');
  missing text := (
    select string_agg(quote_literal(name), ', ') from unnest(secret) as name
    where not exists (
      select from pg_attribute where attrelid = target and attname = name and attnum > 0 and not attisdropped
    )
  );
  readable text;
begin
  if (select relkind from pg_class where oid = target) not in ('r', 'p') then
    raise exception using errcode = 'RH010', message = format('%s is not a table', target),
      hint = 'Share the tables behind it; a view gets security_invoker.';
  end if;
  if exists (
    select from app_private.protected_tables p where target = to_regclass(format('%I.%I', p.schema_name, p.table_name))
  ) then
    raise exception using errcode = 'RH010', message = format('%s is tenant-owned: its rows are not everybody''s', target),
      hint = 'Share another table, one without a scope column.';
  end if;
  if missing is not null then
    raise exception using errcode = 'RH010', message = format('%s has no column %s to keep secret', target, missing),
      hint = 'Correct the list: share(table, secret_columns => array[…]); ''{}'' is an empty one.';
  end if;

  if (select relowner from pg_class where oid = target) <> ':OWNER'::regrole then
    execute format('alter table %s owner to :OWNER', target);
  end if;
  if exists (select from pg_class where oid = target and (not relrowsecurity or relforcerowsecurity)) then
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s no force row level security', target);
  end if;
  if not exists (select from pg_policy where polrelid = target and polname = 'select_shared') then
    execute format('create policy select_shared on %s for select to :VISITOR using ((select app_hidden.current_organization_id()) is not null)', target);
  end if;

  select string_agg(quote_ident(attname), ', ' order by attnum) into readable from pg_attribute
  where attrelid = target and attnum > 0 and not attisdropped and not attname = any (secret);
  -- Revoking on the table also takes the grants on its columns away.
  execute format('revoke all on table %s from public, :VISITOR', target);
  if readable is not null then execute format('grant select (%s) on table %s to :VISITOR', readable, target); end if;

  insert into app_private.shared_tables (schema_name, table_name, secret_columns)
  select n.nspname, c.relname, secret from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target
  on conflict (schema_name, table_name) do update set secret_columns = excluded.secret_columns;
end
$$;
alter function app_private.share(regclass, text[]) owner to :OWNER;
comment on function app_private.share(regclass, text[]) is
  'Makes a table everybody''s: each organization reads it, none writes it. Repeat it after adding a column.';
revoke all on function app_private.share(regclass, text[]) from public;
--! EndIncluded app_private/share.sql

--! Included app_public/get_user_organization_id.sql
-- A user's home organization. It reads past the wall, so it answers only about users of the context's organization.
create or replace function app_public.get_user_organization_id(user_id uuid) returns uuid
  language sql stable security definer set search_path to pg_catalog, pg_temp
as $$
  select u.organization_id from :USERS_SCHEMA.users u
  where u.id = get_user_organization_id.user_id
    and u.organization_id = (select app_hidden.current_organization_id())
$$;
alter function app_public.get_user_organization_id(uuid) owner to :OWNER;
comment on function app_public.get_user_organization_id(uuid) is
  E'@behavior -*\nThe home organization of a user of your organization; null for anybody else.';
revoke all on function app_public.get_user_organization_id(uuid) from public;
grant execute on function app_public.get_user_organization_id(uuid) to :VISITOR;
--! EndIncluded app_public/get_user_organization_id.sql
--! Included app_public/validate_client_access.sql
-- Does this user belong to that organization? Tenants are answered about themselves only: another organization is
-- "no" whether it exists or not. Never call it with a row's column in a policy: it would run once per row.
create or replace function app_public.validate_client_access(user_id uuid, organization_id uuid) returns boolean
  language sql stable security definer set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from :CORE_SCHEMA.user_organizations m
    join :CORE_SCHEMA.organizations o on o.id = m.organization_id and o.is_active
    join :USERS_SCHEMA.users u on u.id = m.user_id and u.is_active
    where m.user_id = validate_client_access.user_id
      and m.organization_id = validate_client_access.organization_id
      and m.is_active
      and m.organization_id = (select app_hidden.current_organization_id())
  )
$$;
alter function app_public.validate_client_access(uuid, uuid) owner to :OWNER;
comment on function app_public.validate_client_access(uuid, uuid) is
  E'@behavior -*\nTrue when the user is an active member of the organization, and it is your own.';
revoke all on function app_public.validate_client_access(uuid, uuid) from public;
grant execute on function app_public.validate_client_access(uuid, uuid) to :VISITOR;
--! EndIncluded app_public/validate_client_access.sql
--! Included app_public/organizations_is_subscription_active.sql
-- A field of organizations: isSubscriptionActive.
create or replace function app_public.organizations_is_subscription_active(organization :CORE_SCHEMA.organizations)
  returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select organization.is_active
    and (organization.subscription_ends_at is null or organization.subscription_ends_at > now())
$$;
alter function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) owner to :OWNER;
comment on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) is
  'True while the organization is active and its subscription has not ended.';
revoke all on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) from public;
grant execute on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) to :VISITOR;
--! EndIncluded app_public/organizations_is_subscription_active.sql
--! Included app_public/organizations_has_feature.sql
-- A field of organizations: hasFeature(feature: "payroll"). Absent and false are both no.
create or replace function app_public.organizations_has_feature(
  organization :CORE_SCHEMA.organizations,
  feature text
) returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select coalesce(organization.features -> feature = 'true'::jsonb, false)
$$;
alter function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) owner to :OWNER;
comment on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) is
  'True when the feature is switched on for the organization.';
revoke all on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) from public;
grant execute on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) to :VISITOR;
--! EndIncluded app_public/organizations_has_feature.sql
--! Included app_public/current_organization.sql
-- Where am I? The wall leaves one row.
create or replace function app_public.current_organization() returns :CORE_SCHEMA.organizations
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select o.* from :CORE_SCHEMA.organizations o where o.id = (select app_hidden.current_organization_id())
$$;
alter function app_public.current_organization() owner to :OWNER;
comment on function app_public.current_organization() is 'The organization you are signed in to.';
revoke all on function app_public.current_organization() from public;
grant execute on function app_public.current_organization() to :VISITOR;
--! EndIncluded app_public/current_organization.sql
--! Included app_public/current_account.sql
-- Who am I? (current_user is a key word of SQL, hence the other name in the database.)
create or replace function app_public.current_account() returns :USERS_SCHEMA.users
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select u.* from :USERS_SCHEMA.users u where u.id = (select app_hidden.current_user_id())
$$;
alter function app_public.current_account() owner to :OWNER;
comment on function app_public.current_account() is E'@name currentUser\nThe person you are signed in as.';
revoke all on function app_public.current_account() from public;
grant execute on function app_public.current_account() to :VISITOR;
--! EndIncluded app_public/current_account.sql
--! Included app_public/operator_organizations.sql
-- All organizations, for operators. It reads past the wall, so the audit log is written first.
create or replace function app_public.operator_organizations(reason text) returns setof :CORE_SCHEMA.organizations
  language plpgsql volatile security definer set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_private.begin_operation('operator_organizations', reason);
  return query select o.* from :CORE_SCHEMA.organizations o order by o.slug;
end
$$;
alter function app_public.operator_organizations(text) owner to :OWNER;
comment on function app_public.operator_organizations(text) is
  'All organizations, for operators. The reason is written to the audit log first.';
revoke all on function app_public.operator_organizations(text) from public;
grant execute on function app_public.operator_organizations(text) to :VISITOR;
--! EndIncluded app_public/operator_organizations.sql
--! Included app_public/operator_members.sql
-- Who can sign in to one organization, for operators. It reads past the wall, so the audit log is written first: the
-- entry carries the organization, and its owners see who looked and why.
create or replace function app_public.operator_members(slug text, reason text) returns setof :USERS_SCHEMA.users
  language plpgsql volatile security definer set search_path to pg_catalog, pg_temp
as $$
declare
  looked_into uuid := (select o.id from :CORE_SCHEMA.organizations o where o.slug = operator_members.slug);
begin
  perform app_private.begin_operation('operator_members', reason, looked_into);
  if looked_into is null then
    raise exception using errcode = 'RH005', message = format('there is no organization %L', slug),
      hint = 'Operators list them: operator_organizations.';
  end if;
  return query
    select u.* from :USERS_SCHEMA.users u
    join :CORE_SCHEMA.user_organizations m on m.user_id = u.id and m.is_active
    where m.organization_id = looked_into and u.is_active
    order by u.email, u.id;
end
$$;
alter function app_public.operator_members(text, text) owner to :OWNER;
comment on function app_public.operator_members(text, text) is
  'Who can sign in to an organization, for operators. The reason is written to the organization''s audit log first.';
revoke all on function app_public.operator_members(text, text) from public;
grant execute on function app_public.operator_members(text, text) to :VISITOR;
--! EndIncluded app_public/operator_members.sql

--! Included triggers/tg__touch.sql
-- updated_at tells when a row last changed, whoever changed it.
create or replace function app_private.tg__touch() returns trigger
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
alter function app_private.tg__touch() owner to :OWNER;
comment on function app_private.tg__touch() is 'Sets updated_at.';
revoke all on function app_private.tg__touch() from public;

create or replace trigger tg_organizations__touch before update on :CORE_SCHEMA.organizations
  for each row execute function app_private.tg__touch();
create or replace trigger tg_users__touch before update on :USERS_SCHEMA.users
  for each row execute function app_private.tg__touch();
--! EndIncluded triggers/tg__touch.sql
--! Included triggers/tg_audit_log__append_only.sql
-- Rights keep tenants and the owner from changing the audit log; this keeps the auditor, and whoever becomes it, from
-- doing so by mistake. Per statement, so that one that meets no row is refused as well.
create or replace function app_private.tg_audit_log__append_only() returns trigger
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'RH011', message = 'the audit log is only added to',
    hint = 'Old entries leave with a partition or a dump, by somebody who switches this trigger off on purpose.';
end
$$;
alter function app_private.tg_audit_log__append_only() owner to :OWNER;
comment on function app_private.tg_audit_log__append_only() is 'Refuses update, delete and truncate (RH011).';
revoke all on function app_private.tg_audit_log__append_only() from public;

create or replace trigger tg_audit_log__append_only before update or delete or truncate on :CORE_SCHEMA.audit_log
  for each statement execute function app_private.tg_audit_log__append_only();
--! EndIncluded triggers/tg_audit_log__append_only.sql

--! Included policies/organizations.sql
-- The wall of the organizations themselves: the scope column is their id. Who may sign in sees its own; owners and
-- admins change what is about them, never what is sold to them (features, plan, is_active).
select app_private.build_wall(':CORE_SCHEMA.organizations', 'id');
select app_private.close_doors(':CORE_SCHEMA.organizations');

create policy select_member on :CORE_SCHEMA.organizations for select to :VISITOR using (true);

create policy update_administrator on :CORE_SCHEMA.organizations for update to :VISITOR
  using ((select app_hidden.can_administer()));

revoke all on :CORE_SCHEMA.organizations from public, :VISITOR;
grant select on :CORE_SCHEMA.organizations to :VISITOR;
grant update (name, email, settings) on :CORE_SCHEMA.organizations to :VISITOR;
--! EndIncluded policies/organizations.sql
--! Included policies/users.sql
-- Colleagues see each other; a person changes the own name, nothing else.
select app_private.build_wall(':USERS_SCHEMA.users', 'organization_id');
select app_private.close_doors(':USERS_SCHEMA.users');

create policy select_member on :USERS_SCHEMA.users for select to :VISITOR using (true);

create policy update_self on :USERS_SCHEMA.users for update to :VISITOR
  using (id = (select app_hidden.current_user_id()));

revoke all on :USERS_SCHEMA.users from public, :VISITOR;
grant select on :USERS_SCHEMA.users to :VISITOR;
grant update (name) on :USERS_SCHEMA.users to :VISITOR;
--! EndIncluded policies/users.sql
--! Included policies/user_organizations.sql
-- Colleagues see who is what. Owners and admins switch memberships on and off and change roles, but not their own
-- (nobody locks himself out or promotes himself), and only an owner touches or makes an owner.
-- There is no insert: naming a user id of another organization would tell whether it exists.
select app_private.build_wall(':CORE_SCHEMA.user_organizations', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.user_organizations');

create policy select_member on :CORE_SCHEMA.user_organizations for select to :VISITOR using (true);

create policy update_administrator on :CORE_SCHEMA.user_organizations for update to :VISITOR
  using (
    (select app_hidden.can_administer())
    and user_id <> (select app_hidden.current_user_id())
    and (role <> 'owner' or (select app_hidden.current_member_role()) = 'owner')
  )
  with check (role <> 'owner' or (select app_hidden.current_member_role()) = 'owner');

revoke all on :CORE_SCHEMA.user_organizations from public, :VISITOR;
grant select on :CORE_SCHEMA.user_organizations to :VISITOR;
grant update (role, is_active) on :CORE_SCHEMA.user_organizations to :VISITOR;
--! EndIncluded policies/user_organizations.sql
--! Included policies/domains.sql
-- Members see the organization's host names; only operators change them, for they are unique in the world.
select app_private.build_wall(':CORE_SCHEMA.domains', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.domains');

create policy select_member on :CORE_SCHEMA.domains for select to :VISITOR using (true);

revoke all on :CORE_SCHEMA.domains from public, :VISITOR;
grant select on :CORE_SCHEMA.domains to :VISITOR;
--! EndIncluded policies/domains.sql
--! Included policies/legacy_identities.sql
-- Walled like the rest, with no door and no grant: policies read it through functions.
select app_private.build_wall(':CORE_SCHEMA.legacy_identities', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.legacy_identities');

revoke all on :CORE_SCHEMA.legacy_identities from public, :VISITOR;
--! EndIncluded policies/legacy_identities.sql
--! Included policies/audit_log.sql
-- Owners and admins read what was done in their organization. Nobody writes: entries come from app_private.write_audit.
-- An entry about no organization is for nobody here: the wall compares null.
select app_private.build_wall(':CORE_SCHEMA.audit_log', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.audit_log');

create policy select_administrator on :CORE_SCHEMA.audit_log for select to :VISITOR
  using ((select app_hidden.can_administer()));

revoke all on :CORE_SCHEMA.audit_log from public, :VISITOR;
grant select on :CORE_SCHEMA.audit_log to :VISITOR;
--! EndIncluded policies/audit_log.sql

--! Included rowhouse/plans.sql
-- What was decided, kept whole: a restart continues the plan as it was made, whatever the files say by then.
create table if not exists rowhouse.plans (
  id text primary key,
  kind text not null check (kind in ('schemas', 'single')),
  -- json, not jsonb: a plan is kept byte for byte.
  plan json not null,
  fingerprint text not null,
  backup text,
  started_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  served_at timestamptz,
  -- Set by the first step back: from then on only cancel goes on.
  cancelling_at timestamptz,
  cancelled_at timestamptz
);
alter table rowhouse.plans owner to :OWNER;
comment on table rowhouse.plans is 'Plans that apply began, with the backup reference that was given.';
--! EndIncluded rowhouse/plans.sql
--! Included rowhouse/journal.sql
-- One row per step, written in the transaction that does the step: what is here happened, once; what is not did not.
create table if not exists rowhouse.journal (
  plan_id text not null references rowhouse.plans (id),
  step text not null,
  -- `fold`, or `phase_1` … `phase_5` of a database that is scoped in place.
  phase text not null default 'fold',
  operation text not null,
  organization_id uuid,
  object text,
  rows bigint,
  details jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, step)
);
alter table rowhouse.journal owner to :OWNER;
comment on table rowhouse.journal is 'Steps that are done, each recorded by the transaction that did it.';
--! EndIncluded rowhouse/journal.sql
--! Included rowhouse/verifications.sql
-- What verify found, per organization, so that status can say it from data.
create table if not exists rowhouse.verifications (
  plan_id text not null references rowhouse.plans (id),
  organization_id uuid not null,
  rows bigint not null,
  mismatches bigint not null,
  verified_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, organization_id)
);
alter table rowhouse.verifications owner to :OWNER;
comment on table rowhouse.verifications is 'The last verification of each organization.';
--! EndIncluded rowhouse/verifications.sql
--! Included rowhouse/baselines.sql
-- What typical queries answered in the old schemas, and how fast: verify asks the new tables the same. The statement
-- is kept whole, so that a DBA can run it by hand.
create table if not exists rowhouse.baselines (
  plan_id text not null references rowhouse.plans (id),
  organization_id uuid not null,
  query text not null,
  statement text not null,
  constants text[] not null,
  answer text not null,
  milliseconds numeric not null,
  buffers bigint not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, organization_id, query)
);
alter table rowhouse.baselines owner to :OWNER;
comment on table rowhouse.baselines is 'Answers and times of typical queries before the fold.';
--! EndIncluded rowhouse/baselines.sql
--! Included rowhouse/measure.sql
-- One query's answer and what it costs in the database's own time, without the way to a client. The same function
-- measures before and after, so that the figures can be compared. The text settings are those verify compares rows
-- with: without them a date would hash differently from one login to the next.
create or replace function rowhouse.measure(
  -- With a %L where a constant belongs (and %% for a per cent sign).
  query text,
  -- A query that gives the constants, as text[].
  picking text default $$select '{}'::text[]$$,
  -- Whom to run the query as; it needs a context then. The caller must be a member.
  acting name default null,
  out statement text,
  out constants text[],
  -- How many rows, and a hash over them in the order in which they came.
  out answer text,
  -- The best of three, as explain says it.
  out milliseconds numeric,
  out buffers bigint,
  -- [{"node", "table", "index"}]: what was read and how; nodes that were never executed are left out.
  out scans jsonb,
  -- Parts that ran once beforehand: the wall's and the doors' own questions, one or more for every table.
  out checks int
)
  language plpgsql volatile set search_path to pg_catalog, pg_temp
  set timezone to 'UTC' set datestyle to 'ISO, YMD' set intervalstyle to 'iso_8601'
  set extra_float_digits to 3 set bytea_output to 'hex' set xmloption to content
as $$
declare
  caller text := current_setting('role');
  answered record;
  hash bytea := '';
  rows bigint := 0;
  explained jsonb;
begin
  execute picking into constants;
  constants := coalesce(constants, '{}');
  statement := format(query, variadic constants);
  if acting is not null then
    perform set_config('role', acting, true);
  end if;

  for answered in execute statement loop
    rows := rows + 1;
    hash := sha256(hash || convert_to(answered::text, getdatabaseencoding()));
  end loop;
  answer := rows || ' rows ' || encode(hash, 'hex');

  for attempt in 1..3 loop
    execute 'explain (analyze, buffers, timing off, format json) ' || statement into explained;
    if (explained -> 0 ->> 'Execution Time')::numeric < coalesce(milliseconds, 'infinity') then
      milliseconds := explained -> 0 ->> 'Execution Time';
    end if;
  end loop;
  perform set_config('role', caller, true);

  explained := explained -> 0 -> 'Plan';
  buffers := (explained ->> 'Shared Hit Blocks')::bigint + (explained ->> 'Shared Read Blocks')::bigint;
  select
      coalesce(jsonb_agg(distinct jsonb_build_object(
          'node', node -> 'Node Type', 'table', node -> 'Relation Name', 'index', node -> 'Index Name'))
        filter (where node ?| array['Relation Name', 'Index Name']), '[]'),
      count(*) filter (where node ->> 'Parent Relationship' = 'InitPlan')
    into scans, checks
  from jsonb_path_query(explained, 'strict $.** ? (@.type() == "object")') as node
  where (node ->> 'Actual Loops')::numeric > 0;
end
$$;
alter function rowhouse.measure(text, text, name) owner to :OWNER;
comment on function rowhouse.measure(text, text, name) is
  'Runs a query four times: its answer as a hash, its best time, the buffers and indexes it used. Owner only.';
revoke all on function rowhouse.measure(text, text, name) from public;
--! EndIncluded rowhouse/measure.sql
--! Included rowhouse/renumbered.sql
-- Which id became which: for whoever holds an old one in a file, a URL or a mail, and for copying and comparing, which
-- both read through it. It stays when the old schemas are gone. Renumbered, an id is one organization's alone; merged,
-- several organizations' ids became one.
create table if not exists rowhouse.renumbered (
  table_name text not null,
  organization_id uuid not null,
  old_id bigint not null,
  new_id bigint not null,
  is_merged boolean not null default false,
  primary key (table_name, organization_id, old_id)
);
create unique index if not exists renumbered_new_id_idx on rowhouse.renumbered (table_name, new_id) where not is_merged;
create unique index if not exists renumbered_merged_id_idx on rowhouse.renumbered (table_name, new_id, organization_id)
  where is_merged;
alter table rowhouse.renumbered owner to :OWNER;
comment on table rowhouse.renumbered is 'Old ids and new ids of tables whose keys were renumbered or whose rows were merged; table_name is the old name.';
--! EndIncluded rowhouse/renumbered.sql
--! Included rowhouse/unmapped.sql
-- Called for an old id that the kept map lacks: stops a copy that would otherwise write null, and lose the reference.
create or replace function rowhouse.unmapped(table_name text, old_id text) returns bigint
  language plpgsql volatile strict set search_path to pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'RH014', message = format('id %s of %s has no new one', old_id, table_name),
    hint = 'It came after the ids were renumbered, or leads nowhere: rowhouse cancel, and apply while nobody writes.';
end
$$;
alter function rowhouse.unmapped(text, text) owner to :OWNER;
comment on function rowhouse.unmapped(text, text) is 'Raises RH014: an old id without a new one.';
revoke all on function rowhouse.unmapped(text, text) from public;
--! EndIncluded rowhouse/unmapped.sql
--! Included rowhouse/quarantines.sql
-- Rows that lead nowhere can stand in no table that a checked foreign key leads from: they stand beside it, with the rows
-- that refer to them, column for column, in a schema that no tenant reaches. Nothing is dropped, nothing pointed elsewhere.
create table if not exists rowhouse.quarantines (
  plan_id text not null references rowhouse.plans (id),
  table_name text not null,
  schema_name name not null,
  name name not null,
  -- Says by which foreign key a row came; the table may have a column of the usual name.
  reason_column name not null,
  primary key (plan_id, table_name),
  unique (schema_name, name)
);
alter table rowhouse.quarantines owner to :OWNER;
comment on table rowhouse.quarantines is 'Tables that hold rows whose foreign key leads nowhere, and which table each is of.';

-- The rows on their way there. Empty for everybody but the transaction that moves them.
create table if not exists rowhouse.strays (
  relation regclass not null,
  place tid not null,
  foreign_key name not null,
  turn integer not null,
  primary key (relation, place)
);
-- A chain of rows, each referring to the one before, has as many turns as rows.
create index if not exists strays_turn_relation_idx on rowhouse.strays (turn, relation);
alter table rowhouse.strays owner to :OWNER;
comment on table rowhouse.strays is 'Rows on their way to a quarantine; empty but for the transaction that moves them.';
--! EndIncluded rowhouse/quarantines.sql
--! Included rowhouse/reference_text.sql
-- A foreign key as conditions on c, its row, and p, the row that it leads to, by the operators that the key itself uses, and
-- where collations differ by that of the row that it leads to, as the key does.
create or replace function rowhouse.reference_text(foreign_key oid, out present text, out matches text)
  language sql stable strict set search_path to pg_catalog, pg_temp
as $$
  select string_agg(format('c.%I is not null', own.attname), ' and ' order by part.at),
    string_agg(
      format('p.%I operator(%I.%s) c.%I', their.attname, n.nspname, o.oprname, own.attname)
        || case when own.attcollation <> their.attcollation and their.attcollation <> 0 then format(' collate %s', their.attcollation::regcollation) else '' end,
      ' and ' order by part.at)
  from pg_constraint f
  cross join unnest(f.conkey, f.confkey, f.conpfeqop) with ordinality as part (here, there, equals, at)
  join pg_attribute own on own.attrelid = f.conrelid and own.attnum = part.here
  join pg_attribute their on their.attrelid = f.confrelid and their.attnum = part.there
  join pg_operator o on o.oid = part.equals
  join pg_namespace n on n.oid = o.oprnamespace
  where f.oid = foreign_key
$$;
alter function rowhouse.reference_text(oid) owner to :OWNER;
comment on function rowhouse.reference_text(oid) is 'A foreign key as conditions on its row (c) and the row that it leads to (p).';
revoke all on function rowhouse.reference_text(oid) from public;
--! EndIncluded rowhouse/reference_text.sql
--! Included rowhouse/quarantine_of.sql
-- The place beside a table where its rows that lead nowhere stand, made where it is missing: the same columns without any
-- rule, for nobody but the owner, whatever rights new tables are given, and whoever is given some later sees none of it. A
-- schema that somebody else made is never used.
create or replace function rowhouse.quarantine_of(plan text, relation regclass) returns regclass
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  home text;
  stem text;
  short text;
  own record;
  other record;
  columns text;
  reason name := 'rowhouse_foreign_key';
  made regclass;
begin
  select to_regclass(format('%I.%I', q.schema_name, q.name)) into made
  from rowhouse.quarantines q where q.plan_id = plan and to_regclass(q.table_name) = relation;
  if made is not null then return made; end if;

  select n.nspname::text as schema, c.relname::text as name, c.relowner::regrole as owner into own
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;
  stem := own.schema;
  -- A name has 63 bytes.
  while octet_length(stem) > 49 loop stem := left(stem, -1); end loop;
  for counted in 1 .. 999 loop
    home := stem || '_quarantine' || case counted when 1 then '' else '_' || counted end;
    exit when to_regnamespace(quote_ident(home)) is null or exists (select from rowhouse.quarantines q where q.schema_name = home);
  end loop;
  stem := own.name;
  while octet_length(stem) > 59 loop stem := left(stem, -1); end loop;
  for counted in 1 .. 999 loop
    short := case counted when 1 then own.name else stem || '_' || counted end;
    exit when to_regclass(format('%I.%I', home, short)) is null and to_regtype(format('%I.%I', home, short)) is null;
  end loop;

  if to_regnamespace(quote_ident(home)) is null then
    execute format('create schema %I', home);
    execute format('alter schema %I owner to %s', home, own.owner);
    for other in
      select coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as name
      from pg_namespace n cross join aclexplode(n.nspacl) a where n.nspname = home and a.grantee <> n.nspowner group by 1
    loop
      execute format('revoke all on schema %I from %s', home, other.name);
    end loop;
    execute format('comment on schema %I is %L', home, format('Rows of %I whose foreign key leads nowhere, beside the tables that they are of.', own.schema));
  end if;
  execute format('create table %I.%I (like %s)', home, short, relation);
  made := format('%I.%I', home, short)::regclass;
  while exists (select from pg_attribute a where a.attrelid = relation and a.attname = reason and not a.attisdropped) loop
    reason := reason || '_';
  end loop;
  execute format('alter table %s add column %I name', made, reason);
  execute format('alter table %s owner to %s', made, own.owner);
  for other in
    select coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as name
    from pg_class c cross join aclexplode(c.relacl) a where c.oid = made and a.grantee <> c.relowner group by 1
  loop
    execute format('revoke all on %s from %s', made, other.name);
  end loop;
  execute format('alter table %s enable row level security', made);
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns
  from pg_attribute a where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
  execute format('comment on table %s is %L', made, format(
    'Rows of %s that lead nowhere by the foreign key that %I names, or refer to rows that do. Once mended, back: with mended as (delete from %s where true returning *) insert into %s (%s) overriding system value select %s from mended',
    relation, reason, made, relation, columns, columns));
  insert into rowhouse.quarantines (plan_id, table_name, schema_name, name, reason_column)
  values (plan, format('%I.%I', own.schema, own.name), home, short, reason);
  return made;
end
$$;
alter function rowhouse.quarantine_of(text, regclass) owner to :OWNER;
comment on function rowhouse.quarantine_of(text, regclass) is 'Where rows of a table that lead nowhere stand; made where it is missing.';
revoke all on function rowhouse.quarantine_of(text, regclass) from public;
--! EndIncluded rowhouse/quarantine_of.sql
--! Included rowhouse/validate_foreign_key.sql
-- Looks at every row of a foreign key that was added "not valid". Where rows lead nowhere, whatever the old database said
-- of its key, they go to quarantine with all rows that refer to them, and the key is valid for the rest.
create or replace function rowhouse.validate_foreign_key(plan text, child regclass, foreign_key name) returns bigint
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
  current_turn integer := 0;
  found bigint;
  marked bigint := 0;
  gone bigint;
begin
  begin
    execute format('alter table %s validate constraint %I', child, foreign_key);
    return 0;
  exception when foreign_key_violation then null;
  end;

  -- Keys are validated side by side, and a row may lead nowhere by two of them.
  lock table rowhouse.strays in exclusive mode;
  select f.confrelid::regclass as parent, r.* into strict one
  from pg_constraint f cross join rowhouse.reference_text(f.oid) r
  where f.conrelid = child and f.conname = foreign_key and f.contype = 'f';
  execute format('insert into rowhouse.strays select %L::regclass, c.ctid, %L, 0 from %s c where %s and not exists (select from %s p where %s)',
    child, foreign_key, child, one.present, one.parent, one.matches);
  get diagnostics found = row_count;

  -- What refers to a row that goes, goes with it; through circles too.
  while found > 0 loop
    marked := marked + found;
    found := 0;
    for one in
      select f.conname, f.conrelid::regclass as relation, f.confrelid::regclass as parent, r.*
      from pg_constraint f cross join rowhouse.reference_text(f.oid) r
      where f.contype = 'f' and coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true)
        and f.confrelid in (select s.relation from rowhouse.strays s where s.turn = current_turn)
      order by f.conrelid::regclass::text, f.conname
    loop
      if one.relation = one.parent then
        -- A key to its own table all the way: a chain of rows, each referring to the one before, has as many turns as rows.
        execute format('insert into rowhouse.strays
          with recursive following (place) as (
            select s.place from rowhouse.strays s where s.relation = %1$L::regclass and s.turn = %2$s
            union
            select c.ctid from following join %1$s p on p.ctid = following.place join %1$s c on %3$s
          )
          select %1$L::regclass, place, %4$L, %2$s + 1 from following on conflict do nothing',
          one.parent, current_turn, one.matches, one.conname);
      else
        execute format('insert into rowhouse.strays
          select %L::regclass, c.ctid, %L, %s from rowhouse.strays s join %s p on p.ctid = s.place join %s c on %s
          where s.relation = %L::regclass and s.turn = %s on conflict do nothing',
          one.relation, one.conname, current_turn + 1, one.parent, one.relation, one.matches, one.parent, current_turn);
      end if;
      get diagnostics gone = row_count;
      found := found + gone;
    end loop;
    current_turn := current_turn + 1;
  end loop;

  -- While this one waited, another key took them away. If not, this says so.
  if marked = 0 then
    execute format('alter table %s validate constraint %I', child, foreign_key);
    return 0;
  end if;

  for one in select s.relation, count(*) as rows from rowhouse.strays s group by s.relation order by s.relation::text loop
    if not exists (
      select from rowhouse.journal j
      where j.plan_id = plan and j.operation = 'create_table' and to_regclass(j.object) = one.relation
    ) then
      raise exception using errcode = 'RH015',
        message = format('%s rows of %s refer to rows that lead nowhere by %s of %s, and that table was there before the plan',
          one.rows, one.relation, foreign_key, child),
        hint = format('Leave the rows where they are: rowhouse cancel, then in the spec: orphans: ''keep'' for the table that became %s.', child);
    end if;
    execute format('insert into %s select c.*, s.foreign_key from rowhouse.strays s join %s c on c.ctid = s.place where s.relation = %L::regclass',
      rowhouse.quarantine_of(plan, one.relation), one.relation, one.relation);
  end loop;

  -- In one statement: no key is looked at before all of them are gone, and nothing is left to cascade to.
  select string_agg(format('gone_%s as (delete from %s c using rowhouse.strays s where s.relation = %L::regclass and s.place = c.ctid returning 1)', at, relation, relation), ', ') as deletes,
    string_agg(format('(select count(*) from gone_%s)', at), ' + ') as counts
  into one
  from (select s.relation, row_number() over () as at from rowhouse.strays s group by s.relation) moved;
  execute format('with %s select %s', one.deletes, one.counts) into gone;
  if gone is distinct from marked then
    raise exception using errcode = '40001', message = format('rows of %s changed while they were put in quarantine', child);
  end if;
  delete from rowhouse.strays;
  set constraints all immediate;
  execute format('alter table %s validate constraint %I', child, foreign_key);
  return marked;
end
$$;
alter function rowhouse.validate_foreign_key(text, regclass, name) owner to :OWNER;
comment on function rowhouse.validate_foreign_key(text, regclass, name) is
  'Validates a foreign key; rows that lead nowhere go to quarantine, with those that refer to them. Returns how many.';
revoke all on function rowhouse.validate_foreign_key(text, regclass, name) from public;
--! EndIncluded rowhouse/validate_foreign_key.sql
--! Included rowhouse/drop_quarantines.sql
-- What a plan put beside its tables goes when the plan is undone: the rows are still in the old schemas. A schema in which
-- somebody put something else stays.
create or replace function rowhouse.drop_quarantines(plan text) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in delete from rowhouse.quarantines q where q.plan_id = plan returning q.schema_name, q.name, q.reason_column loop
    -- What somebody else put in its place is theirs.
    if exists (
      select from pg_attribute a where a.attrelid = to_regclass(format('%I.%I', one.schema_name, one.name)) and a.attname = one.reason_column
    ) then
      execute format('drop table %I.%I', one.schema_name, one.name);
    end if;
    begin
      execute format('drop schema if exists %I', one.schema_name);
    exception when dependent_objects_still_exist then null;
    end;
  end loop;
end
$$;
alter function rowhouse.drop_quarantines(text) owner to :OWNER;
comment on function rowhouse.drop_quarantines(text) is 'Drops the quarantines of a plan that is undone.';
revoke all on function rowhouse.drop_quarantines(text) from public;
--! EndIncluded rowhouse/drop_quarantines.sql
--! Included rowhouse/attempts.sql
-- What was begun and is not in the journal by itself: steps that no transaction can hold say that they start, and every
-- step that failed says why. The journal alone decides what is done.
create table if not exists rowhouse.attempts (
  id bigint generated always as identity primary key,
  plan_id text not null references rowhouse.plans (id),
  step text not null,
  phase text not null default 'fold',
  operation text not null,
  object text,
  status text not null check (status in ('started', 'failed')),
  details jsonb,
  created_at timestamptz not null default clock_timestamp()
);
alter table rowhouse.attempts owner to :OWNER;
comment on table rowhouse.attempts is 'Steps that were started outside a transaction, and steps that failed.';
--! EndIncluded rowhouse/attempts.sql
--! Included rowhouse/migration_log.sql
-- The journal as people read it: what was done, what was started, and what failed.
create or replace view :CORE_SCHEMA.migration_log with (security_invoker = true) as
select
  j.plan_id as plan,
  j.phase,
  j.operation || coalesce(' ' || j.object, '') as operation,
  'done'::text as status,
  j.details,
  j.rows,
  j.created_at
from rowhouse.journal j
union all
select
  a.plan_id,
  a.phase,
  a.operation || coalesce(' ' || a.object, ''),
  a.status,
  a.details,
  null,
  a.created_at
from rowhouse.attempts a;
alter view :CORE_SCHEMA.migration_log owner to :OWNER;
comment on view :CORE_SCHEMA.migration_log is E'@behavior -*\nWhat was done to this database, step by step.';
revoke all on :CORE_SCHEMA.migration_log from public, :VISITOR;
--! EndIncluded rowhouse/migration_log.sql
--! Included rowhouse/scoped_tables.sql
-- The tables of a database that is scoped in place, from the moment they have a scope column: long before the wall, so
-- that validate_client_data_integrity() knows them. And the references between them, declared or not.
create table if not exists rowhouse.scoped_tables (
  schema_name text not null,
  table_name text not null,
  scope_column text not null,
  plan_id text not null references rowhouse.plans (id),
  primary key (schema_name, table_name)
);
alter table rowhouse.scoped_tables owner to :OWNER;
comment on table rowhouse.scoped_tables is 'Tables that carry a scope column, with or without a wall.';

create table if not exists rowhouse.scoped_references (
  from_table text not null,
  from_columns text[] not null,
  to_table text not null,
  to_columns text[] not null,
  plan_id text not null references rowhouse.plans (id),
  primary key (from_table, from_columns, to_table)
);
alter table rowhouse.scoped_references owner to :OWNER;
comment on table rowhouse.scoped_references is 'References that must stay inside one organization; names are qualified and quoted.';
--! EndIncluded rowhouse/scoped_tables.sql
--! Included rowhouse/owner_values.sql
-- By which texts a rule finds an organization: its slug, its name, and what the spec gives it beside them.
create table if not exists rowhouse.owner_values (
  value text primary key,
  organization_id uuid not null references :CORE_SCHEMA.organizations (id)
);
alter table rowhouse.owner_values owner to :OWNER;
comment on table rowhouse.owner_values is 'Texts in old columns that name an organization.';
--! EndIncluded rowhouse/owner_values.sql
--! Included rowhouse/assignments.sql
-- How far the assignment of a table's rows has come; written by the transaction that moves them.
create table if not exists rowhouse.assignments (
  plan_id text not null references rowhouse.plans (id),
  table_name text not null,
  pass text not null check (pass in ('first', 'settle', 'follow', 'last')),
  -- The primary key of the last row that was looked at, as texts; null: none was.
  last_key jsonb,
  rows_seen bigint not null default 0,
  rows_moved bigint not null default 0,
  is_done boolean not null default false,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, table_name, pass)
);
alter table rowhouse.assignments owner to :OWNER;
comment on table rowhouse.assignments is 'Progress of rows that are given to their organizations.';
--! EndIncluded rowhouse/assignments.sql
--! Included rowhouse/activity.sql
-- How many statements each role of the old application had sent when we looked (pg_stat_statements says no times): a
-- count that is the same an hour later is an application that has gone.
create table if not exists rowhouse.activity (
  plan_id text not null references rowhouse.plans (id),
  role_name text not null,
  calls bigint not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (plan_id, role_name, seen_at)
);
alter table rowhouse.activity owner to :OWNER;
comment on table rowhouse.activity is 'Statements of the old application''s roles, counted now and then.';
--! EndIncluded rowhouse/activity.sql
--! Included rowhouse/assign_rows.sql
-- Gives a table's rows to the organizations that an expression over the row `t` says, while the application goes on writing: in
-- batches by primary key, a transaction each, so that nobody waits for long. A row that somebody holds is passed over
-- and not waited for: we hold others meanwhile. Every pass but the first waits until the transactions are over that
-- began before, and repeats until a whole round finds nothing left to move.
-- A procedure that commits cannot have a search path of its own: every name is qualified.
create or replace procedure rowhouse.assign_rows(plan text, target text, scope_column text, owner text, pass text)
  language plpgsql
as $$
declare
  relation pg_catalog.regclass := target::pg_catalog.regclass;
  -- Where a rule's own names are looked up.
  path constant text := (
    select pg_catalog.format('pg_catalog, %I, pg_temp', n.nspname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = target::pg_catalog.regclass
  );
  -- In the last pass keys are in force, and to be asked.
  silent constant boolean := assign_rows.pass <> 'last' and ((select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    or pg_catalog.has_parameter_privilege('session_replication_role', 'set'));
  keys text;
  page_keys text;
  key_texts text;
  bounds text;
  query text;
  state rowhouse.assignments;
  -- Adapted so that a batch takes about this long: what it locks, it locks for no longer.
  wanted constant numeric := 30;
  batch int := 500;
  -- Rows to move: of a page without any to the next with nothing else, what is locked does not grow.
  most int := 500;
  begun timestamptz;
  took numeric;
  seen bigint;
  wrong bigint;
  moved bigint;
  left_over bigint := 0;
  next_key jsonb;
  is_end boolean;
  rounds int := 0;
  holder record;
  earlier text[];
  lag numeric;
begin
  select
    pg_catalog.string_agg(pg_catalog.format('t.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I::text', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(
      pg_catalog.format('($1 ->> %s)::%s', k.place - 1, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by k.place)
  into keys, page_keys, key_texts, bounds
  from pg_catalog.pg_constraint c, unnest(c.conkey) with ordinality as k (number, place), pg_catalog.pg_attribute a
  where c.conrelid = relation and c.contype = 'p' and a.attrelid = relation and a.attnum = k.number;

  -- Everything by key, the page first and without a lock; locked is only what has to change and what nobody holds.
  query := pg_catalog.format($query$
    with page as materialized (
      select q.*, row_number() over () as scope_place
      from (select %1$s, t.%2$I as scope_now, (%6$s) as scope_wanted
        from %3$s t where true /* after */ order by %1$s limit $2) q
    ), wrong as materialized (
      select t.ctid as place, p.scope_wanted, p.scope_place
      from page p join %3$s t on (%1$s) = (%4$s)
      where p.scope_wanted is distinct from t.%2$I
      order by p.scope_place limit $3
      for no key update of t skip locked
    ), moved as (
      update %3$s u set %2$I = w.scope_wanted from wrong w where u.ctid = w.place returning 1
    ), reached as materialized (
      select case when (select count(*) from wrong) < $3 then (select count(*) from page) else (select max(w.scope_place) from wrong w) end as scope_place
    )
    select r.scope_place, r.scope_place = (select count(*) from page) and r.scope_place < $2,
      (select count(*) from page p where p.scope_place <= r.scope_place and p.scope_wanted is distinct from p.scope_now),
      (select count(*) from moved),
      (select pg_catalog.jsonb_build_array(%5$s) from page p where p.scope_place = r.scope_place)
    from reached r$query$,
    keys, scope_column, target, page_keys, key_texts, owner);

  insert into rowhouse.assignments (plan_id, table_name, pass) values (plan, target, assign_rows.pass) on conflict do nothing;
  commit;

  if assign_rows.pass <> 'first' then
    -- A round that was interrupted is begun anew: what it had passed over is not known any more.
    update rowhouse.assignments a set last_key = null
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass and not a.is_done;
    commit;
    -- Whoever writes to the table now (a prepared transaction too: it has no pid), and whoever sees the database as it
    -- was: what he writes later would be judged by what he sees. Locks are visible to everybody; of whose snapshots we
    -- are not told, all are waited for.
    select pg_catalog.array_agg(distinct l.virtualtransaction) into earlier
    from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.pid is distinct from pg_catalog.pg_backend_pid() and (
      l.relation = assign_rows.target::pg_catalog.regclass and l.mode = 'RowExclusiveLock'
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      or l.locktype = 'virtualxid' and a.datname = pg_catalog.current_database()
        and coalesce(a.backend_type, 'client backend') = 'client backend' and (a.backend_xmin is not null or a.state is null)
    );
    for attempt in 0..2147483646 loop
      select l.pid, l.virtualtransaction into holder
      from pg_catalog.pg_locks l where l.virtualtransaction = any (earlier) limit 1;
      exit when not found;
      if attempt % 50 = 1 then
        -- Not a notice: sessions of apply leave those out.
        raise info 'waiting for a transaction that began before: % (%)',
          coalesce('pid ' || holder.pid, 'a prepared one, see pg_prepared_xacts'), target;
      end if;
      commit;
      perform pg_catalog.pg_sleep(0.1);
    end loop;
  end if;

  loop
    begun := pg_catalog.clock_timestamp();
    perform pg_catalog.set_config('search_path', path, true);
    -- What a crash takes back it takes back whole, progress included.
    perform pg_catalog.set_config('synchronous_commit', 'off', true);
    perform pg_catalog.set_config('jit', 'off', true);
    -- Triggers of the application are not meant for this: nothing about the row changes but whose it is.
    if silent then
      perform pg_catalog.set_config('session_replication_role', 'replica', true);
    end if;
    perform pg_catalog.set_config('rowhouse.assigning', 'on', true);
    select * into state from rowhouse.assignments a
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass for update;
    exit when state.is_done;
    if state.last_key is null then left_over := 0; rounds := rounds + 1; end if;

    execute case when state.last_key is null then query
        else pg_catalog.replace(query, 'true /* after */', pg_catalog.format('(%s) > (%s)', keys, bounds)) end
      into seen, is_end, wrong, moved, next_key using state.last_key, batch, most;
    left_over := left_over + wrong;
    update rowhouse.assignments a set
      last_key = case when not is_end then next_key end,
      rows_seen = a.rows_seen + seen, rows_moved = a.rows_moved + moved,
      -- All but the first end when a whole round found everything where it belongs.
      is_done = is_end and (assign_rows.pass = 'first' or left_over = 0),
      updated_at = pg_catalog.clock_timestamp()
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass;
    commit;

    took := extract(epoch from pg_catalog.clock_timestamp() - begun) * 1000;
    if moved = 0 or seen = batch then
      batch := greatest(100, least(20000, (batch * least(2, wanted / greatest(took, 0.1)))::int));
    end if;
    if moved > 0 then
      most := greatest(20, least(5000, (most * least(2, wanted / greatest(took, 0.1)))::int));
    end if;
    if is_end and wrong > moved and assign_rows.pass <> 'first' then
      if rounds % 25 = 5 then
        raise info 'waiting for rows of % that somebody holds: pid %', target, (
          select pg_catalog.string_agg(distinct l.pid::text, ', ') from pg_catalog.pg_locks l
          where l.relation = assign_rows.target::pg_catalog.regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
            and l.pid <> pg_catalog.pg_backend_pid());
      end if;
      perform pg_catalog.pg_sleep(0.2);
    end if;
    -- Writers first: while anybody in this database waits for a lock, we rest.
    if moved > 0 then
      perform pg_catalog.pg_sleep(took / 5000);
      for attempt in 1..100 loop
        exit when not exists (
          select from pg_catalog.pg_locks l where not l.granted and l.locktype in ('transactionid', 'tuple', 'relation')
            and l.pid <> pg_catalog.pg_backend_pid());
        perform pg_catalog.pg_sleep(0.02);
      end loop;
      -- Replicas too. Who may not see them is not told.
      for attempt in 1..300 loop
        select max(extract(epoch from r.replay_lag)) into lag from pg_catalog.pg_stat_replication r;
        exit when coalesce(lag, 0) < 2;
        if attempt % 50 = 1 then raise info 'waiting for replicas: % s behind', round(lag, 1); end if;
        perform pg_catalog.pg_sleep(0.1);
      end loop;
      commit;
    end if;
  end loop;
  commit;
end
$$;
alter procedure rowhouse.assign_rows(text, text, text, text, text) owner to :OWNER;
comment on procedure rowhouse.assign_rows(text, text, text, text, text) is
  'Moves a table''s rows to their organizations in short transactions; goes on where it was. Owner only.';
revoke all on procedure rowhouse.assign_rows(text, text, text, text, text) from public;
--! EndIncluded rowhouse/assign_rows.sql
--! Included rowhouse/kept_rights.sql
-- Rights on a table as they were before a phase took them: what is taken back gives exactly these.
create table if not exists rowhouse.kept_rights (
  plan_id text not null references rowhouse.plans (id),
  phase text not null,
  table_name text not null,
  -- As `grant` writes them: `table public.users` or `sequence public.users_id_seq`, `public` or a role, ` (id, email)`.
  place text not null,
  grantee text not null,
  privilege text not null,
  columns text not null,
  grantable boolean not null,
  primary key (plan_id, phase, table_name, place, grantee, privilege, columns)
);
alter table rowhouse.kept_rights owner to :OWNER;
comment on table rowhouse.kept_rights is 'Rights on scoped tables as they were before a phase changed them.';
--! EndIncluded rowhouse/kept_rights.sql
--! Included rowhouse/rights_of.sql
-- Everybody's rights on a table, its columns and the sequences that number them, as `grant` writes them; all but the
-- owner's, which come with the table. Who passed a right on is not kept.
create or replace function rowhouse.rights_of(target regclass)
  returns table (place text, grantee text, privilege text, columns text, grantable boolean)
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  with places as (
    select c.oid, format('table %s', c.oid::regclass) as place, c.relacl, c.relowner from pg_class c where c.oid = target
    union all
    select s.oid, format('sequence %s', s.oid::regclass), s.relacl, s.relowner
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target
      and d.deptype in ('a', 'i')
  ), given as (
    select p.place, p.relowner, '' as columns, x.* from places p cross join lateral aclexplode(p.relacl) x
    union all
    select p.place, p.relowner, format(' (%I)', a.attname), x.*
    from places p join pg_attribute a on a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped
    cross join lateral aclexplode(a.attacl) x
  )
  select g.place, case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
    lower(g.privilege_type), g.columns, bool_or(g.is_grantable)
  from given g where g.grantee <> g.relowner
  group by 1, 2, 3, 4
  order by 1, 2, 3, 4
$$;
alter function rowhouse.rights_of(regclass) owner to :OWNER;
comment on function rowhouse.rights_of(regclass) is 'Rights on a table, its columns and its sequences, but the owner''s.';
revoke all on function rowhouse.rights_of(regclass) from public;
--! EndIncluded rowhouse/rights_of.sql
--! Included rowhouse/keep_rights.sql
-- Notes a table's rights before a phase changes them; restore_rights() is the way back.
create or replace function rowhouse.keep_rights(plan text, phase text, target regclass) returns void
  language sql volatile set search_path to pg_catalog, pg_temp
as $$
  insert into rowhouse.kept_rights (plan_id, phase, table_name, place, grantee, privilege, columns, grantable)
  select plan, phase, target::text, r.* from rowhouse.rights_of(target) r
$$;
alter function rowhouse.keep_rights(text, text, regclass) owner to :OWNER;
comment on function rowhouse.keep_rights(text, text, regclass) is 'Notes a table''s rights before a phase changes them. Owner only.';
revoke all on function rowhouse.keep_rights(text, text, regclass) from public;
--! EndIncluded rowhouse/keep_rights.sql
--! Included rowhouse/restore_rights.sql
-- Makes a table's rights those that keep_rights() noted: what came since goes, what was taken comes back.
create or replace function rowhouse.restore_rights(plan text, phase text, target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  -- Twice: what is revoked on the table goes on its columns too, and from those whom it was passed on to.
  for one in
    select r.* from rowhouse.rights_of(target) r
    except select k.place, k.grantee, k.privilege, k.columns, k.grantable from rowhouse.kept_rights k
      where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text
  loop
    execute format('revoke %s%s on %s from %s cascade', one.privilege, one.columns, one.place, one.grantee);
  end loop;
  for one in
    select k.place, k.grantee, k.privilege, k.columns, k.grantable from rowhouse.kept_rights k
      where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text
        -- A role may have been dropped meanwhile.
        and (k.grantee = 'public' or to_regrole(k.grantee) is not null)
    except select r.* from rowhouse.rights_of(target) r
  loop
    execute format('grant %s%s on %s to %s%s', one.privilege, one.columns, one.place, one.grantee,
      case when one.grantable then ' with grant option' else '' end);
  end loop;
  delete from rowhouse.kept_rights k
  where k.plan_id = restore_rights.plan and k.phase = restore_rights.phase and k.table_name = target::text;
end
$$;
alter function rowhouse.restore_rights(text, text, regclass) owner to :OWNER;
comment on function rowhouse.restore_rights(text, text, regclass) is 'Gives a table the rights that were noted, and no others. Owner only.';
revoke all on function rowhouse.restore_rights(text, text, regclass) from public;
--! EndIncluded rowhouse/restore_rights.sql
--! Included rowhouse/keep_sight.sql
-- The old application's sight of a table that gets a wall: a policy for everybody who has rights on it now, and for
-- those whom the plan found. Found at this moment and not at planning: a role that was made meanwhile would see no
-- row, silently. What PUBLIC has becomes the rights of those who live on it: the visitor is everybody too.
-- Never for the house's own roles, nor for a login that can become the visitor: `reset role` in a tenant's transaction
-- would look over the wall.
create or replace function rowhouse.keep_sight(target regclass, known text[]) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  house constant oid[] := array[':OWNER', ':AUTHENTICATOR', ':VISITOR', ':DEFINER', ':AUDITOR', ':BRIDGE']::regrole[]::oid[]
    || array(select r.oid from pg_roles r where not r.rolsuper
      -- From 16 on, who made a role is a member of it who may not become it.
      and pg_has_role(r.oid, ':VISITOR', case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end));
  held_by constant oid := (select relowner from pg_class where oid = target);
  heirs oid[] := '{}';
  seers text;
  one record;
begin
  if exists (select from rowhouse.rights_of(target) r where r.grantee = 'public') then
    heirs := array(
      select r.oid from pg_roles r
      where (r.rolname = any (known)
          or r.rolcanlogin and not r.rolsuper and has_database_privilege(r.oid, current_database(), 'connect'))
        and not r.oid = any (house) and r.oid <> held_by
    );
  end if;
  select string_agg(quote_ident(r.rolname), ', ' order by r.rolname) into seers
  from pg_roles r
  where not r.oid = any (house) and (
    r.oid = held_by or r.oid = any (heirs) or r.rolname = any (known)
    or quote_ident(r.rolname) in (select x.grantee from rowhouse.rights_of(target) x)
  );
  execute format('create policy legacy_app on %s to %s using (true) with check (true)', target, seers);
  for one in
    select r.privilege, r.columns, r.place, quote_ident(h.rolname) as heir
    from rowhouse.rights_of(target) r cross join pg_roles h where r.grantee = 'public' and h.oid = any (heirs)
    order by 3, 1, 2, 4
  loop
    execute format('grant %s%s on %s to %s', one.privilege, one.columns, one.place, one.heir);
  end loop;
end
$$;
alter function rowhouse.keep_sight(regclass, text[]) owner to :OWNER;
comment on function rowhouse.keep_sight(regclass, text[]) is
  'Creates the policy legacy_app for whoever uses a table, and gives PUBLIC''s rights to those who live on them. Owner only.';
revoke all on function rowhouse.keep_sight(regclass, text[]) from public;
--! EndIncluded rowhouse/keep_sight.sql
--! Included rowhouse/take_rights.sql
-- The end of everybody's rights on a table but the visitor's: a role that kept them would see no row, silently; this
-- way it gets an error. Also of those whom a right was passed on to.
create or replace function rowhouse.take_rights(target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in
    select distinct r.place, r.grantee from rowhouse.rights_of(target) r where r.grantee <> quote_ident(':VISITOR')
  loop
    execute format('revoke all on %s from %s cascade', one.place, one.grantee);
  end loop;
end
$$;
alter function rowhouse.take_rights(regclass) owner to :OWNER;
comment on function rowhouse.take_rights(regclass) is 'Revokes all rights on a table and its sequences but the visitor''s. Owner only.';
revoke all on function rowhouse.take_rights(regclass) from public;
--! EndIncluded rowhouse/take_rights.sql
--! Included rowhouse/scoped_relations.sql
-- Every table with a scope column: those that stand behind a wall, and those that are on their way. And what the
-- catalog proves of each, so that nobody counts what a constraint holds.
create or replace function rowhouse.scoped_relations()
  returns table (
    name text,
    -- Null: the table is gone.
    relation regclass,
    scope_column text,
    -- Not null, and a validated foreign key leads to organizations.
    is_bound boolean,
    has_led_index boolean,
    -- Secondary indexes without a counterpart that is led by the scope column.
    indexes_behind text[],
    has_wall boolean
  )
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  with listed as (
    select schema_name, table_name, scope_column from rowhouse.scoped_tables
    union
    -- The core's own are the core's business.
    select schema_name, table_name, scope_column from app_private.protected_tables where not grants_by_hand
  ), placed as (
    select format('%I.%I', l.schema_name, l.table_name) as name,
      to_regclass(format('%I.%I', l.schema_name, l.table_name)) as relation, l.scope_column, a.attnum, a.attnotnull
    from listed l
    left join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', l.schema_name, l.table_name))
      and a.attname = l.scope_column and not a.attisdropped
  )
  select p.name, p.relation, p.scope_column,
    coalesce(p.attnotnull, false) and exists (
      select from pg_constraint c
      where c.conrelid = p.relation and c.contype = 'f' and c.convalidated and c.conkey = array[p.attnum]
        and c.confrelid = ':CORE_SCHEMA.organizations'::regclass
    ),
    exists (select from pg_index i where i.indrelid = p.relation and i.indisvalid and i.indkey[0] = p.attnum),
    array(
      select x.relname::text from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
      where i.indrelid = p.relation and m.amname = 'btree' and not i.indisprimary and i.indkey[0] <> p.attnum
        and not exists (
          select from pg_index led
          where led.indrelid = p.relation and led.indisvalid and led.indkey[0] = p.attnum
            and (led.indkey::int2[])[1:i.indnkeyatts] = (i.indkey::int2[])[0:i.indnkeyatts - 1]
        )
      order by 1
    ),
    p.relation is not null and coalesce((select c.relrowsecurity from pg_class c where c.oid = p.relation), false)
      and app_private.has_wall(p.relation, p.scope_column)
  from placed p
  order by 1
$$;
alter function rowhouse.scoped_relations() owner to :OWNER;
comment on function rowhouse.scoped_relations() is 'Tables with a scope column, and what the catalog proves of each.';
revoke all on function rowhouse.scoped_relations() from public;
--! EndIncluded rowhouse/scoped_relations.sql
--! Included rowhouse/reference_faults.sql
-- Rows that refer to a row of another organization: by foreign keys between scoped tables, and by references that the
-- database does not know but the plan does. A validated key through the scope column proves that there are none.
create or replace function rowhouse.reference_faults() returns table (reference text, faults bigint)
  language plpgsql stable set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in
    with declared as (
      select c.conrelid as source, c.confrelid as target,
        array(select a.attname::text from unnest(c.conkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.at) as columns,
        array(select a.attname::text from unnest(c.confkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.at) as keys
      from pg_constraint c where c.contype = 'f'
      union
      select to_regclass(r.from_table), to_regclass(r.to_table), r.from_columns, r.to_columns from rowhouse.scoped_references r
    )
    select f.relation as source, t.relation as target, f.scope_column as here, t.scope_column as there, d.columns, d.keys
    from declared d
    join rowhouse.scoped_relations() f on f.relation = d.source
    join rowhouse.scoped_relations() t on t.relation = d.target
    where not f.scope_column = any (d.columns) and not exists (
      select from pg_constraint p
      where p.contype = 'f' and p.convalidated and p.conrelid = f.relation and p.confrelid = t.relation
        and array(select a.attname::text from unnest(p.conkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = p.conrelid and a.attnum = k.n order by k.at)
          = array[f.scope_column] || d.columns
    )
    order by 1, 5
  loop
    reference := format('%s (%s) → %s', one.source, array_to_string(one.columns, ', '), one.target);
    execute format('select count(*) from %s f join %s t on %s where f.%I <> t.%I', one.source, one.target,
      (select string_agg(format('f.%I = t.%I', c, k), ' and ') from unnest(one.columns, one.keys) as pair (c, k)),
      one.here, one.there) into faults;
    if faults > 0 then return next; end if;
  end loop;
end
$$;
alter function rowhouse.reference_faults() owner to :OWNER;
comment on function rowhouse.reference_faults() is 'References that lead from one organization into another, with how many rows.';
revoke all on function rowhouse.reference_faults() from public;
--! EndIncluded rowhouse/reference_faults.sql
--! Included rowhouse/validate_client_data_integrity.sql
-- Is everything that carries a scope column whole? One row per check; `verify` runs it, and a DBA may at any time. It
-- reads every organization's rows, and so it is the owner's alone.
create or replace function :CORE_SCHEMA.validate_client_data_integrity()
  returns table (check_name text, ok boolean, faults bigint, details text)
  language plpgsql stable set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
  found bigint;
begin
  check_name := 'rows_scoped'; faults := 0; details := null;
  for one in select * from rowhouse.scoped_relations() r where not r.is_bound loop
    found := 1;
    if one.relation is not null then
      execute format('select count(*) from %s t where not exists (select from :CORE_SCHEMA.organizations o where o.id = t.%I)',
        one.relation, one.scope_column) into found;
    end if;
    faults := faults + found;
    details := concat_ws('; ', details, case
      when one.relation is null then one.name || ' is gone'
      when found > 0 then format('%s: %s rows without an organization', one.name, found)
      else one.name || ': the key to organizations is not validated yet' end);
  end loop;
  ok := faults = 0; details := coalesce(details, 'every row has an organization'); return next;

  select 'references_inside', coalesce(sum(f.faults), 0) = 0, coalesce(sum(f.faults), 0),
      coalesce(string_agg(format('%s: %s rows', f.reference, f.faults), '; '), 'no row refers to another organization''s')
    into check_name, ok, faults, details
  from rowhouse.reference_faults() f;
  return next;

  select 'indexes_led', count(*) = 0, count(*),
      coalesce('not led by the scope column: ' || string_agg(
        r.name || case when r.has_led_index then ' ' || array_to_string(r.indexes_behind, ', ') else '' end, '; '),
        'every secondary index has one that is led by the scope column')
    into check_name, ok, faults, details
  from rowhouse.scoped_relations() r where r.relation is not null and (not r.has_led_index or r.indexes_behind <> '{}');
  return next;

  select 'policies_in_force', count(*) = 0, count(*),
      coalesce('no wall around ' || string_agg(r.name, ', '), 'every table stands behind its wall')
    into check_name, ok, faults, details
  from rowhouse.scoped_relations() r where r.relation is not null and not r.has_wall;
  return next;
end
$$;
alter function :CORE_SCHEMA.validate_client_data_integrity() owner to :OWNER;
comment on function :CORE_SCHEMA.validate_client_data_integrity() is
  E'@behavior -*\nOne row per check: every row scoped, references inside one organization, indexes led, policies in force.';
revoke all on function :CORE_SCHEMA.validate_client_data_integrity() from public;
--! EndIncluded rowhouse/validate_client_data_integrity.sql

--! Included checks/0001_wall_missing.sql
-- A tenant-owned table, or one of the core's, whose wall is gone, was changed, or is switched off.
create or replace view app_private.check_0001_wall_missing with (security_invoker = true) as
select
  '0001_wall_missing'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  case
    when c.oid is null then 'the table is gone'
    when not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = p.scope_column and not a.attisdropped)
      then format('the scope column %I is gone', p.scope_column)
    when not c.relrowsecurity then 'row-level security is off'
    when c.relforcerowsecurity then 'row-level security is forced on the owner, which makes counts and constraints silently wrong'
    else 'the policy organization_isolation is missing or is not the wall'
  end as detail,
  case
    when c.oid is null then format('delete from app_private.protected_tables where schema_name = %L and table_name = %L', p.schema_name, p.table_name)
    else format('select app_private.build_wall(%L, %L)', format('%I.%I', p.schema_name, p.table_name), p.scope_column)
  end as hint
from app_private.protected_tables p
left join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where c.oid is null or not c.relrowsecurity or c.relforcerowsecurity or not app_private.has_wall(c.oid, p.scope_column);
alter view app_private.check_0001_wall_missing owner to :OWNER;
comment on view app_private.check_0001_wall_missing is 'Protected tables without the exact restrictive policy, or with row-level security off or forced.';
revoke all on app_private.check_0001_wall_missing from public;
--! EndIncluded checks/0001_wall_missing.sql
--! Included checks/0002_readable_without_wall.sql
-- A relation that the visitor can read or write although no wall stands in it: a table that nobody protected, a
-- partition named directly, a materialized view, or a view that runs with its owner's rights.
-- (A protected table whose wall is not the wall: 0001. One that share() made everybody's and that can be written: 0018.)
create or replace view app_private.check_0002_readable_without_wall with (security_invoker = true) as
select
  '0002_readable_without_wall'::text as check_name,
  format('%I.%I', n.nspname, c.relname) as object,
  case c.relkind
    when 'v' then 'a view with its owner''s rights, so the wall does not see the caller'
    when 'm' then 'a materialized view has no policies'
    when 'f' then 'a foreign table has no policies'
    else 'the visitor has rights on it and nobody protected it'
  end as detail,
  case c.relkind
    when 'v' then format('alter view %I.%I set (security_invoker = true)', n.nspname, c.relname)
    else format('revoke all on %I.%I from public, :VISITOR', n.nspname, c.relname)
      || case when c.relkind in ('r', 'p') then format(' -- or, where it is the tenants'': select app_private.protect(%L)', format('%I.%I', n.nspname, c.relname)) else '' end
  end as hint
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  -- Of a schema that is closed to the visitor no table is asked: the old schemas have thousands.
  and case when has_schema_privilege(':VISITOR', n.oid, 'usage') then
    has_table_privilege(':VISITOR', c.oid, 'select, insert, update, delete, truncate')
    or has_any_column_privilege(':VISITOR', c.oid, 'select, insert, update')
    else false end
  and case
    when c.relkind in ('r', 'p') then not exists (
      select from app_private.protected_tables p where p.schema_name = n.nspname and p.table_name = c.relname
    ) and not exists (
      select from app_private.shared_tables s where s.schema_name = n.nspname and s.table_name = c.relname
    )
    when c.relkind = 'v' then not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
      and pg_get_userbyid(c.relowner) <> ':BRIDGE'
      -- A view of an extension shows no tenant's rows.
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    else true
  end;
alter view app_private.check_0002_readable_without_wall owner to :OWNER;
comment on view app_private.check_0002_readable_without_wall is 'Relations that the visitor can reach without passing a wall.';
revoke all on app_private.check_0002_readable_without_wall from public;
--! EndIncluded checks/0002_readable_without_wall.sql
--! Included checks/0003_scope_column_writable.sql
-- The scope column can be set or changed by a tenant.
create or replace view app_private.check_0003_scope_column_writable with (security_invoker = true) as
select
  '0003_scope_column_writable'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('the visitor may write %I', p.scope_column) as detail,
  case
    when p.grants_by_hand then format('revoke insert, update on %1$I.%2$I from public, :VISITOR; revoke insert (%3$I), update (%3$I) on %1$I.%2$I from public, :VISITOR -- and run its policy file again', p.schema_name, p.table_name, p.scope_column)
    else format('select app_private.protect(%L)', format('%I.%I', p.schema_name, p.table_name))
  end as hint
from app_private.protected_tables p
join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and a.attname = p.scope_column and not a.attisdropped
where has_column_privilege(':VISITOR', a.attrelid, a.attnum, 'insert, update');
alter view app_private.check_0003_scope_column_writable owner to :OWNER;
comment on view app_private.check_0003_scope_column_writable is 'Protected tables whose scope column the visitor may insert or update.';
revoke all on app_private.check_0003_scope_column_writable from public;
--! EndIncluded checks/0003_scope_column_writable.sql
--! Included checks/0004_secret_column_readable.sql
-- A secret column (a password, a token) that a tenant can read or write.
create or replace view app_private.check_0004_secret_column_readable with (security_invoker = true) as
select
  '0004_secret_column_readable'::text as check_name,
  format('%I.%I.%I', p.schema_name, p.table_name, secret) as object,
  'the visitor has a right on a secret column'::text as detail,
  format('select app_private.protect(%L)', format('%I.%I', p.schema_name, p.table_name)) as hint
from app_private.protected_tables p
cross join unnest(p.secret_columns) as secret
join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and a.attname = secret and not a.attisdropped
where has_column_privilege(':VISITOR', a.attrelid, a.attnum, 'select, insert, update');
alter view app_private.check_0004_secret_column_readable owner to :OWNER;
comment on view app_private.check_0004_secret_column_readable is 'Secret columns on which the visitor has any right.';
revoke all on app_private.check_0004_secret_column_readable from public;
--! EndIncluded checks/0004_secret_column_readable.sql
--! Included checks/0005_definer_reachable.sql
-- A security definer function runs with its owner's eyes. Tenants may call the reviewed membership functions, and
-- those of the definer, for whom the wall holds; nothing else.
create or replace view app_private.check_0005_definer_reachable with (security_invoker = true) as
-- Tables that a tenant's statement may come to: in schemas that are not closed to tenants, those that our own functions
-- write, and whatever cascades from there. The old schemas are closed.
with recursive reached as (
  select c.oid from pg_class c join pg_namespace s on s.oid = c.relnamespace
  where s.nspname in ('app_private', 'rowhouse') or has_schema_privilege(':VISITOR', s.oid, 'usage')
  union
  select k.conrelid from reached r join pg_constraint k on k.confrelid = r.oid and k.contype = 'f'
  where k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')
)
select
  '0005_definer_reachable'::text as check_name,
  f.oid::regprocedure::text as object,
  format('runs as %I, past the wall', pg_get_userbyid(f.proowner)) as detail,
  format('alter function %s owner to :DEFINER -- or: revoke execute on function %1$s from public, :VISITOR', f.oid::regprocedure) as hint
from pg_proc f
join pg_namespace n on n.oid = f.pronamespace
where f.prosecdef
  and n.nspname not in ('pg_catalog', 'information_schema')
  and (
    (has_function_privilege(':VISITOR', f.oid, 'execute') and has_schema_privilege(':VISITOR', n.oid, 'usage'))
    -- A trigger function needs no right to be run: writing the row runs it.
    or exists (select from pg_trigger t join reached r on r.oid = t.tgrelid where t.tgfoid = f.oid and not t.tgisinternal)
  )
  and pg_get_userbyid(f.proowner) <> ':DEFINER'
  and not (pg_get_userbyid(f.proowner) = ':OWNER' and (n.nspname, f.proname) in (
    -- Reviewed: each answers about the context's own organization only.
    ('app_hidden', 'current_organization_id'),
    ('app_hidden', 'current_legacy_id'),
    ('app_hidden', 'current_member_role'),
    ('app_public', 'get_user_organization_id'),
    ('app_public', 'validate_client_access'),
    -- Reviewed: each answers operators only, and writes the audit log before it reads another organization's rows.
    ('app_public', 'operator_members'),
    ('app_public', 'operator_organizations')
  ))
  -- Reviewed: made by a plan that scopes in place, for rows of the old application; a tenant's rows pass it untouched.
  and not (n.nspname = 'rowhouse' and f.proname ~ '^tg_[0-9]+__(own_row|lead_rows)$' and f.prorettype = 'trigger'::regtype);
alter view app_private.check_0005_definer_reachable owner to :OWNER;
comment on view app_private.check_0005_definer_reachable is 'Security definer functions that the visitor may call and that nobody reviewed.';
revoke all on app_private.check_0005_definer_reachable from public;
--! EndIncluded checks/0005_definer_reachable.sql
--! Included checks/0006_definer_search_path.sql
-- A security definer function that looks names up where its caller says can be made to run the caller's code.
-- A trigger function needs no right to be run: writing the row runs it.
create or replace view app_private.check_0006_definer_search_path with (security_invoker = true) as
-- Tables that a tenant's statement may come to: as in 0005.
with recursive reached as (
  select c.oid from pg_class c join pg_namespace s on s.oid = c.relnamespace
  where s.nspname in ('app_private', 'rowhouse') or has_schema_privilege(':VISITOR', s.oid, 'usage')
  union
  select k.conrelid from reached r join pg_constraint k on k.confrelid = r.oid and k.contype = 'f'
  where k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')
)
select
  '0006_definer_search_path'::text as check_name,
  f.oid::regprocedure::text as object,
  'security definer without a fixed search_path'::text as detail,
  format('alter function %s set search_path to pg_catalog, pg_temp', f.oid::regprocedure) as hint
from pg_proc f
join pg_namespace n on n.oid = f.pronamespace
where f.prosecdef
  and n.nspname not in ('pg_catalog', 'information_schema')
  and (
    (has_function_privilege(':VISITOR', f.oid, 'execute') and has_schema_privilege(':VISITOR', n.oid, 'usage'))
    or exists (select from pg_trigger t join reached r on r.oid = t.tgrelid where t.tgfoid = f.oid and not t.tgisinternal)
  )
  and not exists (
    select from unnest(f.proconfig) as setting where setting ~ '^search_path=("")?$|^search_path=pg_catalog, pg_temp$'
  );
alter view app_private.check_0006_definer_search_path owner to :OWNER;
comment on view app_private.check_0006_definer_search_path is 'Security definer functions without a fixed search path that begins with pg_catalog.';
revoke all on app_private.check_0006_definer_search_path from public;
--! EndIncluded checks/0006_definer_search_path.sql
--! Included checks/0007_role_too_strong.sql
-- The roles that serve tenants, and those that own what tenants use, must have no attribute and no membership beyond
-- their own. One row per attribute and membership.
create or replace view app_private.check_0007_role_too_strong with (security_invoker = true) as
select
  '0007_role_too_strong'::text as check_name,
  r.rolname::text as object,
  fault.detail,
  fault.hint
from pg_roles r
cross join lateral (
  select v.detail, format('alter role %I %s', r.rolname, v.mend) as hint
  from (values
    (r.rolsuper, 'is a superuser', 'nosuperuser'),
    (r.rolbypassrls, 'bypasses row-level security', 'nobypassrls'),
    (r.rolcreaterole, 'may create roles', 'nocreaterole'),
    (r.rolcreatedb, 'may create databases', 'nocreatedb'),
    (r.rolreplication, 'may replicate', 'noreplication'),
    (r.rolcanlogin and r.rolname <> ':AUTHENTICATOR', 'can log in', 'nologin')
  ) as v (is_fault, detail, mend)
  where v.is_fault
  union all
  select format('is a member of %I', pg_get_userbyid(m.roleid)),
    format('revoke %I from %I', pg_get_userbyid(m.roleid), r.rolname)
  from pg_auth_members m
  where m.member = r.oid and r.rolname <> ':OWNER'
    and not (pg_get_userbyid(m.roleid) = ':VISITOR' and r.rolname in (':AUTHENTICATOR', ':DEFINER'))
) as fault
where r.rolname in (':AUTHENTICATOR', ':VISITOR', ':DEFINER', ':OWNER', ':AUDITOR', ':BRIDGE');
alter view app_private.check_0007_role_too_strong owner to :OWNER;
comment on view app_private.check_0007_role_too_strong is 'Attributes and memberships that would let a tenant''s statement past the wall.';
revoke all on app_private.check_0007_role_too_strong from public;
--! EndIncluded checks/0007_role_too_strong.sql
--! Included checks/0008_temporary_tables.sql
-- A temporary table can shadow a name that a function forgot to qualify.
create or replace view app_private.check_0008_temporary_tables with (security_invoker = true) as
select
  '0008_temporary_tables'::text as check_name,
  current_database()::text as object,
  format('%s may create temporary tables', string_agg(r.rolname, ', ' order by r.rolname)) as detail,
  format('revoke temporary on database %I from public, %s -- as its owner, and grant it first to the logins that need it', current_database(), string_agg(quote_ident(r.rolname), ', ' order by r.rolname)) as hint
from pg_roles r
-- The visitor, the definer, and every login that serves tenants; not the migrator, who is a member of everything.
where not r.rolsuper and pg_has_role(r.oid, ':VISITOR', 'member') and not pg_has_role(r.oid, ':OWNER', 'member')
  and has_database_privilege(r.oid, current_database(), 'temporary')
having count(*) > 0;
alter view app_private.check_0008_temporary_tables owner to :OWNER;
comment on view app_private.check_0008_temporary_tables is 'Set when a role that serves tenants may create temporary tables.';
revoke all on app_private.check_0008_temporary_tables from public;
--! EndIncluded checks/0008_temporary_tables.sql
--! Included checks/0009_grants_stale.sql
-- A column added after protect() has no grant: the API does not show it, and nobody notices.
create or replace view app_private.check_0009_grants_stale with (security_invoker = true) as
select
  '0009_grants_stale'::text as check_name,
  format('%I.%I.%I', p.schema_name, p.table_name, a.attname) as object,
  'the visitor cannot read this column, and it is not listed as secret'::text as detail,
  format('select app_private.protect(%L)', format('%I.%I', p.schema_name, p.table_name))
    || format(' -- or, where it is a secret: protect(…, secret_columns => %L)', p.secret_columns || a.attname) as hint
from app_private.protected_tables p
join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and a.attnum > 0 and not a.attisdropped
where not p.grants_by_hand
  and not a.attname = any (p.secret_columns)
  and not has_column_privilege(':VISITOR', a.attrelid, a.attnum, 'select');
alter view app_private.check_0009_grants_stale owner to :OWNER;
comment on view app_private.check_0009_grants_stale is 'Columns of protected tables that are neither secret nor readable.';
revoke all on app_private.check_0009_grants_stale from public;
--! EndIncluded checks/0009_grants_stale.sql
--! Included checks/0010_wrong_owner.sql
-- A table's owner is not bound by its policies: it must be the role that nobody logs in as. The audit log is the
-- auditor's, so that the owner's functions cannot change it.
create or replace view app_private.check_0010_wrong_owner with (security_invoker = true) as
select
  '0010_wrong_owner'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('belongs to %I', pg_get_userbyid(c.relowner)) as detail,
  format('alter table %I.%I owner to %I', p.schema_name, p.table_name, wanted.owner) as hint
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
cross join lateral (select case c.oid when to_regclass(':CORE_SCHEMA.audit_log') then ':AUDITOR' else ':OWNER' end as owner) as wanted
where pg_get_userbyid(c.relowner) <> wanted.owner;
alter view app_private.check_0010_wrong_owner owner to :OWNER;
comment on view app_private.check_0010_wrong_owner is 'Protected tables that do not belong to the owner role, or the audit log not to the auditor.';
revoke all on app_private.check_0010_wrong_owner from public;
--! EndIncluded checks/0010_wrong_owner.sql
--! Included checks/0011_key_without_scope.sql
-- A key that leaves the scope column out: two tenants would collide in it, and learn of each other from its conflicts.
-- A foreign key that does: a row could point at another tenant's, and a refusal would tell whether that exists.
-- Only where a tenant can write what the key is made of: a number that the database gives out meets no other. And not
-- where somebody decided it, and told protect(): a key that is unique over all organizations says so of each row.
create or replace view app_private.check_0011_key_without_scope with (security_invoker = true) as
select
  '0011_key_without_scope'::text as check_name,
  format('%I.%I %I', k.schema_name, k.table_name, k.name) as object,
  format('%s does not contain %I', k.definition, k.scope_column) as detail,
  case when k.is_constraint
    then format('alter table %I.%I drop constraint %I -- and add it again, led by %I', k.schema_name, k.table_name, k.name, k.scope_column)
    else format('drop index %I.%I -- and create it again, led by %I', k.schema_name, k.name, k.scope_column)
  end as hint
from (
  -- Unique indexes, whether a constraint made them or not.
  select p.schema_name, p.table_name, p.scope_column, i.indrelid as relation, x.relname as name, true as is_key,
    exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')) as is_constraint,
    pg_get_indexdef(i.indexrelid) as definition, i.indkey::int2[] as columns
  from app_private.protected_tables p
  join pg_index i on i.indrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and (i.indisunique or i.indisexclusion)
  join pg_class x on x.oid = i.indexrelid
  join pg_attribute a on a.attrelid = i.indrelid and a.attname = p.scope_column and not a.attisdropped
  -- Columns that are only included take no part in the key.
  where not a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) and not x.relname = any (p.global_keys)
  union all
  select p.schema_name, p.table_name, p.scope_column, f.conrelid, f.conname, false, true, pg_get_constraintdef(f.oid), f.conkey
  from app_private.protected_tables p
  join pg_constraint f on f.conrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and f.contype = 'f'
  join app_private.protected_tables o on f.confrelid = to_regclass(format('%I.%I', o.schema_name, o.table_name))
  join pg_attribute s on s.attrelid = f.conrelid and s.attname = p.scope_column and not s.attisdropped
  where not exists (
    -- The scope columns of both must be compared with each other.
    select from unnest(f.conkey, f.confkey) as pair (here, there)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = pair.here and a.attname = p.scope_column
    join pg_attribute b on b.attrelid = f.confrelid and b.attnum = pair.there and b.attname = o.scope_column
  )
) k
where exists (
  select from unnest(k.columns) as number
  left join pg_attribute a on a.attrelid = k.relation and a.attnum = number
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where case
    -- An expression: any column may be in it.
    when number = 0 then has_any_column_privilege(':VISITOR', k.relation, 'insert, update')
    when has_column_privilege(':VISITOR', k.relation, number, 'update') then true
    when not has_any_column_privilege(':VISITOR', k.relation, 'insert') then false
    -- Left out, a number is a new one; any other default may be a value that is there.
    else not k.is_key or has_column_privilege(':VISITOR', k.relation, number, 'insert')
      or not (a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false))
  end
);
alter view app_private.check_0011_key_without_scope owner to :OWNER;
comment on view app_private.check_0011_key_without_scope is 'Unique indexes and foreign keys of protected tables that do not contain the scope column.';
revoke all on app_private.check_0011_key_without_scope from public;
--! EndIncluded checks/0011_key_without_scope.sql
--! Included checks/0012_doors_missing.sql
-- A wall without doors shows nothing to anybody: safe, and surely not meant where the visitor was given the right to
-- read.
create or replace view app_private.check_0012_doors_missing with (security_invoker = true) as
select
  '0012_doors_missing'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  'no permissive policy lets the visitor read'::text as detail,
  format('create policy select_member on %I.%I for select to :VISITOR using (true)', p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where has_any_column_privilege(':VISITOR', c.oid, 'select') and not exists (
  select from pg_policy d
  where d.polrelid = c.oid and d.polpermissive and d.polcmd in ('r', '*')
    and exists (select from unnest(d.polroles) as granted where granted = 0 or pg_get_userbyid(granted) = ':VISITOR')
);
alter view app_private.check_0012_doors_missing owner to :OWNER;
comment on view app_private.check_0012_doors_missing is 'Protected tables that the visitor may read and that have no permissive policy for it.';
revoke all on app_private.check_0012_doors_missing from public;
--! EndIncluded checks/0012_doors_missing.sql
--! Included checks/0013_role_settings.sql
-- A role may set its own defaults and its own password, and no grant prevents it. Settings kept with the login that
-- serves tenants come back in every new session, whatever the server cleans: somebody who could send SQL put them there.
create or replace view app_private.check_0013_role_settings with (security_invoker = true) as
select
  '0013_role_settings'::text as check_name,
  r.rolname::text as object,
  format('begins every session with %s', array_to_string(s.setconfig, ', ')) as detail,
  case when s.setdatabase = 0 then format('alter role %I reset all', r.rolname)
    else format('alter role %I in database %I reset all', r.rolname, current_database())
  end as hint
from pg_db_role_setting s
join pg_roles r on r.oid = s.setrole
where r.rolname in (':AUTHENTICATOR', ':VISITOR')
  and s.setdatabase in (0, (select oid from pg_database where datname = current_database()));
alter view app_private.check_0013_role_settings owner to :OWNER;
comment on view app_private.check_0013_role_settings is 'Settings kept with the roles that serve tenants.';
revoke all on app_private.check_0013_role_settings from public;
--! EndIncluded checks/0013_role_settings.sql
--! Included checks/0014_may_create.sql
-- Whoever can create in a schema that others look names up in can make them run his code: until Postgres 14 everybody
-- could in schema public, and databases that were upgraded keep that.
create or replace view app_private.check_0014_may_create with (security_invoker = true) as
select
  '0014_may_create'::text as check_name,
  n.nspname::text as object,
  format('%s may create in schema %I', string_agg(role_name, ' and '), n.nspname) as detail,
  format('revoke create on schema %I from public, :VISITOR, :AUTHENTICATOR', n.nspname) as hint
from pg_namespace n
cross join unnest(array[':VISITOR', ':AUTHENTICATOR']) as role_name
where n.nspname not like 'pg\_temp\_%' and n.nspname not like 'pg\_toast\_temp\_%'
  and has_schema_privilege(role_name, n.oid, 'create')
group by n.nspname
union all
select
  '0014_may_create',
  current_database()::text,
  format('%s may create schemas', string_agg(role_name, ' and ')),
  format('revoke create on database %I from public, :VISITOR, :AUTHENTICATOR', current_database())
from unnest(array[':VISITOR', ':AUTHENTICATOR']) as role_name
where has_database_privilege(role_name, current_database(), 'create')
having count(*) > 0;
alter view app_private.check_0014_may_create owner to :OWNER;
comment on view app_private.check_0014_may_create is 'Schemas, and the database, in which the roles that serve tenants may create.';
revoke all on app_private.check_0014_may_create from public;
--! EndIncluded checks/0014_may_create.sql
--! Included checks/0015_open_to_everybody.sql
-- The wall is built for the visitor. What a protected table opens to PUBLIC, by a policy that forgot its `to` or by a
-- grant, is open to logins that meet no wall.
create or replace view app_private.check_0015_open_to_everybody with (security_invoker = true) as
select
  '0015_open_to_everybody'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('policy %I is for everybody', w.polname) as detail,
  format('alter policy %I on %I.%I to :VISITOR', w.polname, p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_policy w on w.polrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where w.polpermissive and 0 = any (w.polroles)
union all
select
  '0015_open_to_everybody',
  format('%I.%I', p.schema_name, p.table_name),
  'PUBLIC has rights on it',
  format('revoke all on %I.%I from public', p.schema_name, p.table_name)
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where exists (select from aclexplode(c.relacl) a where a.grantee = 0)
  or exists (select from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid and a.grantee = 0);
alter view app_private.check_0015_open_to_everybody owner to :OWNER;
comment on view app_private.check_0015_open_to_everybody is 'Policies and grants for PUBLIC on protected tables.';
revoke all on app_private.check_0015_open_to_everybody from public;
--! EndIncluded checks/0015_open_to_everybody.sql
--! Included checks/0016_rule.sql
-- A rule's actions run with the table owner's rights, for whom there is no wall.
create or replace view app_private.check_0016_rule with (security_invoker = true) as
select
  '0016_rule'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('rule %I acts with the owner''s rights, past the wall', r.rulename) as detail,
  format('drop rule %I on %I.%I', r.rulename, p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_rewrite r on r.ev_class = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where r.ev_type <> '1';
alter view app_private.check_0016_rule owner to :OWNER;
comment on view app_private.check_0016_rule is 'Rules on protected tables.';
revoke all on app_private.check_0016_rule from public;
--! EndIncluded checks/0016_rule.sql
--! Included checks/0017_audit_log_changeable.sql
-- The audit log says what was done only as long as nobody can say otherwise: a right to write it that is not the
-- auditor's own, or its trigger gone or switched off.
create or replace view app_private.check_0017_audit_log_changeable with (security_invoker = true) as
select
  '0017_audit_log_changeable'::text as check_name,
  format('%I.%I', n.nspname, c.relname) as object,
  fault.detail,
  fault.hint
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select
    format('%s may %s', who, string_agg(lower(privilege_type), ', ' order by privilege_type)) as detail,
    format('revoke insert, update, delete, truncate on %I.%I from %s', n.nspname, c.relname, who) as hint
  from (
    select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as who, a.privilege_type
    from aclexplode(c.relacl) a where a.grantee <> c.relowner
    union
    select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, a.privilege_type
    from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid and a.grantee <> c.relowner
  ) grants
  where privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  group by who
  union all
  select 'the trigger tg_audit_log__append_only is gone or switched off',
    format('create or replace trigger tg_audit_log__append_only before update or delete or truncate on %1$I.%2$I for each statement execute function app_private.tg_audit_log__append_only(); alter table %1$I.%2$I enable trigger tg_audit_log__append_only', n.nspname, c.relname)
  where not exists (
    select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'tg_audit_log__append_only' and t.tgenabled in ('O', 'A')
      -- before (2), delete (8), update (16), truncate (32), for each statement (not 1)
      and t.tgtype = 58 and t.tgqual is null and t.tgfoid = 'app_private.tg_audit_log__append_only'::regproc
  )
) as fault
where c.oid = to_regclass(':CORE_SCHEMA.audit_log');
alter view app_private.check_0017_audit_log_changeable owner to :OWNER;
comment on view app_private.check_0017_audit_log_changeable is 'Rights to write the audit log past its function, and its trigger missing or switched off.';
revoke all on app_private.check_0017_audit_log_changeable from public;
--! EndIncluded checks/0017_audit_log_changeable.sql
--! Included checks/0018_shared_table_changed.sql
-- A table that share() made everybody's and a tenant could write, that anybody could read without a context, or that
-- is not the owner's: what one tenant writes there all others read.
create or replace view app_private.check_0018_shared_table_changed with (security_invoker = true) as
select
  '0018_shared_table_changed'::text as check_name,
  format('%I.%I', s.schema_name, s.table_name) as object,
  fault.detail,
  case
    when c.oid is null then format('delete from app_private.shared_tables where schema_name = %L and table_name = %L', s.schema_name, s.table_name)
    when fault.is_policy then format('drop policy %I on %I.%I', fault.policy, s.schema_name, s.table_name)
    else format('select app_private.share(%L)', format('%I.%I', s.schema_name, s.table_name))
  end as hint
from app_private.shared_tables s
left join pg_class c on c.oid = to_regclass(format('%I.%I', s.schema_name, s.table_name))
cross join lateral (
  select 'the table is gone' as detail, false as is_policy, null::name as policy where c.oid is null
  union all
  select 'the visitor may write it', false, null
  where has_table_privilege(':VISITOR', c.oid, 'insert, update, delete, truncate')
    or has_any_column_privilege(':VISITOR', c.oid, 'insert, update')
  union all
  select format('the visitor has a right on the secret column %I', a.attname), false, null
  from pg_attribute a
  where a.attrelid = c.oid and a.attname = any (s.secret_columns) and not a.attisdropped
    and has_column_privilege(':VISITOR', c.oid, a.attnum, 'select, insert, update')
  union all
  select 'row-level security is off, or forced on the owner', false, null where not c.relrowsecurity or c.relforcerowsecurity
  union all
  select 'the policy select_shared is missing', false, null
  where c.oid is not null and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'select_shared')
  union all
  select case p.polname when 'select_shared' then 'the policy select_shared is another one' else format('the policy %I opens it besides', p.polname) end,
    true, p.polname
  from pg_policy p where p.polrelid = c.oid and p.polpermissive and not (
    p.polname = 'select_shared' and p.polcmd = 'r' and p.polroles = array[(select r.oid from pg_roles r where r.rolname = ':VISITOR')]
    -- The search path decides how much of the call's name is printed, and nothing else of it.
    and pg_get_expr(p.polqual, p.polrelid) ~ '^\(\( SELECT (app_hidden\.)?current_organization_id\(\) AS current_organization_id\) IS NOT NULL\)$'
  )
  union all
  select format('belongs to %I', pg_get_userbyid(c.relowner)), false, null where pg_get_userbyid(c.relowner) <> ':OWNER'
) as fault;
alter view app_private.check_0018_shared_table_changed owner to :OWNER;
comment on view app_private.check_0018_shared_table_changed is 'Tables of everybody that a tenant may write, or that are read without a context.';
revoke all on app_private.check_0018_shared_table_changed from public;
--! EndIncluded checks/0018_shared_table_changed.sql
--! Included checks/isolation_faults.sql
-- All checks in one: empty is good.
create or replace view app_private.isolation_faults with (security_invoker = true) as
select check_name, object, detail, hint from app_private.check_0001_wall_missing
union all
select check_name, object, detail, hint from app_private.check_0002_readable_without_wall
union all
select check_name, object, detail, hint from app_private.check_0003_scope_column_writable
union all
select check_name, object, detail, hint from app_private.check_0004_secret_column_readable
union all
select check_name, object, detail, hint from app_private.check_0005_definer_reachable
union all
select check_name, object, detail, hint from app_private.check_0006_definer_search_path
union all
select check_name, object, detail, hint from app_private.check_0007_role_too_strong
union all
select check_name, object, detail, hint from app_private.check_0008_temporary_tables
union all
select check_name, object, detail, hint from app_private.check_0009_grants_stale
union all
select check_name, object, detail, hint from app_private.check_0010_wrong_owner
union all
select check_name, object, detail, hint from app_private.check_0011_key_without_scope
union all
select check_name, object, detail, hint from app_private.check_0012_doors_missing
union all
select check_name, object, detail, hint from app_private.check_0013_role_settings
union all
select check_name, object, detail, hint from app_private.check_0014_may_create
union all
select check_name, object, detail, hint from app_private.check_0015_open_to_everybody
union all
select check_name, object, detail, hint from app_private.check_0016_rule
union all
select check_name, object, detail, hint from app_private.check_0017_audit_log_changeable
union all
select check_name, object, detail, hint from app_private.check_0018_shared_table_changed;
alter view app_private.isolation_faults owner to :OWNER;
comment on view app_private.isolation_faults is 'One row per isolation fault; empty is good. Read it as the owner.';
revoke all on app_private.isolation_faults from public;
--! EndIncluded checks/isolation_faults.sql
--! EndIncluded all.sql
