-- A user's home organization. It reads past the wall, so it answers only about users of the context's organization.
create or replace function app_public.get_user_organization_id(user_id uuid) returns uuid
  language sql stable security definer set search_path to pg_catalog, pg_temp
as $$
  select u.organization_id from :USERS_SCHEMA.users u
  where u.id = get_user_organization_id.user_id
    and u.organization_id = (select app_hidden.current_organization_id())
$$;
alter function app_public.get_user_organization_id(uuid) owner to :OWNER;
comment on function app_public.get_user_organization_id(uuid) is
  E'@behavior -*\nThe home organization of a user of your organization; null for anybody else.';
revoke all on function app_public.get_user_organization_id(uuid) from public;
grant execute on function app_public.get_user_organization_id(uuid) to :VISITOR;
