-- The wall is built for the visitor. What a protected table opens to PUBLIC, by a policy that forgot its `to` or by a
-- grant, is open to logins that meet no wall.
create or replace view app_private.check_0015_open_to_everybody with (security_invoker = true) as
select
  '0015_open_to_everybody'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('policy %I is for everybody', w.polname) as detail,
  format('alter policy %I on %I.%I to :VISITOR', w.polname, p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_policy w on w.polrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where w.polpermissive and 0 = any (w.polroles)
union all
select
  '0015_open_to_everybody',
  format('%I.%I', p.schema_name, p.table_name),
  'PUBLIC has rights on it',
  format('revoke all on %I.%I from public', p.schema_name, p.table_name)
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where exists (select from aclexplode(c.relacl) a where a.grantee = 0)
  or exists (select from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid and a.grantee = 0);
alter view app_private.check_0015_open_to_everybody owner to :OWNER;
comment on view app_private.check_0015_open_to_everybody is 'Policies and grants for PUBLIC on protected tables.';
revoke all on app_private.check_0015_open_to_everybody from public;
