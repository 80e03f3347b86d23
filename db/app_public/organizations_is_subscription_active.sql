-- A field of organizations: isSubscriptionActive.
create or replace function app_public.organizations_is_subscription_active(organization :CORE_SCHEMA.organizations)
  returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select organization.is_active
    and (organization.subscription_ends_at is null or organization.subscription_ends_at > now())
$$;
alter function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) owner to :OWNER;
comment on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) is
  'True while the organization is active and its subscription has not ended.';
revoke all on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) from public;
grant execute on function app_public.organizations_is_subscription_active(:CORE_SCHEMA.organizations) to :VISITOR;
