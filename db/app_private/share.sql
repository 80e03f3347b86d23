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
