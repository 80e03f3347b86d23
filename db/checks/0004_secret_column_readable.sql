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
