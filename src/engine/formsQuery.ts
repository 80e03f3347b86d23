/**
 * Which tables are written alike: the query of tableForms.ts. Everything that the detailed queries (catalogQueries.ts)
 * tell of a table's columns, constraints and indexes is compared, raw where that is enough: printing each definition
 * takes most of an inspection (20,000 tables: 3.0 of 4.4 s). Nothing is hashed, so nothing can collide. What this query
 * tells apart although it is alike costs time and nothing else.
 *
 * Names of the table's own schema count as alike only where they are where the schema's name is. In printed text that is
 * a reversible replacement (`own`): whoever knows the schema gets the text back, byte by byte.
 */
import { domains, ours, sequences } from './catalogQueries.ts'
import { distinctOptions, isTuned } from './tuning.ts'

/** What stands in front of an object of the table's own schema becomes a mark; the mark itself is doubled first. */
const own = (text: string) => `replace(${marked(text)}, own.prefix, E'\\001\\002')`
const marked = (text: string) => `replace(${text}, E'\\001', E'\\001\\001')`
const atStart = (name: string) =>
  `case when starts_with(${name}, own.prefix) then E'\\001' || substr(${name}, length(own.prefix) + 1) else ${name} end`

const nullsNotDistinct = (major: number) =>
  `${major < 15 ? 'false' : 'i.indnullsnotdistinct'} as indnullsnotdistinct`

