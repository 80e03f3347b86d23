-- A table's owner is not bound by its policies: it must be the role that nobody logs in as. The audit log is the
-- auditor's, so that the owner's functions cannot change it.
create or replace view app_private.check_0010_wrong_owner with (security_invoker = true) as
select
  '0010_wrong_owner'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('belongs to %I', pg_get_userbyid(c.relowner)) as detail,
  format('alter table %I.%I owner to %I', p.schema_name, p.table_name, wanted.owner) as hint
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
cross join lateral (select case c.oid when to_regclass(':CORE_SCHEMA.audit_log') then ':AUDITOR' else ':OWNER' end as owner) as wanted
where pg_get_userbyid(c.relowner) <> wanted.owner;
alter view app_private.check_0010_wrong_owner owner to :OWNER;
comment on view app_private.check_0010_wrong_owner is 'Protected tables that do not belong to the owner role, or the audit log not to the auditor.';
revoke all on app_private.check_0010_wrong_owner from public;
