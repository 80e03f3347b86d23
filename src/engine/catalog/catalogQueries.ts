/**
 * The bulk queries of catalog.ts and tableForms.ts. Column names are the fields of their types. Where nothing else is said,
 * $1 are the tables that details are told of.
 */
import { tuned } from './tuning.ts'

/** SQL: the schema n is not Postgres' own. */
export const ours = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'`

/** SQL: the object is no extension's. @param id SQL, its number in the catalog */
export const notExtension = (catalog: string, id: string) =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${id} and e.deptype = 'e')`

export const serverQuery = `
select
  current_setting('server_version_num')::int as version,
  current_database()::text as database,
  session_user::text as "user",
  r.rolsuper as "isSuperuser",
  r.rolsuper or r.rolcreaterole as "mayCreateRoles",
  has_database_privilege(current_database(), 'create') as "mayCreateSchemas",
  pg_encoding_to_char(d.encoding)::text as encoding,
  (select coalesce(array_agg(extname::text order by extname), '{}') from pg_extension) as extensions,
  coalesce((select enumvals from pg_settings where name = 'default_toast_compression'), '{}') as compressions,
  (select array_agg(rolname::text order by rolname) from pg_roles) as roles,
  (select array_agg(rolname::text order by rolname) from pg_roles where pg_has_role(session_user, oid, 'usage')) as "memberOf",
  (select coalesce(array_agg(nspname::text order by nspname), '{}') from pg_namespace n where ${ours}) as schemas,
  (select coalesce(json_object_agg(nspname, pg_get_userbyid(nspowner)), '{}') from pg_namespace n where ${ours}) as "schemaOwners"
from pg_roles r, pg_database d
where r.rolname = session_user and d.datname = current_database()`

export const tablesQuery = `
select
  c.oid::int8::float8 as relation,
  n.nspname::text as schema,
  quote_ident(n.nspname) || '.' as prefix,
  c.relname::text as name,
  case c.relkind when 'r' then 'table' when 'p' then 'partitioned' else 'foreign' end as kind,
  pg_get_userbyid(c.relowner)::text as owner,
  -- Before 14 a table that was never analyzed had no rows and no pages.
  case when c.reltuples = 0 and c.relpages = 0 and current_setting('server_version_num')::int < 140000 then -1
    else c.reltuples end::float8 as rows,
  -- As of the last vacuum or analyze; asking the file system takes a system call for each of a relation's files.
  case when c.relpages > 0 then (c.relpages + coalesce(toast.relpages, 0)) * current_setting('block_size')::float8
    else pg_table_size(c.oid)::float8 end as bytes,
  c.relispartition and up.namespace = c.relnamespace as partition,
  c.relispartition and up.namespace <> c.relnamespace as "partitionElsewhere",
  c.relrowsecurity as "rowSecurity",
  c.relpersistence = 'u' as unlogged,
  exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as inherits,
  case when not c.relispartition then up.inhparent::int8::float8 end as "inheritedFrom",
  case when up.inhparent is null or c.relispartition then false
    else c.relkind = 'r' and up.relkind = 'r' and up.namespace = c.relnamespace
      and not exists (select from pg_inherits i where i.inhrelid = c.oid and i.inhparent <> up.inhparent)
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attinhcount = 0)
      and not exists (select from pg_constraint k where k.contype = 'f' and k.confrelid = c.oid)
  end as "isPart",
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not (current_setting('is_superuser') = 'off' and exists (
    select from pg_depend d join pg_class s on s.oid = d.objid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
      and d.deptype in ('a', 'i') and case when s.relkind = 'S' then not has_sequence_privilege(s.oid, 'select') end
  )) as readable,
  said.description as comment,
  case when toast.reloptions is null then c.reloptions
    else coalesce(c.reloptions, '{}') || array(select 'toast.' || o from unnest(toast.reloptions) o) end as options,
  case c.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'using index ' || marked.identity end as "replicaIdentity",
  marked.clustered as "clusteredBy",
  nullif(concat_ws(', ', space.spcname, lying.spaces), '') as tablespaces,
  case when c.relkind = 'r' and stored.amname <> 'heap' then stored.amname::text end as "accessMethod"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_class toast on toast.oid = c.reltoastrelid and toast.relkind = 't'
