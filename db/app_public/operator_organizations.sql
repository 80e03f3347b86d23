-- All organizations, for operators. It reads past the wall, so the audit log is written first.
create or replace function app_public.operator_organizations(reason text) returns setof :CORE_SCHEMA.organizations
  language plpgsql volatile security definer set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_private.begin_operation('operator_organizations', reason);
  return query select o.* from :CORE_SCHEMA.organizations o order by o.slug;
end
$$;
alter function app_public.operator_organizations(text) owner to :OWNER;
comment on function app_public.operator_organizations(text) is
  'All organizations, for operators. The reason is written to the audit log first.';
revoke all on function app_public.operator_organizations(text) from public;
grant execute on function app_public.operator_organizations(text) to :VISITOR;
