-- Looks at every row of a foreign key that was added "not valid". Where rows lead nowhere, whatever the old database said
-- of its key, they go to quarantine with all rows that refer to them, and the key is valid for the rest.
create or replace function rowhouse.validate_foreign_key(plan text, child regclass, foreign_key name) returns bigint
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  one record;
  current_turn integer := 0;
  found bigint;
  marked bigint := 0;
  gone bigint;
begin
  begin
    execute format('alter table %s validate constraint %I', child, foreign_key);
    return 0;
  exception when foreign_key_violation then null;
  end;

  -- Keys are validated side by side, and a row may lead nowhere by two of them.
  lock table rowhouse.strays in exclusive mode;
  select f.confrelid::regclass as parent, r.* into strict one
  from pg_constraint f cross join rowhouse.reference_text(f.oid) r
  where f.conrelid = child and f.conname = foreign_key and f.contype = 'f';
  execute format('insert into rowhouse.strays select %L::regclass, c.ctid, %L, 0 from %s c where %s and not exists (select from %s p where %s)',
    child, foreign_key, child, one.present, one.parent, one.matches);
  get diagnostics found = row_count;

  -- What refers to a row that goes, goes with it; through circles too.
  while found > 0 loop
    marked := marked + found;
    found := 0;
    for one in
      select f.conname, f.conrelid::regclass as relation, f.confrelid::regclass as parent, r.*
      from pg_constraint f cross join rowhouse.reference_text(f.oid) r
      where f.contype = 'f' and coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true)
        and f.confrelid in (select s.relation from rowhouse.strays s where s.turn = current_turn)
      order by f.conrelid::regclass::text, f.conname
    loop
      if one.relation = one.parent then
        -- A key to its own table all the way: a chain of rows, each referring to the one before, has as many turns as rows.
        execute format('insert into rowhouse.strays
          with recursive following (place) as (
            select s.place from rowhouse.strays s where s.relation = %1$L::regclass and s.turn = %2$s
            union
            select c.ctid from following join %1$s p on p.ctid = following.place join %1$s c on %3$s
          )
          select %1$L::regclass, place, %4$L, %2$s + 1 from following on conflict do nothing',
          one.parent, current_turn, one.matches, one.conname);
      else
        execute format('insert into rowhouse.strays
          select %L::regclass, c.ctid, %L, %s from rowhouse.strays s join %s p on p.ctid = s.place join %s c on %s
          where s.relation = %L::regclass and s.turn = %s on conflict do nothing',
          one.relation, one.conname, current_turn + 1, one.parent, one.relation, one.matches, one.parent, current_turn);
      end if;
      get diagnostics gone = row_count;
      found := found + gone;
    end loop;
    current_turn := current_turn + 1;
  end loop;

  -- While this one waited, another key took them away. If not, this says so.
  if marked = 0 then
    execute format('alter table %s validate constraint %I', child, foreign_key);
    return 0;
  end if;

  for one in select s.relation, count(*) as rows from rowhouse.strays s group by s.relation order by s.relation::text loop
    if not exists (
      select from rowhouse.journal j
      where j.plan_id = plan and j.operation = 'create_table' and to_regclass(j.object) = one.relation
    ) then
      raise exception using errcode = 'RH015',
        message = format('%s rows of %s refer to rows that lead nowhere by %s of %s, and that table was there before the plan',
          one.rows, one.relation, foreign_key, child),
        hint = format('Leave the rows where they are: rowhouse cancel, then in the spec: orphans: ''keep'' for the table that became %s.', child);
    end if;
    execute format('insert into %s select c.*, s.foreign_key from rowhouse.strays s join %s c on c.ctid = s.place where s.relation = %L::regclass',
      rowhouse.quarantine_of(plan, one.relation), one.relation, one.relation);
  end loop;

  -- In one statement: no key is looked at before all of them are gone, and nothing is left to cascade to.
  select string_agg(format('gone_%s as (delete from %s c using rowhouse.strays s where s.relation = %L::regclass and s.place = c.ctid returning 1)', at, relation, relation), ', ') as deletes,
    string_agg(format('(select count(*) from gone_%s)', at), ' + ') as counts
  into one
  from (select s.relation, row_number() over () as at from rowhouse.strays s group by s.relation) moved;
  execute format('with %s select %s', one.deletes, one.counts) into gone;
  if gone is distinct from marked then
    raise exception using errcode = '40001', message = format('rows of %s changed while they were put in quarantine', child);
  end if;
  delete from rowhouse.strays;
  set constraints all immediate;
  execute format('alter table %s validate constraint %I', child, foreign_key);
  return marked;
end
$$;
alter function rowhouse.validate_foreign_key(text, regclass, name) owner to :OWNER;
comment on function rowhouse.validate_foreign_key(text, regclass, name) is
  'Validates a foreign key; rows that lead nowhere go to quarantine, with those that refer to them. Returns how many.';
revoke all on function rowhouse.validate_foreign_key(text, regclass, name) from public;
