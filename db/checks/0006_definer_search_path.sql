-- A security definer function that looks names up where its caller says can be made to run the caller's code.
-- A trigger function needs no right to be run: writing the row runs it.
create or replace view app_private.check_0006_definer_search_path with (security_invoker = true) as
-- Tables that a tenant's statement may come to: as in 0005.
with recursive reached as (
  select c.oid from pg_class c join pg_namespace s on s.oid = c.relnamespace
  where s.nspname in ('app_private', 'rowhouse') or has_schema_privilege(':VISITOR', s.oid, 'usage')
  union
  select k.conrelid from reached r join pg_constraint k on k.confrelid = r.oid and k.contype = 'f'
  where k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')
)
select
  '0006_definer_search_path'::text as check_name,
  f.oid::regprocedure::text as object,
  'security definer without a fixed search_path'::text as detail,
  format('alter function %s set search_path to pg_catalog, pg_temp', f.oid::regprocedure) as hint
from pg_proc f
join pg_namespace n on n.oid = f.pronamespace
where f.prosecdef
  and n.nspname not in ('pg_catalog', 'information_schema')
  and (
    (has_function_privilege(':VISITOR', f.oid, 'execute') and has_schema_privilege(':VISITOR', n.oid, 'usage'))
    or exists (select from pg_trigger t join reached r on r.oid = t.tgrelid where t.tgfoid = f.oid and not t.tgisinternal)
  )
  and not exists (
    select from unnest(f.proconfig) as setting where setting ~ '^search_path=("")?$|^search_path=pg_catalog, pg_temp$'
  );
alter view app_private.check_0006_definer_search_path owner to :OWNER;
comment on view app_private.check_0006_definer_search_path is 'Security definer functions without a fixed search path that begins with pg_catalog.';
revoke all on app_private.check_0006_definer_search_path from public;
