-- A foreign key as conditions on c, its row, and p, the row that it leads to, by the operators that the key itself uses, and
-- where collations differ by that of the row that it leads to, as the key does.
create or replace function rowhouse.reference_text(foreign_key oid, out present text, out matches text)
  language sql stable strict set search_path to pg_catalog, pg_temp
as $$
  select string_agg(format('c.%I is not null', own.attname), ' and ' order by part.at),
    string_agg(
      format('p.%I operator(%I.%s) c.%I', their.attname, n.nspname, o.oprname, own.attname)
        || case when own.attcollation <> their.attcollation and their.attcollation <> 0 then format(' collate %s', their.attcollation::regcollation) else '' end,
      ' and ' order by part.at)
  from pg_constraint f
  cross join unnest(f.conkey, f.confkey, f.conpfeqop) with ordinality as part (here, there, equals, at)
  join pg_attribute own on own.attrelid = f.conrelid and own.attnum = part.here
  join pg_attribute their on their.attrelid = f.confrelid and their.attnum = part.there
  join pg_operator o on o.oid = part.equals
  join pg_namespace n on n.oid = o.oprnamespace
  where f.oid = foreign_key
$$;
alter function rowhouse.reference_text(oid) owner to :OWNER;
comment on function rowhouse.reference_text(oid) is 'A foreign key as conditions on its row (c) and the row that it leads to (p).';
revoke all on function rowhouse.reference_text(oid) from public;
