-- A security definer function that looks names up where its caller says can be made to run the caller's code.
-- A trigger function needs no right to be run: writing the row runs it.
create or replace view app_private.check_0006_definer_search_path with (security_invoker = true) as
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
    has_function_privilege(':VISITOR', f.oid, 'execute')
    or exists (select from pg_trigger t where t.tgfoid = f.oid and not t.tgisinternal)
  )
  and not exists (
    select from unnest(f.proconfig) as setting where setting ~ '^search_path=("")?$|^search_path=pg_catalog, pg_temp$'
  );
alter view app_private.check_0006_definer_search_path owner to :OWNER;
comment on view app_private.check_0006_definer_search_path is 'Security definer functions without a fixed search path that begins with pg_catalog.';
revoke all on app_private.check_0006_definer_search_path from public;
