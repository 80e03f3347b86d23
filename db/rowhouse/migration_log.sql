-- The journal as people read it: what was done, what was started, and what failed.
create or replace view :CORE_SCHEMA.migration_log with (security_invoker = true) as
select
  j.plan_id as plan,
  j.phase,
  j.operation || coalesce(' ' || j.object, '') as operation,
  'done'::text as status,
  j.details,
  j.rows,
  j.created_at
from rowhouse.journal j
union all
select
  a.plan_id,
  a.phase,
  a.operation || coalesce(' ' || a.object, ''),
  a.status,
  a.details,
  null,
  a.created_at
from rowhouse.attempts a;
alter view :CORE_SCHEMA.migration_log owner to :OWNER;
comment on view :CORE_SCHEMA.migration_log is E'@behavior -*\nWhat was done to this database, step by step.';
revoke all on :CORE_SCHEMA.migration_log from public, :VISITOR;
