-- Is the wall exactly the wall? Asked by build_wall() and by the check, so that both mean the same. The search path
-- decides how pg_get_expr prints names, which is why this is a function and not a condition in a view.
create or replace function app_private.has_wall(target regclass, scope_column text) returns boolean
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from pg_policy
    where polrelid = target and polname = 'organization_isolation' and not polpermissive and polcmd = '*'
      and polroles = array[':VISITOR'::regrole::oid]
      and pg_get_expr(polqual, polrelid) = wall and pg_get_expr(polwithcheck, polrelid) = wall
  )
  from format('(%I = ( SELECT app_hidden.current_organization_id() AS current_organization_id))', scope_column) as wall
$$;
alter function app_private.has_wall(regclass, text) owner to :OWNER;
comment on function app_private.has_wall(regclass, text) is
  'True when the table carries the restrictive isolation policy, over this column, and nothing else by that name.';
revoke all on function app_private.has_wall(regclass, text) from public;
