-- What the server seals with. The server reads it on the owner's connection, at its start
-- and whenever it is asked whether it is ready.
create or replace function app_private.context_key() returns bytea
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select key from app_private.context_keys order by id desc limit 1
$$;
alter function app_private.context_key() owner to :OWNER;
comment on function app_private.context_key() is 'The newest key, 32 bytes. Owner only.';
revoke all on function app_private.context_key() from public;
