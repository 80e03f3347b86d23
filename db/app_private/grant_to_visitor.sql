-- What the API may do with a table's columns, worked out afresh from the columns that are there now:
--   select   all but secret columns
--   insert   also without the scope column (its default is the context), generated columns and numbered keys;
--            none at all where a secret column must be given: such a row cannot be made from here
--   update   also without the primary key: a key is in URLs, files and other rows
-- The scope column is in neither list: no statement of a tenant can set or change it.
create or replace function app_private.grant_to_visitor(target regclass, scope_column text, secret_columns text[])
  returns void
  language plpgsql volatile set search_path to pg_catalog, pg_temp
as $$
declare
  readable text;
  insertable text;
  updatable text;
  numbers regclass;
  secret_is_required boolean;
begin
  select
    string_agg(quote_ident(attname), ', ' order by attnum) filter (where not is_secret),
    string_agg(quote_ident(attname), ', ' order by attnum)
      filter (where not (is_secret or is_scope or is_computed or is_numbered)),
    string_agg(quote_ident(attname), ', ' order by attnum)
      filter (where not (is_secret or is_scope or is_computed or is_numbered or is_key)),
    bool_or(is_secret and attnotnull and not atthasdef)
  into readable, insertable, updatable, secret_is_required
  from (
    select a.attname, a.attnum, a.attnotnull, a.atthasdef,
      a.attname = any (secret_columns) as is_secret,
      a.attname = scope_column as is_scope,
      a.attgenerated <> '' as is_computed,
      a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as is_numbered,
      exists (
        select from pg_constraint c where c.conrelid = a.attrelid and c.contype = 'p' and a.attnum = any (c.conkey)
      ) as is_key
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = target and a.attnum > 0 and not a.attisdropped
  ) columns;

  -- Revoking on the table also takes the grants on its columns away.
  execute format('revoke all on table %s from public, :VISITOR', target);
  if readable is not null then execute format('grant select (%s) on table %s to :VISITOR', readable, target); end if;
  if insertable is not null and not secret_is_required then
    execute format('grant insert (%s) on table %s to :VISITOR', insertable, target);
  end if;
  if updatable is not null then execute format('grant update (%s) on table %s to :VISITOR', updatable, target); end if;
  execute format('grant delete on table %s to :VISITOR', target);

  -- A serial column draws its number with the caller's rights; an identity column needs none.
  for numbers in
    select s.oid from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target and d.deptype = 'a'
    order by s.oid
  loop
    execute format('revoke all on sequence %s from public, :VISITOR', numbers);
    execute format('grant usage on sequence %s to :VISITOR', numbers);
  end loop;
end
$$;
alter function app_private.grant_to_visitor(regclass, text, text[]) owner to :OWNER;
comment on function app_private.grant_to_visitor(regclass, text, text[]) is
  'Grants a protected table''s columns to the visitor; run it again (protect does) after adding a column.';
revoke all on function app_private.grant_to_visitor(regclass, text, text[]) from public;
