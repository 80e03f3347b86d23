-- The old application's sight of a table that gets a wall: a policy for everybody who has rights on it now, and for
-- those whom the plan found. Found at this moment and not at planning: a role that was made meanwhile would see no
-- row, silently. What PUBLIC has becomes the rights of those who live on it: the visitor is everybody too.
-- Never for the house's own roles, nor for a login that can become the visitor: `reset role` in a tenant's transaction
-- would look over the wall.
create or replace function rowhouse.keep_sight(target regclass, known text[]) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  house constant oid[] := array[':OWNER', ':AUTHENTICATOR', ':VISITOR', ':DEFINER', ':AUDITOR', ':BRIDGE']::regrole[]::oid[]
    || array(select r.oid from pg_roles r where not r.rolsuper
      -- From 16 on, who made a role is a member of it who may not become it.
      and pg_has_role(r.oid, ':VISITOR', case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end));
  held_by constant oid := (select relowner from pg_class where oid = target);
  heirs oid[] := '{}';
  seers text;
  one record;
begin
  if exists (select from rowhouse.rights_of(target) r where r.grantee = 'public') then
    heirs := array(
      select r.oid from pg_roles r
      where (r.rolname = any (known)
          or r.rolcanlogin and not r.rolsuper and has_database_privilege(r.oid, current_database(), 'connect'))
        and not r.oid = any (house) and r.oid <> held_by
    );
  end if;
  select string_agg(quote_ident(r.rolname), ', ' order by r.rolname) into seers
  from pg_roles r
  where not r.oid = any (house) and (
    r.oid = held_by or r.oid = any (heirs) or r.rolname = any (known)
    or quote_ident(r.rolname) in (select x.grantee from rowhouse.rights_of(target) x)
  );
  execute format('create policy legacy_app on %s to %s using (true) with check (true)', target, seers);
  for one in
    select r.privilege, r.columns, r.place, quote_ident(h.rolname) as heir
    from rowhouse.rights_of(target) r cross join pg_roles h where r.grantee = 'public' and h.oid = any (heirs)
    order by 3, 1, 2, 4
  loop
    execute format('grant %s%s on %s to %s', one.privilege, one.columns, one.place, one.heir);
  end loop;
end
$$;
alter function rowhouse.keep_sight(regclass, text[]) owner to :OWNER;
comment on function rowhouse.keep_sight(regclass, text[]) is
  'Creates the policy legacy_app for whoever uses a table, and gives PUBLIC''s rights to those who live on them. Owner only.';
revoke all on function rowhouse.keep_sight(regclass, text[]) from public;
