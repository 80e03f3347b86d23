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
