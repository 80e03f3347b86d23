-- Every table with a scope column: those that stand behind a wall, and those that are on their way. And what the
-- catalog proves of each, so that nobody counts what a constraint holds.
create or replace function rowhouse.scoped_relations()
  returns table (
    name text,
    -- Null: the table is gone.
    relation regclass,
    scope_column text,
    -- Not null, and a validated foreign key leads to organizations.
    is_bound boolean,
    has_led_index boolean,
    -- Secondary indexes without a counterpart that is led by the scope column.
    indexes_behind text[],
    has_wall boolean
  )
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  with listed as (
    select schema_name, table_name, scope_column from rowhouse.scoped_tables
    union
    -- The core's own are the core's business.
    select schema_name, table_name, scope_column from app_private.protected_tables where not grants_by_hand
  ), placed as (
    select format('%I.%I', l.schema_name, l.table_name) as name,
      to_regclass(format('%I.%I', l.schema_name, l.table_name)) as relation, l.scope_column, a.attnum, a.attnotnull
    from listed l
    left join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', l.schema_name, l.table_name))
      and a.attname = l.scope_column and not a.attisdropped
  )
  select p.name, p.relation, p.scope_column,
    coalesce(p.attnotnull, false) and exists (
      select from pg_constraint c
      where c.conrelid = p.relation and c.contype = 'f' and c.convalidated and c.conkey = array[p.attnum]
        and c.confrelid = ':CORE_SCHEMA.organizations'::regclass
    ),
    exists (select from pg_index i where i.indrelid = p.relation and i.indisvalid and i.indkey[0] = p.attnum),
    array(
      select x.relname::text from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
      where i.indrelid = p.relation and m.amname = 'btree' and not i.indisprimary and i.indkey[0] <> p.attnum
        and not exists (
          select from pg_index led
          where led.indrelid = p.relation and led.indisvalid and led.indkey[0] = p.attnum
            and (led.indkey::int2[])[1:i.indnkeyatts] = (i.indkey::int2[])[0:i.indnkeyatts - 1]
        )
      order by 1
    ),
    p.relation is not null and coalesce((select c.relrowsecurity from pg_class c where c.oid = p.relation), false)
      and app_private.has_wall(p.relation, p.scope_column)
  from placed p
  order by 1
$$;
alter function rowhouse.scoped_relations() owner to :OWNER;
comment on function rowhouse.scoped_relations() is 'Tables with a scope column, and what the catalog proves of each.';
revoke all on function rowhouse.scoped_relations() from public;
