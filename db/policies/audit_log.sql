-- Owners and admins read what was done in their organization. Nobody writes: entries come from app_private.write_audit.
-- An entry about no organization is for nobody here: the wall compares null.
select app_private.build_wall(':CORE_SCHEMA.audit_log', 'organization_id');
select app_private.close_doors(':CORE_SCHEMA.audit_log');

create policy select_administrator on :CORE_SCHEMA.audit_log for select to :VISITOR
  using ((select app_hidden.can_administer()));

revoke all on :CORE_SCHEMA.audit_log from public, :VISITOR;
grant select on :CORE_SCHEMA.audit_log to :VISITOR;
