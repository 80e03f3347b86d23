-- Makes a key from the server's strong random source (gen_random_uuid) and the padded keys of RFC 2104.
create or replace function app_private.add_context_key() returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  fresh bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  for place in 0 .. 31 loop
    inner_pad := set_byte(inner_pad, place, get_byte(fresh, place) # 54);
    outer_pad := set_byte(outer_pad, place, get_byte(fresh, place) # 92);
  end loop;
  insert into app_private.context_keys (key, inner_pad, outer_pad) values (fresh, inner_pad, outer_pad);
end
$$;
alter function app_private.add_context_key() owner to :OWNER;
comment on function app_private.add_context_key() is 'Adds a key that seals contexts; the newest is used, all are accepted.';
revoke all on function app_private.add_context_key() from public;

select app_private.add_context_key() where not exists (select from app_private.context_keys);