left join pg_am stored on stored.oid = c.relam
left join pg_tablespace space on space.oid = c.reltablespace
left join (
  select i.indrelid, max(quote_ident(x.relname)) filter (where i.indisclustered) as clustered,
    max(quote_ident(x.relname)) filter (where i.indisreplident and not i.indisprimary) as identity
  from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indisclustered or i.indisreplident
  group by i.indrelid
) marked on marked.indrelid = c.oid
left join (
  select i.indrelid, string_agg(distinct s.spcname, ', ') as spaces
  from pg_tablespace s join pg_class x on x.reltablespace = s.oid join pg_index i on i.indexrelid = x.oid
  where x.reltablespace <> 0
  group by i.indrelid
) lying on lying.indrelid = c.oid
left join (
  select inhrelid, inhparent, (select p.relnamespace from pg_class p where p.oid = inhparent) as namespace,
    (select p.relkind from pg_class p where p.oid = inhparent) as relkind
  from pg_inherits where inhseqno = 1
) up on up.inhrelid = c.oid
left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = c.oid and said.objsubid = 0
where c.relkind in ('r', 'p', 'f') and ${ours} and ${notExtension('pg_class', 'c.oid')}
order by n.nspname, c.relname`

const wanted = (id: string) => `${id} = any ($1::oid[])`

/** Sequences that a column owns, and those that its default draws from, with their names. */
const sequences = `with recursive sequence as (
  select d.refobjid as relation, d.refobjsubid as number, d.objid as sequence, true as owned
  from pg_depend d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and ${wanted('d.refobjid')}
  union all
  select v.adrelid, v.adnum, d.refobjid, false
  from pg_attrdef v join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = v.oid and d.refclassid = 'pg_class'::regclass
  where ${wanted('v.adrelid')}
), numbering as (
  select relation, number, owned, min(quote_ident(n.nspname) || '.' || quote_ident(s.relname)) as sequence,
    min(case when q.seqincrement <> 1 or q.seqcycle then format('by %s from %s to %s%s', q.seqincrement, q.seqmin, q.seqmax,
      case when q.seqcycle then ', and begins anew' end) end) as counting
  from sequence d join pg_sequence q on q.seqrelid = d.sequence
  join pg_class s on s.oid = q.seqrelid join pg_namespace n on n.oid = s.relnamespace
  group by relation, number, owned
)`

/** Each domain with what it is over in the end. */
export const domains = `domain as (
  select oid, typbasetype as root, typnotnull as required from pg_type where typtype = 'd'
  union all
  select d.oid, u.typbasetype, d.required or u.typnotnull from domain d join pg_type u on u.oid = d.root and u.typtype = 'd'
), under as (
  select d.oid, u.typname, u.typnamespace, d.required from domain d join pg_type u on u.oid = d.root and u.typtype <> 'd'
)`

/** @param major the server's version, 12 or later */
export const columnsQuery = (major: number) => `
${sequences}, ${domains}
select
  a.attrelid::int8::float8 as relation,
  a.attnum as number,
  a.attname::text as name,
  format_type(a.atttypid, a.atttypmod) as type,
  case when base_schema.nspname = 'pg_catalog' then null else base_schema.nspname::text end as "typeSchema",
  a.attnotnull and unchecked.conrelid is null as "notNull",
  a.attnotnull and unchecked.conrelid is not null as "notNullUnchecked",
  a.attgenerated = 'v' as virtual,
  t.typtype = 'd' and coalesce(under.required, false) as required,
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as default,
  case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
  a.attidentity = '' and a.attgenerated = '' and owned.sequence is not null
    and coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as serial,
  case when a.attidentity <> '' then owned.sequence when a.attgenerated = '' then drawn.sequence end as sequence,
  case when a.attidentity <> '' then owned.counting when a.attgenerated = '' then drawn.counting end as counting,
  case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as generated,
  case when a.attcollation <> t.typcollation then quote_ident(coll_schema.nspname) || '.' || quote_ident(coll.collname) end as collation,
  -- A domain is what it is over. What somebody called as a type of Postgres' own is none.
  case when coalesce(under.typnamespace, base.typnamespace) <> 'pg_catalog'::regnamespace and exists (
    select from pg_type p where p.typnamespace = 'pg_catalog'::regnamespace and p.typname = coalesce(under.typname, base.typname)
  ) then '.' else '' end || coalesce(under.typname, base.typname) as base,
  said.description as comment,
  ${tuned(major)} as tuned
from pg_attribute a
join pg_type t on t.oid = a.atttypid
join pg_type base on base.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typtype = 'b' then t.typelem else t.oid end
join pg_namespace base_schema on base_schema.oid = base.typnamespace
left join under on under.oid = base.oid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join numbering owned on owned.owned and owned.relation = a.attrelid and owned.number = a.attnum
left join numbering drawn on not drawn.owned and drawn.relation = a.attrelid and drawn.number = a.attnum
left join pg_constraint unchecked on unchecked.contype = 'n' and not unchecked.convalidated
  and unchecked.conrelid = a.attrelid and unchecked.conkey[1] = a.attnum
left join pg_collation coll on coll.oid = a.attcollation
left join pg_namespace coll_schema on coll_schema.oid = coll.collnamespace
left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = a.attrelid and said.objsubid = a.attnum
where ${wanted('a.attrelid')} and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum`

/**
 * Where the first column of a table's primary key parts its rows evenly, as the last analyze saw it: its histogram
 * without both ends. Integers and uuids alone: their order is the same everywhere. Not where the rows lie in another
 * order: reading a range would read all of the table. $1, $2: schemas and names, of few tables.
 */
export const boundsQuery = `
select large.schema, large.name, a.attname::text as column, s.bounds[2:cardinality(s.bounds) - 1] as values
from unnest($1::text[], $2::text[]) as large (schema, name)
join pg_namespace n on n.nspname = large.schema
join pg_class c on c.relnamespace = n.oid and c.relname = large.name
join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
cross join lateral (
  select histogram_bounds::text::text[] as bounds
  from pg_stats
  where schemaname = n.nspname and tablename = c.relname and attname = a.attname and inherited = (c.relkind = 'p')
    and histogram_bounds is not null and abs(correlation) > 0.5
) s
where a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'uuid'::regtype)
order by large.schema, large.name`

const action = (column: string) =>
  `case ${column} when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' else 'no action' end`

