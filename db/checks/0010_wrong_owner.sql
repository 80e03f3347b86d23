-- A table's owner is not bound by its policies: it must be the role that nobody logs in as.
create or replace view app_private.check_0010_wrong_owner with (security_invoker = true) as
select
  '0010_wrong_owner'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('belongs to %I', pg_get_userbyid(c.relowner)) as detail,
  format('alter table %I.%I owner to :OWNER', p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where pg_get_userbyid(c.relowner) <> ':OWNER';
alter view app_private.check_0010_wrong_owner owner to :OWNER;
comment on view app_private.check_0010_wrong_owner is 'Protected tables that do not belong to the owner role.';
revoke all on app_private.check_0010_wrong_owner from public;
