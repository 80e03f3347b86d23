-- Who acts. The settings are only believed once current_organization_id() has checked their seal.
-- In PL/pgSQL like its neighbours: a session keeps their plans, where a function in SQL is planned in every statement
-- (can_administer() took 97 µs as SQL and takes 38, of which 35 are the seal; PostgreSQL 18).
create or replace function app_hidden.current_user_id() returns uuid
  language plpgsql stable parallel restricted set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.current_organization_id();
  return current_setting('app.user_id')::uuid;
end
$$;
alter function app_hidden.current_user_id() owner to :OWNER;
comment on function app_hidden.current_user_id() is 'The user of a valid context; raises as current_organization_id does.';
revoke all on function app_hidden.current_user_id() from public;
grant execute on function app_hidden.current_user_id() to :VISITOR;
