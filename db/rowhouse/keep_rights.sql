-- Notes a table's rights before a phase changes them; restore_rights() is the way back.
create or replace function rowhouse.keep_rights(plan text, phase text, target regclass) returns void
  language sql volatile set search_path to pg_catalog, pg_temp
as $$
  insert into rowhouse.kept_rights (plan_id, phase, table_name, place, grantee, privilege, columns, grantable)
  select plan, phase, target::text, r.* from rowhouse.rights_of(target) r
$$;
alter function rowhouse.keep_rights(text, text, regclass) owner to :OWNER;
comment on function rowhouse.keep_rights(text, text, regclass) is 'Notes a table''s rights before a phase changes them. Owner only.';
revoke all on function rowhouse.keep_rights(text, text, regclass) from public;
