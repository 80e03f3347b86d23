-- A rule's actions run with the table owner's rights, for whom there is no wall.
create or replace view app_private.check_0016_rule with (security_invoker = true) as
select
  '0016_rule'::text as check_name,
  format('%I.%I', p.schema_name, p.table_name) as object,
  format('rule %I acts with the owner''s rights, past the wall', r.rulename) as detail,
  format('drop rule %I on %I.%I', r.rulename, p.schema_name, p.table_name) as hint
from app_private.protected_tables p
join pg_rewrite r on r.ev_class = to_regclass(format('%I.%I', p.schema_name, p.table_name))
where r.ev_type <> '1';
alter view app_private.check_0016_rule owner to :OWNER;
comment on view app_private.check_0016_rule is 'Rules on protected tables.';
revoke all on app_private.check_0016_rule from public;
