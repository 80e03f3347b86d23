-- A key that leaves the scope column out: two tenants would collide in it, and learn of each other from its conflicts.
-- A foreign key that does: a row could point at another tenant's, and a refusal would tell whether that exists.
-- Only where a tenant can write what the key is made of: a number that the database gives out meets no other. And not
-- where somebody decided it, and told protect(): a key that is unique over all organizations says so of each row.
create or replace view app_private.check_0011_key_without_scope with (security_invoker = true) as
select
  '0011_key_without_scope'::text as check_name,
  format('%I.%I %I', k.schema_name, k.table_name, k.name) as object,
  format('%s does not contain %I', k.definition, k.scope_column) as detail,
  case when k.is_constraint
    then format('alter table %I.%I drop constraint %I -- and add it again, led by %I', k.schema_name, k.table_name, k.name, k.scope_column)
    else format('drop index %I.%I -- and create it again, led by %I', k.schema_name, k.name, k.scope_column)
  end as hint
from (
  -- Unique indexes, whether a constraint made them or not.
  select p.schema_name, p.table_name, p.scope_column, i.indrelid as relation, x.relname as name, true as is_key,
    exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')) as is_constraint,
    pg_get_indexdef(i.indexrelid) as definition, i.indkey::int2[] as columns
  from app_private.protected_tables p
  join pg_index i on i.indrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and (i.indisunique or i.indisexclusion)
  join pg_class x on x.oid = i.indexrelid
  join pg_attribute a on a.attrelid = i.indrelid and a.attname = p.scope_column and not a.attisdropped
  -- Columns that are only included take no part in the key.
  where not a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) and not x.relname = any (p.global_keys)
  union all
  select p.schema_name, p.table_name, p.scope_column, f.conrelid, f.conname, false, true, pg_get_constraintdef(f.oid), f.conkey
  from app_private.protected_tables p
  join pg_constraint f on f.conrelid = to_regclass(format('%I.%I', p.schema_name, p.table_name)) and f.contype = 'f'
  join app_private.protected_tables o on f.confrelid = to_regclass(format('%I.%I', o.schema_name, o.table_name))
  join pg_attribute s on s.attrelid = f.conrelid and s.attname = p.scope_column and not s.attisdropped
  where not exists (
    -- The scope columns of both must be compared with each other.
    select from unnest(f.conkey, f.confkey) as pair (here, there)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = pair.here and a.attname = p.scope_column
    join pg_attribute b on b.attrelid = f.confrelid and b.attnum = pair.there and b.attname = o.scope_column
  )
) k
where exists (
  select from unnest(k.columns) as number
  left join pg_attribute a on a.attrelid = k.relation and a.attnum = number
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where case
    -- An expression: any column may be in it.
    when number = 0 then has_any_column_privilege(':VISITOR', k.relation, 'insert, update')
    when has_column_privilege(':VISITOR', k.relation, number, 'update') then true
    when not has_any_column_privilege(':VISITOR', k.relation, 'insert') then false
    -- Left out, a number is a new one; any other default may be a value that is there.
    else not k.is_key or has_column_privilege(':VISITOR', k.relation, number, 'insert')
      or not (a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false))
  end
);
alter view app_private.check_0011_key_without_scope owner to :OWNER;
comment on view app_private.check_0011_key_without_scope is 'Unique indexes and foreign keys of protected tables that do not contain the scope column.';
revoke all on app_private.check_0011_key_without_scope from public;