/** Columns and operators are numbers here; catalogRows.ts names them. @param major the server's version, 12 or later */
export const constraintsQuery = (major: number) => `
select
  k.conrelid::int8::float8 as relation,
  k.conname::text as name,
  case k.contype when 'p' then 'primary' when 'u' then 'unique' when 'f' then 'foreign' when 'c' then 'check' else 'exclusion' end as type,
  coalesce(k.conkey, '{}') as columns,
  pg_get_constraintdef(k.oid) as definition,
  k.condeferrable as deferrable,
  k.condeferred as deferred,
  k.convalidated as validated,
  case when k.contype = 'f' then json_build_object(
    'schema', fn.nspname,
    'table', fc.relname,
    'relation', k.confrelid::int8,
    'columns', k.confkey,
    'equals', k.conpfeqop::int8[],
    'collations', (
      select json_agg(case when apart then collated end order by at) from (
        select at, r.attcollation <> s.attcollation as apart, format('%I.%I', cn.nspname, coll.collname) as collated
        from unnest(k.conkey, k.confkey) with ordinality as pair (referring, referred, at)
        join pg_attribute s on s.attrelid = k.conrelid and s.attnum = referring
        join pg_attribute r on r.attrelid = k.confrelid and r.attnum = referred
        left join pg_collation coll on coll.oid = r.attcollation
        left join pg_namespace cn on cn.oid = coll.collnamespace
      ) pairs having bool_or(apart)
    ),
    'onDelete', ${action('k.confdeltype')},
    'onUpdate', ${action('k.confupdtype')},
    'onDeleteColumns', ${major < 15 ? "'{}'::int2[]" : "coalesce(k.confdelsetcols, '{}')"},
    'matchFull', k.confmatchtype = 'f'
  ) end as references,
  case when num_nonnulls(said.description, x.reloptions, index_said.description) > 0 then json_strip_nulls(json_build_object(
    'comment', said.description, 'indexComment', index_said.description, 'indexOptions', array_to_string(x.reloptions, ', ')
  )) end as remarks
from pg_constraint k
left join pg_class fc on fc.oid = k.confrelid
left join pg_namespace fn on fn.oid = fc.relnamespace
-- Of a foreign key it would be the index of the table that is referred to.
left join pg_class x on x.oid = k.conindid and k.contype in ('p', 'u', 'x')
left join pg_description said on said.classoid = 'pg_constraint'::regclass and said.objoid = k.oid and said.objsubid = 0
left join pg_description index_said on index_said.classoid = 'pg_class'::regclass and index_said.objoid = x.oid and index_said.objsubid = 0
where ${wanted('k.conrelid')} and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conislocal
order by k.conrelid, k.contype, k.conname`

/** What their foreign keys compare by: few, and named once. */
export const operatorsQuery = `
select o.oid::int8::float8 as number, format('operator(%I.%s)', n.nspname, o.oprname) as name
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
where o.oid in (select unnest(k.conpfeqop) from pg_constraint k where k.contype = 'f' and ${wanted('k.conrelid')})`

/**
 * Indexes that no constraint owns. One that is not valid, as a failed `create index concurrently` leaves it, is none.
 * Columns are numbers, 0 for an expression.
 */
export const indexesQuery = `
select
  i.indrelid::int8::float8 as relation,
  x.relname::text as name,
  i.indisunique as unique,
  am.amname::text as method,
  pg_get_indexdef(i.indexrelid) as definition,
  (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns,
  -- Where it is told by its parts (formsQuery.ts), what comes before the table's name.
  case when i.indexprs is null and i.indpred is null and x.relkind = 'i'
      and not exists (select from pg_attribute o where o.attrelid = i.indexrelid and o.attoptions is not null)
    then format('CREATE %sINDEX %I ON ', case when i.indisunique then 'UNIQUE ' end, x.relname) end as head,
  i.indpred is not null as partial,
  case when num_nonnulls(said.description, looked.statistics) > 0 then json_strip_nulls(json_build_object(
    'comment', said.description, 'statistics', looked.statistics
  )) end as remarks
from pg_index i
join pg_class x on x.oid = i.indexrelid
join pg_am am on am.oid = x.relam
left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = x.oid and said.objsubid = 0
left join lateral (
  select json_agg(json_build_array(attnum, attstattarget) order by attnum) as statistics
  from pg_attribute where attrelid = x.oid and attnum > 0 and attstattarget >= 0
) looked on true
where ${wanted('i.indrelid')} and i.indisvalid and i.indisready
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by i.indrelid, x.relname`
