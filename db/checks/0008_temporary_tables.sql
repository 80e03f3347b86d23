-- A temporary table can shadow a name that a function forgot to qualify.
create or replace view app_private.check_0008_temporary_tables with (security_invoker = true) as
select
  '0008_temporary_tables'::text as check_name,
  current_database()::text as object,
  format('%s may create temporary tables', string_agg(r.rolname, ', ' order by r.rolname)) as detail,
  format('revoke temporary on database %I from public, %s -- as its owner, and grant it first to the logins that need it', current_database(), string_agg(quote_ident(r.rolname), ', ' order by r.rolname)) as hint
from pg_roles r
-- The visitor, the definer, and every login that serves tenants; not the migrator, who is a member of everything.
where not r.rolsuper and pg_has_role(r.oid, ':VISITOR', 'member') and not pg_has_role(r.oid, ':OWNER', 'member')
  and has_database_privilege(r.oid, current_database(), 'temporary')
having count(*) > 0;
alter view app_private.check_0008_temporary_tables owner to :OWNER;
comment on view app_private.check_0008_temporary_tables is 'Set when a role that serves tenants may create temporary tables.';
revoke all on app_private.check_0008_temporary_tables from public;
