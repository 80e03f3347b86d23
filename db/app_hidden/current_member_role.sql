-- What the member is in the organization. Owned by the owner, so that a door on user_organizations can ask it
-- without walking through itself. The seal is checked once; then the settings can be believed.
create or replace function app_hidden.current_member_role() returns text
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  organization uuid := app_hidden.current_organization_id();
begin
  return (
    select m.role from :CORE_SCHEMA.user_organizations m
    where m.organization_id = organization and m.user_id = current_setting('app.user_id')::uuid
  );
end
$$;
alter function app_hidden.current_member_role() owner to :OWNER;
comment on function app_hidden.current_member_role() is 'owner, admin, member or viewer, for the context.';
revoke all on function app_hidden.current_member_role() from public;
grant execute on function app_hidden.current_member_role() to :VISITOR;
