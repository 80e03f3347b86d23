-- PUBLIC may create temporary tables, and with them shadow a name that a function forgot to qualify. The logins
-- that lived on that right keep it; the roles that serve tenants lose it. Needs the database's owner: where the
-- migrator is not, the check 0008 says so until somebody does it.
do $$
declare
  here record;
  login name;
begin
  select datname, datdba, coalesce(datacl, acldefault('d', datdba)) as rights into here
  from pg_database where datname = current_database();
  if not has_database_privilege('public', here.datname, 'temporary') or not pg_has_role(here.datdba, 'usage') then
    return;
  end if;
  for login in
    select r.rolname from pg_roles r
    where r.rolcanlogin and not r.rolsuper
      -- Whoever serves tenants, under whatever name; the migrator is a member of everything.
      and (not pg_has_role(r.oid, ':VISITOR', 'member') or pg_has_role(r.oid, ':OWNER', 'member'))
      and not exists (
        select from aclexplode(here.rights) a where a.grantee = r.oid and a.privilege_type = 'TEMPORARY'
      )
    order by r.rolname
  loop
    execute format('grant temporary on database %I to %I', here.datname, login);
    insert into app_private.temporary_rights (grantee) values (login) on conflict do nothing;
  end loop;
  execute format('revoke temporary on database %I from public', here.datname);
  insert into app_private.temporary_rights (grantee) values ('public') on conflict do nothing;
end
$$;
