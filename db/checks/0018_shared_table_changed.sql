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
