-- A security definer function runs with its owner's eyes. Tenants may call the reviewed membership functions, and
-- those of the definer, for whom the wall holds; nothing else.
create or replace view app_private.check_0005_definer_reachable with (security_invoker = true) as
-- Tables that a tenant's statement may come to: in schemas that are not closed to tenants, those that our own functions
-- write, and whatever cascades from there. The old schemas are closed.
with recursive reached as (
  select c.oid from pg_class c join pg_namespace s on s.oid = c.relnamespace
  where s.nspname in ('app_private', 'rowhouse') or has_schema_privilege(':VISITOR', s.oid, 'usage')
  union
  select k.conrelid from reached r join pg_constraint k on k.confrelid = r.oid and k.contype = 'f'
  where k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')
)
select
  '0005_definer_reachable'::text as check_name,
  f.oid::regprocedure::text as object,
  format('runs as %I, past the wall', pg_get_userbyid(f.proowner)) as detail,
  format('alter function %s owner to :DEFINER -- or: revoke execute on function %1$s from public, :VISITOR', f.oid::regprocedure) as hint
from pg_proc f
join pg_namespace n on n.oid = f.pronamespace
where f.prosecdef
  and n.nspname not in ('pg_catalog', 'information_schema')
  and (
    (has_function_privilege(':VISITOR', f.oid, 'execute') and has_schema_privilege(':VISITOR', n.oid, 'usage'))
    -- A trigger function needs no right to be run: writing the row runs it.
    or exists (select from pg_trigger t join reached r on r.oid = t.tgrelid where t.tgfoid = f.oid and not t.tgisinternal)
  )
  and pg_get_userbyid(f.proowner) <> ':DEFINER'
  and not (pg_get_userbyid(f.proowner) = ':OWNER' and (n.nspname, f.proname) in (
    -- Reviewed: each answers about the context's own organization only.
    ('app_hidden', 'current_organization_id'),
    ('app_hidden', 'current_legacy_id'),
    ('app_hidden', 'current_member_role'),
    ('app_public', 'get_user_organization_id'),
    ('app_public', 'validate_client_access'),
    -- Reviewed: each answers operators only, and writes the audit log before it reads another organization's rows.
    ('app_public', 'operator_members'),
    ('app_public', 'operator_organizations')
  ))
  -- Reviewed: made by a plan that scopes in place, for rows of the old application; a tenant's rows pass it untouched.
  and not (n.nspname = 'rowhouse' and f.proname ~ '^tg_[0-9]+__(own_row|lead_rows)$' and f.prorettype = 'trigger'::regtype);
alter view app_private.check_0005_definer_reachable owner to :OWNER;
comment on view app_private.check_0005_definer_reachable is 'Security definer functions that the visitor may call and that nobody reviewed.';
revoke all on app_private.check_0005_definer_reachable from public;
