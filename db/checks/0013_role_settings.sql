-- A role may set its own defaults and its own password, and no grant prevents it. Settings kept with the login that
-- serves tenants come back in every new session, whatever the server cleans: somebody who could send SQL put them there.
create or replace view app_private.check_0013_role_settings with (security_invoker = true) as
select
  '0013_role_settings'::text as check_name,
  r.rolname::text as object,
  format('begins every session with %s', array_to_string(s.setconfig, ', ')) as detail,
  case when s.setdatabase = 0 then format('alter role %I reset all', r.rolname)
    else format('alter role %I in database %I reset all', r.rolname, current_database())
  end as hint
from pg_db_role_setting s
join pg_roles r on r.oid = s.setrole
where r.rolname in (':AUTHENTICATOR', ':VISITOR')
  and s.setdatabase in (0, (select oid from pg_database where datname = current_database()));
alter view app_private.check_0013_role_settings owner to :OWNER;
comment on view app_private.check_0013_role_settings is 'Settings kept with the roles that serve tenants.';
revoke all on app_private.check_0013_role_settings from public;
