-- Takes every door of a table away, so that the policy file which calls it says all there are: a door that is deleted
-- from the file is gone at the next save. The wall stays; in between nobody sees anything, and nobody sees in between:
-- the file is one transaction.
create or replace function app_private.close_doors(target regclass) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  door name;
begin
  for door in
    select polname from pg_policy
    where polrelid = target and polpermissive and polroles = array[':VISITOR'::regrole::oid] order by polname
  loop
    execute format('drop policy %I on %s', door, target);
  end loop;
end
$$;
alter function app_private.close_doors(regclass) owner to :OWNER;
comment on function app_private.close_doors(regclass) is
  'Drops the visitor''s permissive policies on a table; a policy file calls it before it creates its own.';
revoke all on function app_private.close_doors(regclass) from public;
