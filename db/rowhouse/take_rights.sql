-- The end of everybody's rights on a table but the visitor's: a role that kept them would see no row, silently; this
-- way it gets an error. Also of those whom a right was passed on to.
create or replace function rowhouse.take_rights(target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in
    select distinct r.place, r.grantee from rowhouse.rights_of(target) r where r.grantee <> quote_ident(':VISITOR')
  loop
    execute format('revoke all on %s from %s cascade', one.place, one.grantee);
  end loop;
end
$$;
alter function rowhouse.take_rights(regclass) owner to :OWNER;
comment on function rowhouse.take_rights(regclass) is 'Revokes all rights on a table and its sequences but the visitor''s. Owner only.';
revoke all on function rowhouse.take_rights(regclass) from public;
