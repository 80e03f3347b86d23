-- updated_at tells when a row last changed, whoever changed it.
create or replace function app_private.tg__touch() returns trigger
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
alter function app_private.tg__touch() owner to :OWNER;
comment on function app_private.tg__touch() is 'Sets updated_at.';
revoke all on function app_private.tg__touch() from public;

create or replace trigger tg_organizations__touch before update on :CORE_SCHEMA.organizations
  for each row execute function app_private.tg__touch();
create or replace trigger tg_users__touch before update on :USERS_SCHEMA.users
  for each row execute function app_private.tg__touch();
