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
