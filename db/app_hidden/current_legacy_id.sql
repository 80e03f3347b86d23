-- The acting user's id in the old system's user table, for doors like "an employee sees the own payslips". Owned by the
-- owner, because tenants have no right on legacy_identities.
create or replace function app_hidden.current_legacy_id() returns text
  language plpgsql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
declare
  organization uuid := app_hidden.current_organization_id();
begin
  return (
    select l.legacy_id from :CORE_SCHEMA.legacy_identities l
    where l.organization_id = organization and l.user_id = current_setting('app.user_id')::uuid
  );
end
$$;
alter function app_hidden.current_legacy_id() owner to :OWNER;
comment on function app_hidden.current_legacy_id() is
  'The id that the acting user had in the old user table; null for a user that the old system did not know.';
revoke all on function app_hidden.current_legacy_id() from public;
grant execute on function app_hidden.current_legacy_id() to :VISITOR;
