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
