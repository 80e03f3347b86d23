-- Does this user belong to that organization? Tenants are answered about themselves only: another organization is
-- "no" whether it exists or not. Never call it with a row's column in a policy: it would run once per row.
create or replace function app_public.validate_client_access(user_id uuid, organization_id uuid) returns boolean
  language sql stable security definer set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from :CORE_SCHEMA.user_organizations m
    join :CORE_SCHEMA.organizations o on o.id = m.organization_id and o.is_active
    join :USERS_SCHEMA.users u on u.id = m.user_id and u.is_active
    where m.user_id = validate_client_access.user_id
      and m.organization_id = validate_client_access.organization_id
      and m.is_active
      and m.organization_id = (select app_hidden.current_organization_id())
  )
$$;
alter function app_public.validate_client_access(uuid, uuid) owner to :OWNER;
comment on function app_public.validate_client_access(uuid, uuid) is
  E'@behavior -*\nTrue when the user is an active member of the organization, and it is your own.';
revoke all on function app_public.validate_client_access(uuid, uuid) from public;
grant execute on function app_public.validate_client_access(uuid, uuid) to :VISITOR;
