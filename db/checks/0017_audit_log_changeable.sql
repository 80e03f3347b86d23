-- The audit log says what was done only as long as nobody can say otherwise: a right to write it that is not the
-- auditor's own, or its trigger gone or switched off.
create or replace view app_private.check_0017_audit_log_changeable with (security_invoker = true) as
select
  '0017_audit_log_changeable'::text as check_name,
  format('%I.%I', n.nspname, c.relname) as object,
  fault.detail,
  fault.hint
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select
    format('%s may %s', who, string_agg(lower(privilege_type), ', ' order by privilege_type)) as detail,
    format('revoke insert, update, delete, truncate on %I.%I from %s', n.nspname, c.relname, who) as hint
  from (
    select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as who, a.privilege_type
    from aclexplode(c.relacl) a where a.grantee <> c.relowner
    union
    select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, a.privilege_type
    from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid and a.grantee <> c.relowner
  ) grants
  where privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  group by who
  union all
  select 'the trigger tg_audit_log__append_only is gone or switched off',
    format('create or replace trigger tg_audit_log__append_only before update or delete or truncate on %1$I.%2$I for each statement execute function app_private.tg_audit_log__append_only(); alter table %1$I.%2$I enable trigger tg_audit_log__append_only', n.nspname, c.relname)
  where not exists (
    select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'tg_audit_log__append_only' and t.tgenabled in ('O', 'A')
      -- before (2), delete (8), update (16), truncate (32), for each statement (not 1)
      and t.tgtype = 58 and t.tgqual is null and t.tgfoid = 'app_private.tg_audit_log__append_only'::regproc
  )
) as fault
where c.oid = to_regclass(':CORE_SCHEMA.audit_log');
alter view app_private.check_0017_audit_log_changeable owner to :OWNER;
comment on view app_private.check_0017_audit_log_changeable is 'Rights to write the audit log past its function, and its trigger missing or switched off.';
revoke all on app_private.check_0017_audit_log_changeable from public;
