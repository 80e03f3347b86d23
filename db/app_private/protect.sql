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
