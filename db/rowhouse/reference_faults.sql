-- Rows that refer to a row of another organization: by foreign keys between scoped tables, and by references that the
-- database does not know but the plan does. A validated key through the scope column proves that there are none.
create or replace function rowhouse.reference_faults() returns table (reference text, faults bigint)
  language plpgsql stable set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
begin
  for one in
    with declared as (
      select c.conrelid as source, c.confrelid as target,
        array(select a.attname::text from unnest(c.conkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.at) as columns,
        array(select a.attname::text from unnest(c.confkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.at) as keys
      from pg_constraint c where c.contype = 'f'
      union
      select to_regclass(r.from_table), to_regclass(r.to_table), r.from_columns, r.to_columns from rowhouse.scoped_references r
    )
    select f.relation as source, t.relation as target, f.scope_column as here, t.scope_column as there, d.columns, d.keys
    from declared d
    join rowhouse.scoped_relations() f on f.relation = d.source
    join rowhouse.scoped_relations() t on t.relation = d.target
    where not f.scope_column = any (d.columns) and not exists (
      select from pg_constraint p
      where p.contype = 'f' and p.convalidated and p.conrelid = f.relation and p.confrelid = t.relation
        and array(select a.attname::text from unnest(p.conkey) with ordinality k (n, at) join pg_attribute a on a.attrelid = p.conrelid and a.attnum = k.n order by k.at)
          = array[f.scope_column] || d.columns
    )
    order by 1, 5
  loop
    reference := format('%s (%s) → %s', one.source, array_to_string(one.columns, ', '), one.target);
    execute format('select count(*) from %s f join %s t on %s where f.%I <> t.%I', one.source, one.target,
      (select string_agg(format('f.%I = t.%I', c, k), ' and ') from unnest(one.columns, one.keys) as pair (c, k)),
      one.here, one.there) into faults;
    if faults > 0 then return next; end if;
  end loop;
end
$$;
alter function rowhouse.reference_faults() owner to :OWNER;
comment on function rowhouse.reference_faults() is 'References that lead from one organization into another, with how many rows.';
revoke all on function rowhouse.reference_faults() from public;
