-- The acting user's id in the old system's user table, for doors like "an employee sees the own payslips". Owned by the
-- owner, because tenants have no right on legacy_identities.
create or replace function app_hidden.current_legacy_id() returns text
  language sql stable parallel restricted security definer set search_path to pg_catalog, pg_temp
as $$
  select legacy_id from :CORE_SCHEMA.legacy_identities
  where organization_id = app_hidden.current_organization_id() and user_id = app_hidden.current_user_id()
$$;
alter function app_hidden.current_legacy_id() owner to :OWNER;
comment on function app_hidden.current_legacy_id() is
  'The id that the acting user had in the old user table; null for a user that the old system did not know.';
revoke all on function app_hidden.current_legacy_id() from public;
grant execute on function app_hidden.current_legacy_id() to :VISITOR;
