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
