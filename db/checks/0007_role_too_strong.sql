-- The roles that serve tenants, and those that own what tenants use, must have no attribute and no membership beyond
-- their own. One row per attribute and membership.
create or replace view app_private.check_0007_role_too_strong with (security_invoker = true) as
select
  '0007_role_too_strong'::text as check_name,
  r.rolname::text as object,
  fault.detail,
  fault.hint
from pg_roles r
cross join lateral (
  select v.detail, format('alter role %I %s', r.rolname, v.mend) as hint
  from (values
    (r.rolsuper, 'is a superuser', 'nosuperuser'),
    (r.rolbypassrls, 'bypasses row-level security', 'nobypassrls'),
    (r.rolcreaterole, 'may create roles', 'nocreaterole'),
    (r.rolcreatedb, 'may create databases', 'nocreatedb'),
    (r.rolreplication, 'may replicate', 'noreplication'),
    (r.rolcanlogin and r.rolname <> ':AUTHENTICATOR', 'can log in', 'nologin')
  ) as v (is_fault, detail, mend)
  where v.is_fault
  union all
  select format('is a member of %I', pg_get_userbyid(m.roleid)),
    format('revoke %I from %I', pg_get_userbyid(m.roleid), r.rolname)
  from pg_auth_members m
  where m.member = r.oid and r.rolname <> ':OWNER'
    and not (pg_get_userbyid(m.roleid) = ':VISITOR' and r.rolname in (':AUTHENTICATOR', ':DEFINER'))
) as fault
where r.rolname in (':AUTHENTICATOR', ':VISITOR', ':DEFINER', ':OWNER', ':AUDITOR', ':BRIDGE');
alter view app_private.check_0007_role_too_strong owner to :OWNER;
comment on view app_private.check_0007_role_too_strong is 'Attributes and memberships that would let a tenant''s statement past the wall.';
revoke all on app_private.check_0007_role_too_strong from public;
