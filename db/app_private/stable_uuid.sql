-- The same name in the same namespace gives the same id at every run and on every copy: a name-based uuid of
-- version 8 over SHA-256 (RFC 9562, appendix B.2), because core Postgres has no SHA-1 for version 5.
create or replace function app_private.stable_uuid(namespace uuid, name text) returns uuid
  language sql immutable strict parallel safe set search_path to pg_catalog, pg_temp
as $$
  select encode(set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128), 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid
  from substr(sha256(uuid_send(namespace) || convert_to(name, 'UTF8')), 1, 16) as digest
$$;
alter function app_private.stable_uuid(uuid, text) owner to :OWNER;
comment on function app_private.stable_uuid(uuid, text) is 'A uuid (version 8) made from a namespace and a name.';
revoke all on function app_private.stable_uuid(uuid, text) from public;
