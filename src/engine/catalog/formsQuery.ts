/**
 * What tables are made of, in words: the queries of tableForms.ts. A word is a column, a constraint or an index with
 * everything that the detailed queries (catalogQueries.ts) tell of it, raw where that is enough: printing each definition
 * takes most of an inspection (20,000 tables: 3.0 of 4.4 s). Each row has the tables that have the word; tables of the
 * same words are written alike. Nothing is hashed, so nothing can collide. What these queries tell apart although it is
 * alike costs time and nothing else. Grouping words, of which there are few, and not tables, which would have to be put
 * together first, takes a third less (20,000 tables: 3.1 and 2.0 s).
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

/** The tables. */
const owns = `own as (
  select c.oid, c.relnamespace, quote_ident(n.nspname) || '.' as prefix
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and ${ours}
)`

/** Of few indexes there is more to tell. */
const told = `told as materialized (
  select x.oid, x.reloptions, said.description
  from pg_class x
  left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = x.oid and said.objsubid = 0
  where x.relkind in ('i', 'I') and (x.reloptions is not null or said.description is not null)
)`

/** @param word SQL with a column `relation`; its other columns tell the word */
const grouped = (word: string, told: readonly string[]) => `
select string_agg(relation::text, ' ') as relations from (${word}) word group by ${told.join(', ')}`

/**
 * One row for each word: its tables' ids, separated by blanks. Before 15 null was never equal to null, before 14 nothing
 * was compressed otherwise.
 * @param major the server's version
 */
export const wordQueries = (major: number): readonly string[] => [
  `${sequences(() => 'true')}, ${domains}, ${owns}, expression as (
  select min(oid) as oid, adbin::text as tree from pg_attrdef group by adbin::text
), printed as materialized (
  -- A default has no columns in it: the same tree is the same text. Printing now() for each table takes 0.3 s.
  select e.tree, ${marked('pg_get_expr(d.adbin, d.adrelid)')} as text from expression e join pg_attrdef d using (oid)
)${grouped(
    `
  select a.attrelid as relation, a.attnum, a.attname, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
    case when base.typnamespace <> own.relnamespace then a.atttypid end as type,
    case when base.typnamespace = own.relnamespace then
      row(nullif(t.typnamespace, own.relnamespace), t.typname, base.typname, base.typtype, under.typname, under.required, t.typtype, t.typcollation, t.typlen)::text
    end as own_type,
    case when a.attgenerated = '' then replace(printed.text, own.prefix, E'\\001\\002')
      else ${own('pg_get_expr(d.adbin, d.adrelid)')} end as expression,
    ${atStart('owned.sequence')} as owned,
    ${atStart('drawn.sequence')} as drawn,
    owned.counting as owned_counting, drawn.counting as drawn_counting,
    unchecked.conrelid is not null as not_null_later,
    case when ${isTuned(major)} then
      row(nullif(a.attstorage, t.typstorage), ${major < 14 ? 'null' : 'a.attcompression'}, a.attstattarget, ${distinctOptions})::text
    end as tuned,
    said.description
  from own
  join pg_attribute a on a.attrelid = own.oid
  join pg_type t on t.oid = a.atttypid
  join pg_type base on base.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typtype = 'b' then t.typelem else t.oid end
  left join under on under.oid = base.oid
  -- Most columns have nothing of this: null finds nothing, at once.
  left join pg_attrdef d on d.adrelid = case when a.atthasdef then a.attrelid end and d.adnum = a.attnum
  left join printed on printed.tree = case when a.attgenerated = '' then d.adbin::text end
  left join owned on owned.relation = case when a.atthasdef or a.attidentity <> '' then a.attrelid end and owned.number = a.attnum
  left join drawn on drawn.definition = d.oid
  left join pg_constraint unchecked on unchecked.contype = 'n' and not unchecked.convalidated
    and unchecked.conrelid = a.attrelid and unchecked.conkey[1] = a.attnum
  left join pg_description said on said.classoid = 'pg_class'::regclass and said.objoid = a.attrelid and said.objsubid = a.attnum
  where a.attnum > 0 and not a.attisdropped`,
    `attnum attname atttypmod attnotnull attidentity attgenerated attcollation type own_type expression owned drawn
    owned_counting drawn_counting not_null_later tuned description`.split(/\s+/),
  )}`,
  `with ${owns}, ${told}${grouped(
    `
  select k.conrelid as relation, k.conname, k.contype, k.conkey::text as key, k.conpfeqop::text as equals, k.condeferrable, k.condeferred, k.convalidated,
    nullif(fc.relnamespace, own.relnamespace) as elsewhere,
    -- A plain key is its columns and what its index says of them.
    i.indnkeyatts, i.indkey::text as indkey, ${nullsNotDistinct(major)},
    case when i.indexrelid is null then ${own('pg_get_constraintdef(k.oid)')} end as definition,
    case when num_nonnulls(said.description, told.oid) > 0 then
      row(said.description, told.description, told.reloptions)::text end as remarks
  from own
  join pg_constraint k on k.conrelid = own.oid
  left join pg_class fc on fc.oid = k.confrelid and fc.relkind in ('r', 'p')
  left join pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u') and k.conexclop is null
  left join told on told.oid = k.conindid and k.contype in ('p', 'u', 'x')
  left join pg_description said on said.classoid = 'pg_constraint'::regclass and said.objoid = k.oid and said.objsubid = 0
  where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conislocal`,
    `conname contype key equals condeferrable condeferred convalidated elsewhere indnkeyatts indkey indnullsnotdistinct
    definition remarks`.split(/\s+/),
  )}`,
  `with ${owns}, ${told}, optioned as (
  select attrelid, string_agg(attnum || ':' || attstattarget, ' ' order by attnum) filter (where attstattarget >= 0) as statistics
  from pg_attribute where attnum > 0 and (attoptions is not null or attstattarget >= 0) group by attrelid
)${grouped(
    `
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
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`,
    `relname relkind relam indisunique indnullsnotdistinct indnkeyatts columns options definition description statistics`.split(
      /\s+/,
    ),
  )}`,
]
