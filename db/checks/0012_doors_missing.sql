-- A wall without doors shows nothing to anybody: safe, and surely not meant where the visitor was given the right to
-- read.
create or replace view app_private.check_0012_doors_missing with (security_invoker = true) as
select
  '0012_doors_missing'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  'no permissive policy lets the visitor read'::text as detail,
  format('create policy select_member on %I.%I for select to :VISITOR using (true)', p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_class c on c.oid = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where has_any_column_privilege(':VISITOR', c.oid, 'select') and not exists (
  select from pg_policy d
  where d.polrelid = c.oid and d.polpermissive and d.polcmd in ('r', '*')
    and exists (select from unnest(d.polroles) as granted where granted = 0 or pg_get_userbyid(granted) = ':VISITOR')
);
alter view app_private.check_0012_doors_missing owner to :OWNER;
comment on view app_private.check_0012_doors_missing is 'Protected tables that the visitor may read and that have no permissive policy for it.';
revoke all on app_private.check_0012_doors_missing from public;
