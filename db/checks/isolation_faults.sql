-- All checks in one: empty is good.
create or replace view app_private.isolation_faults with (security_invoker = true) as
select check_name, object, detail, hint from app_private.check_0001_wall_missing
union all
select check_name, object, detail, hint from app_private.check_0002_readable_without_wall
union all
select check_name, object, detail, hint from app_private.check_0003_scope_column_writable
union all
select check_name, object, detail, hint from app_private.check_0004_secret_column_readable
union all
select check_name, object, detail, hint from app_private.check_0005_definer_reachable
union all
select check_name, object, detail, hint from app_private.check_0006_definer_search_path
union all
select check_name, object, detail, hint from app_private.check_0007_role_too_strong
union all
select check_name, object, detail, hint from app_private.check_0008_temporary_tables
union all
select check_name, object, detail, hint from app_private.check_0009_grants_stale
union all
select check_name, object, detail, hint from app_private.check_0010_wrong_owner
union all
select check_name, object, detail, hint from app_private.check_0011_key_without_scope
union all
select check_name, object, detail, hint from app_private.check_0012_doors_missing
union all
select check_name, object, detail, hint from app_private.check_0013_role_settings
union all
select check_name, object, detail, hint from app_private.check_0014_may_create
union all
select check_name, object, detail, hint from app_private.check_0015_open_to_everybody
union all
select check_name, object, detail, hint from app_private.check_0016_rule
union all
select check_name, object, detail, hint from app_private.check_0017_audit_log_changeable
union all
select check_name, object, detail, hint from app_private.check_0018_shared_table_changed;
alter view app_private.isolation_faults owner to :OWNER;
comment on view app_private.isolation_faults is 'One row per isolation fault; empty is good. Read it as the owner.';
revoke all on app_private.isolation_faults from public;
