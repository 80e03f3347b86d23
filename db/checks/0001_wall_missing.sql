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
