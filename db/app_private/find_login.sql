-- What the server needs to check a password: one row for an active member of an active organization, else none.
-- People type capitals where there are none; where two addresses differ by nothing else, the exact one is meant.
create or replace function app_private.find_login(email text, organization_slug text)
  returns table (user_id uuid, organization_id uuid, slug text, role text, password_hash text)
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select u.id, o.id, o.slug, m.role, s.password_hash
  from :CORE_SCHEMA.organizations o
  join :CORE_SCHEMA.user_organizations m on m.organization_id = o.id and m.is_active
  join :USERS_SCHEMA.users u on u.id = m.user_id and u.is_active
  join app_private.user_secrets s on s.user_id = u.id and s.organization_id = o.id
  where o.slug = organization_slug and o.is_active and lower(u.email) = lower(find_login.email)
  -- A guest of the same address comes after the organization's own user.
  order by u.email = find_login.email desc, u.organization_id = o.id desc
  limit 1
$$;
alter function app_private.find_login(text, text) owner to :OWNER;
comment on function app_private.find_login(text, text) is 'The user, organization and password hash behind a login. Owner only.';
revoke all on function app_private.find_login(text, text) from public;
