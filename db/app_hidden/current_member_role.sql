-- What the member is in the organization. Owned by the owner, so that a door on user_organizations can ask it
-- without walking through itself.
create or replace function app_hidden.current_member_role() returns text
  language sql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
  select role from :CORE_SCHEMA.user_organizations
  where organization_id = app_hidden.current_organization_id() and user_id = app_hidden.current_user_id()
$$;
alter function app_hidden.current_member_role() owner to :OWNER;
comment on function app_hidden.current_member_role() is 'owner, admin, member or viewer, for the context.';
revoke all on function app_hidden.current_member_role() from public;
grant execute on function app_hidden.current_member_role() to :VISITOR;
