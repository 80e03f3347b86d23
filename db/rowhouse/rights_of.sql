-- Everybody's rights on a table, its columns and the sequences that number them, as `grant` writes them; all but the
-- owner's, which come with the table. Who passed a right on is not kept.
create or replace function rowhouse.rights_of(target regclass)
  returns table (place text, grantee text, privilege text, columns text, grantable boolean)
  language sql stable set search_path to pg_catalog, pg_temp
as $$
  with places as (
    select c.oid, format('table %s', c.oid::regclass) as place, c.relacl, c.relowner from pg_class c where c.oid = target
    union all
    select s.oid, format('sequence %s', s.oid::regclass), s.relacl, s.relowner
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target
      and d.deptype in ('a', 'i')
  ), given as (
    select p.place, p.relowner, '' as columns, x.* from places p cross join lateral aclexplode(p.relacl) x
    union all
    select p.place, p.relowner, format(' (%I)', a.attname), x.*
    from places p join pg_attribute a on a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped
    cross join lateral aclexplode(a.attacl) x
  )
  select g.place, case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
    lower(g.privilege_type), g.columns, bool_or(g.is_grantable)
  from given g where g.grantee <> g.relowner
  group by 1, 2, 3, 4
  order by 1, 2, 3, 4
$$;
alter function rowhouse.rights_of(regclass) owner to :OWNER;
comment on function rowhouse.rights_of(regclass) is 'Rights on a table, its columns and its sequences, but the owner''s.';
revoke all on function rowhouse.rights_of(regclass) from public;
