-- Called for an old id that the kept map lacks: stops a copy that would otherwise write null, and lose the reference.
create or replace function rowhouse.unmapped(table_name text, old_id text) returns bigint
  language plpgsql volatile strict set search_path to pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'RH014', message = format('id %s of %s has no new one', old_id, table_name),
    hint = 'It came after the ids were renumbered, or leads nowhere: rowhouse cancel, and apply while nobody writes.';
end
$$;
alter function rowhouse.unmapped(text, text) owner to :OWNER;
comment on function rowhouse.unmapped(text, text) is 'Raises RH014: an old id without a new one.';
revoke all on function rowhouse.unmapped(text, text) from public;
