-- The place beside a table where its rows that lead nowhere stand, made where it is missing: the same columns without any
-- rule, for nobody but the owner, whatever rights new tables are given, and whoever is given some later sees none of it. A
-- schema that somebody else made is never used.
create or replace function rowhouse.quarantine_of(plan text, relation regclass) returns regclass
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  home text;
  stem text;
  short text;
  own record;
  other record;
  columns text;
  reason name := 'rowhouse_foreign_key';
  made regclass;
begin
  select to_regclass(format('%I.%I', q.schema_name, q.name)) into made
  from rowhouse.quarantines q where q.plan_id = plan and to_regclass(q.table_name) = relation;
  if made is not null then return made; end if;

  select n.nspname::text as schema, c.relname::text as name, c.relowner::regrole as owner into own
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;
  stem := own.schema;
  -- A name has 63 bytes.
  while octet_length(stem) > 49 loop stem := left(stem, -1); end loop;
  for counted in 1 .. 999 loop
    home := stem || '_quarantine' || case counted when 1 then '' else '_' || counted end;
    exit when to_regnamespace(quote_ident(home)) is null or exists (select from rowhouse.quarantines q where q.schema_name = home);
  end loop;
  stem := own.name;
  while octet_length(stem) > 59 loop stem := left(stem, -1); end loop;
  for counted in 1 .. 999 loop
    short := case counted when 1 then own.name else stem || '_' || counted end;
    exit when to_regclass(format('%I.%I', home, short)) is null and to_regtype(format('%I.%I', home, short)) is null;
  end loop;

  if to_regnamespace(quote_ident(home)) is null then
    execute format('create schema %I', home);
    execute format('alter schema %I owner to %s', home, own.owner);
    for other in
      select coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as name
      from pg_namespace n cross join aclexplode(n.nspacl) a where n.nspname = home and a.grantee <> n.nspowner group by 1
    loop
      execute format('revoke all on schema %I from %s', home, other.name);
    end loop;
    execute format('comment on schema %I is %L', home, format('Rows of %I whose foreign key leads nowhere, beside the tables that they are of.', own.schema));
  end if;
  execute format('create table %I.%I (like %s)', home, short, relation);
  made := format('%I.%I', home, short)::regclass;
  while exists (select from pg_attribute a where a.attrelid = relation and a.attname = reason and not a.attisdropped) loop
    reason := reason || '_';
  end loop;
  execute format('alter table %s add column %I name', made, reason);
  execute format('alter table %s owner to %s', made, own.owner);
  for other in
    select coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as name
    from pg_class c cross join aclexplode(c.relacl) a where c.oid = made and a.grantee <> c.relowner group by 1
  loop
    execute format('revoke all on %s from %s', made, other.name);
  end loop;
  execute format('alter table %s enable row level security', made);
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns
  from pg_attribute a where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
  execute format('comment on table %s is %L', made, format(
    'Rows of %s that lead nowhere by the foreign key that %I names, or refer to rows that do. Once mended, back: with mended as (delete from %s where true returning *) insert into %s (%s) overriding system value select %s from mended',
    relation, reason, made, relation, columns, columns));
  insert into rowhouse.quarantines (plan_id, table_name, schema_name, name, reason_column)
  values (plan, format('%I.%I', own.schema, own.name), home, short, reason);
  return made;
end
$$;
alter function rowhouse.quarantine_of(text, regclass) owner to :OWNER;
comment on function rowhouse.quarantine_of(text, regclass) is 'Where rows of a table that lead nowhere stand; made where it is missing.';
revoke all on function rowhouse.quarantine_of(text, regclass) from public;
