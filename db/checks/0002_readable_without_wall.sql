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
