-- Is everything that carries a scope column whole? One row per check; `verify` runs it, and a DBA may at any time. It
-- reads every organization's rows, and so it is the owner's alone.
create or replace function :CORE_SCHEMA.validate_client_data_integrity()
  returns table (check_name text, ok boolean, faults bigint, details text)
  language plpgsql stable set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
  found bigint;
begin
  check_name := 'rows_scoped'; faults := 0; details := null;
  for one in select * from rowhouse.scoped_relations() r where not r.is_bound loop
    found := 1;
    if one.relation is not null then
      execute format('select count(*) from %s t where not exists (select from :CORE_SCHEMA.organizations o where o.id = t.%I)',
        one.relation, one.scope_column) into found;
    end if;
    faults := faults + found;
    details := concat_ws('; ', details, case
      when one.relation is null then one.name || ' is gone'
      when found > 0 then format('%s: %s rows without an organization', one.name, found)
      else one.name || ': the key to organizations is not validated yet' end);
  end loop;
  ok := faults = 0; details := coalesce(details, 'every row has an organization'); return next;

  select 'references_inside', coalesce(sum(f.faults), 0) = 0, coalesce(sum(f.faults), 0),
      coalesce(string_agg(format('%s: %s rows', f.reference, f.faults), '; '), 'no row refers to another organization''s')
    into check_name, ok, faults, details
  from rowhouse.reference_faults() f;
  return next;

  select 'indexes_led', count(*) = 0, count(*),
      coalesce('not led by the scope column: ' || string_agg(
        r.name || case when r.has_led_index then ' ' || array_to_string(r.indexes_behind, ', ') else '' end, '; '),
        'every secondary index has one that is led by the scope column')
    into check_name, ok, faults, details
  from rowhouse.scoped_relations() r where r.relation is not null and (not r.has_led_index or r.indexes_behind <> '{}');
  return next;

  select 'policies_in_force', count(*) = 0, count(*),
      coalesce('no wall around ' || string_agg(r.name, ', '), 'every table stands behind its wall')
    into check_name, ok, faults, details
  from rowhouse.scoped_relations() r where r.relation is not null and not r.has_wall;
  return next;
end
$$;
alter function :CORE_SCHEMA.validate_client_data_integrity() owner to :OWNER;
comment on function :CORE_SCHEMA.validate_client_data_integrity() is
  E'@behavior -*\nOne row per check: every row scoped, references inside one organization, indexes led, policies in force.';
revoke all on function :CORE_SCHEMA.validate_client_data_integrity() from public;
