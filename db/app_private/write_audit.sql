-- The only way to an entry of the audit log. It is the auditor's, who owns the log: whoever may call this can add an
-- entry and do nothing else to it.
create or replace function app_private.write_audit(
  action text,
  actor_id uuid,
  organization_id uuid default null,
  details jsonb default '{}'
) returns void
  language sql volatile security definer set search_path to pg_catalog, pg_temp
as $$
  insert into :CORE_SCHEMA.audit_log (organization_id, actor_id, action, details)
  values (write_audit.organization_id, write_audit.actor_id, write_audit.action, write_audit.details)
$$;
alter function app_private.write_audit(text, uuid, uuid, jsonb) owner to :AUDITOR;
comment on function app_private.write_audit(text, uuid, uuid, jsonb) is 'Adds an entry to the audit log. For the owner''s functions.';
revoke all on function app_private.write_audit(text, uuid, uuid, jsonb) from public;
grant execute on function app_private.write_audit(text, uuid, uuid, jsonb) to :OWNER;
