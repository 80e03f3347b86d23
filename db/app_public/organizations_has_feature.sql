-- A field of organizations: hasFeature(feature: "payroll"). Absent and false are both no.
create or replace function app_public.organizations_has_feature(
  organization :CORE_SCHEMA.organizations,
  feature text
) returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select coalesce(organization.features -> feature = 'true'::jsonb, false)
$$;
alter function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) owner to :OWNER;
comment on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) is
  'True when the feature is switched on for the organization.';
revoke all on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) from public;
grant execute on function app_public.organizations_has_feature(:CORE_SCHEMA.organizations, text) to :VISITOR;
