-- Whoever can create in a schema that others look names up in can make them run his code: until Postgres 14 everybody
-- could in schema public, and databases that were upgraded keep that.
create or replace view app_private.check_0014_may_create with (security_invoker = true) as
select
  '0014_may_create'::text as check_name,
  n.nspname::text as object,
  format('%s may create in schema %I', string_agg(role_name, ' and '), n.nspname) as detail,
  format('revoke create on schema %I from public, :VISITOR, :AUTHENTICATOR', n.nspname) as hint
from pg_namespace n
cross join unnest(array[':VISITOR', ':AUTHENTICATOR']) as role_name
where n.nspname not like 'pg\_temp\_%' and n.nspname not like 'pg\_toast\_temp\_%'
  and has_schema_privilege(role_name, n.oid, 'create')
group by n.nspname
union all
select
  '0014_may_create',
  current_database()::text,
  format('%s may create schemas', string_agg(role_name, ' and ')),
  format('revoke create on database %I from public, :VISITOR, :AUTHENTICATOR', current_database())
from unnest(array[':VISITOR', ':AUTHENTICATOR']) as role_name
where has_database_privilege(role_name, current_database(), 'create')
having count(*) > 0;
alter view app_private.check_0014_may_create owner to :OWNER;
comment on view app_private.check_0014_may_create is 'Schemas, and the database, in which the roles that serve tenants may create.';
revoke all on app_private.check_0014_may_create from public;