/** Before 15 null was never equal to null, before 14 nothing was compressed otherwise. @param major the server's version */
export const formsQuery = (
  major: number,
): string => `${sequences(() => 'true')}, ${domains}, own as materialized (
  select c.oid, c.relname, c.relkind, c.relnamespace, quote_ident(n.nspname) || '.' as prefix
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and ${ours}
), inheriting as (
  select inhrelid as oid from pg_inherits union select inhparent from pg_inherits
), expression as (
  select min(oid) as oid, adbin::text as tree from pg_attrdef group by adbin::text
), printed as materialized (
  -- A default has no columns in it: the same tree is the same text. Printing now() for each table takes 0.3 s.
  select e.tree, ${marked('pg_get_expr(d.adbin, d.adrelid)')} as text from expression e join pg_attrdef d using (oid)
), attribute as (
  select a.attrelid, a.attnum, a.attname, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
    case when base.typnamespace <> own.relnamespace then a.atttypid end as type,
    case when base.typnamespace = own.relnamespace then
      row(nullif(t.typnamespace, own.relnamespace), t.typname, base.typname, base.typtype, under.typname, under.required, t.typtype, t.typcollation, t.typlen)::text
    end as own_type,
    case when a.attgenerated = '' then replace(printed.text, own.prefix, E'\\001\\002')
      else ${own('pg_get_expr(d.adbin, d.adrelid)')} end as expression,
    ${atStart('owned.sequence')} as owned,
    ${atStart('drawn.sequence')} as drawn,
    concat(owned.counting, '/', drawn.counting, '/', case when unchecked.conrelid is not null then 'not null later' end) as more,
    case when ${isTuned(major)} then
      row(nullif(a.attstorage, t.typstorage), ${major < 14 ? 'null' : 'a.attcompression'}, a.attstattarget, ${distinctOptions})::text
    end as tuned,
    said.description
  from own
  join pg_attribute a on a.attrelid = own.oid
  join pg_type t on t.oid = a.atttypid
  join pg_type base on base.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typtype = 'b' then t.typelem else t.oid end
  left join under on under.oid = base.oid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join printed on printed.tree = d.adbin::text and a.attgenerated = ''
  left join owned on owned.relation = a.attrelid and owned.number = a.attnum
  left join drawn on drawn.definition = d.oid
  left join pg_constraint unchecked on unchecked.contype = 'n' and not unchecked.convalidated
    and unchecked.conrelid = a.attrelid and unchecked.conkey[1] = a.attnum
  left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = a.attrelid and said.objsubid = a.attnum
  where a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum
), columns as (
  select attrelid as relation, array_agg(attnum) as a1, array_agg(attname) as a2, array_agg(atttypmod) as a3,
    array_agg(attnotnull) as a4, array_agg(attidentity) as a5, array_agg(attgenerated) as a6, array_agg(attcollation) as a7,
    array_agg(type) as a8, array_agg(own_type) as a9, array_agg(expression) as a10, array_agg(owned) as a11,
    array_agg(drawn) as a12, array_agg(description) as a13, array_agg(more) as a14,
    array_agg(tuned) as a15
  from attribute group by attrelid
), told as materialized (
  -- Of few indexes there is more to tell.
  select x.oid, x.reloptions, said.description
  from pg_class x
  left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = x.oid and said.objsubid = 0
  where x.relkind in ('i', 'I') and (x.reloptions is not null or said.description is not null)
), "constraint" as (
  select k.conrelid as relation, k.conname, k.contype, k.conkey::text as key, k.conpfeqop::text as equals, k.condeferrable, k.condeferred, k.convalidated,
    nullif(fc.relnamespace, own.relnamespace) as elsewhere,
    -- A plain key is its columns and what its index says of them.
    i.indnkeyatts, i.indkey::text as indkey, ${nullsNotDistinct(major)},
    case when i.indexrelid is null then ${own('pg_get_constraintdef(k.oid)')} end as definition,
    case when num_nonnulls(said.description, told.oid) > 0 then
      row(said.description, told.description, told.reloptions)::text end as remarks
  from own
  join pg_constraint k on k.conrelid = own.oid
  left join pg_class fc on fc.oid = k.confrelid
  left join pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u') and k.conexclop is null
  left join told on told.oid = k.conindid and k.contype in ('p', 'u', 'x')
  left join pg_description said on said.classoid = 'pg_constraint'::regclass and said.objoid = k.oid and said.objsubid = 0
  where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conislocal
  order by k.conrelid, k.contype, k.conname
), constraints as (
  select relation, array_agg(conname) as b1, array_agg(contype) as b2, array_agg(key) as b3, array_agg(condeferrable) as b4,
    array_agg(condeferred) as b5, array_agg(convalidated) as b6, array_agg(elsewhere) as b7, array_agg(definition) as b8,
    array_agg(indnkeyatts) as b9, array_agg(indkey) as b10, array_agg(indnullsnotdistinct) as b11, array_agg(equals) as b12,
    array_agg(remarks) as b13
  from "constraint" group by relation
), optioned as (
  select attrelid, string_agg(attnum || ':' || attstattarget, ' ' order by attnum) filter (where attstattarget >= 0) as statistics
  from pg_attribute where attnum > 0 and (attoptions is not null or attstattarget >= 0) group by attrelid
), index as (
  select i.indrelid as relation, x.relname, x.relkind, x.relam, i.indisunique, ${nullsNotDistinct(major)}, i.indnkeyatts,
    concat_ws('/', i.indkey, i.indclass, i.indcollation, i.indoption) as columns, x.reloptions::text as options,
    -- Plain columns are told by the fields before; the same condition as "head" in indexesQuery.
    case when i.indexprs is not null or i.indpred is not null or x.relkind <> 'i' or o.attrelid is not null
      then ${own('pg_get_indexdef(i.indexrelid)')} end as definition,
    told.description, o.statistics
  from own
  join pg_index i on i.indrelid = own.oid
  join pg_class x on x.oid = i.indexrelid
  left join optioned o on o.attrelid = i.indexrelid
  left join told on told.oid = i.indexrelid
  where i.indisvalid and i.indisready
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by i.indrelid, x.relname
), indexes as (
  select relation, array_agg(relname) as c1, array_agg(relkind) as c2, array_agg(relam) as c3, array_agg(indisunique) as c4,
    array_agg(indnullsnotdistinct) as c5, array_agg(indnkeyatts) as c6, array_agg(columns) as c7, array_agg(options) as c8,
    array_agg(definition) as c9, array_agg(description) as c10, array_agg(statistics) as c11
  from index group by relation
)
select min(own.oid::int8::float8) as representative, array_agg(own.oid::int8::float8) as relations
from own
left join inheriting on inheriting.oid = own.oid
left join columns on columns.relation = own.oid
left join constraints on constraints.relation = own.oid
left join indexes on indexes.relation = own.oid
group by own.relname, own.relkind, inheriting.oid is null,
  a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, b1, b2, b3, b4, b5, b6, b7, b8,
  b9, b10, b11, b12, b13, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11`
