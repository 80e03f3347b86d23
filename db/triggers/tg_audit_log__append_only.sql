-- Rights keep tenants and the owner from changing the audit log; this keeps the auditor, and whoever becomes it, from
-- doing so by mistake. Per statement, so that one that meets no row is refused as well.
create or replace function app_private.tg_audit_log__append_only() returns trigger
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'RH011', message = 'the audit log is only added to',
    hint = 'Old entries leave with a partition or a dump, by somebody who switches this trigger off on purpose.';
end
$$;
alter function app_private.tg_audit_log__append_only() owner to :OWNER;
comment on function app_private.tg_audit_log__append_only() is 'Refuses update, delete and truncate (RH011).';
revoke all on function app_private.tg_audit_log__append_only() from public;

create or replace trigger tg_audit_log__append_only before update or delete or truncate on :CORE_SCHEMA.audit_log
  for each statement execute function app_private.tg_audit_log__append_only();
