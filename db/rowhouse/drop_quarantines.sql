-- What a plan put beside its tables goes when the plan is undone: the rows are still in the old schemas. A schema in which
-- somebody put something else stays.
create or replace function rowhouse.drop_quarantines(plan text) returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in delete from rowhouse.quarantines q where q.plan_id = plan returning q.schema_name, q.name, q.reason_column loop
    -- What somebody else put in its place is theirs.
    if exists (
      select from pg_attribute a where a.attrelid = to_regclass(format('%I.%I', one.schema_name, one.name)) and a.attname = one.reason_column
    ) then
      execute format('drop table %I.%I', one.schema_name, one.name);
    end if;
    begin
      execute format('drop schema if exists %I', one.schema_name);
    exception when dependent_objects_still_exist then null;
    end;
  end loop;
end
$$;
alter function rowhouse.drop_quarantines(text) owner to :OWNER;
comment on function rowhouse.drop_quarantines(text) is 'Drops the quarantines of a plan that is undone.';
revoke all on function rowhouse.drop_quarantines(text) from public;
