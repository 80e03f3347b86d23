/**
 * What tables are made of, in words: the query of tableForms.ts. A word is a column, a default, a key, an index … with
 * what the detailed queries (catalogQueries.ts) tell of it, as Postgres keeps it: printing definitions takes most of an
 * inspection (of 20,000 tables: 3.0 of 4.4 s). Each row has the tables that have the word; tables of the same words are
 * written alike. Nothing is hashed, so nothing can collide. What is told apart although it is alike costs time and
 * nothing else.
 *
 * A word tells what stands in one catalog: what the columns are called that a key has by number, is told by other words of
 * the same table. Joined before they are grouped, words take longer (20,000 tables: 2.0 and 1.4 s).
 *
 * Names of the table's own schema count as alike only where they are where the schema's name is. In printed text that is
 * a reversible replacement (`own`): whoever knows the schema gets the text back, byte by byte.
 */
import { domains } from './catalogQueries.ts'
import { distinctOptions } from './tuning.ts'

/** What stands in front of an object of the table's own schema becomes a mark; the mark itself is doubled first. */
const own = (text: string) => `replace(${marked(text)}, own.prefix, E'\\001\\002')`
const marked = (text: string) => `replace(${text}, E'\\001', E'\\001\\001')`

/** The tables of all schemas, once for all words: who asks knows which are his. */
const owns = `own as materialized (
  select c.oid, c.relname, c.relnamespace, quote_ident(n.nspname) || '.' as prefix
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f')
)`

/**
 * Expressions as Postgres keeps them: between tables of the same columns the same tree is the same text, and is not printed.
 * It is where it `names` what somebody made, by a number (the first is 16384) or as a constant of a type like regclass:
 * each schema may have its own. Before 17 a tree also said where in its statement everything stood.
 * @param tree SQL of a column of the catalog, or of several
 */
const trees = (
  name: string,
  catalog: string,
  tree: string,
  example = 'null::oid',
) => `${name} as materialized (
  select written, example, plain, written like '%{VAR %' as has_columns,
    plain ~ ' :(?!\\w*typmod )\\w+ \\d{5,}| :consttype (24|220[2-6]|3734|3769|4089|4096|4191) ' as names
  from (
    select written, example, regexp_replace(written, ' :location -?\\d+', '', 'g') as plain
    from (select ${tree} as written, min(${example}) as example from ${catalog} group by 1) each
  ) each
)`

/** Words of one catalog. */
type Words = {
  readonly with?: readonly string[]
  /** SQL with a column `relation`. */
  readonly word: string
  /** Its columns that tell the word. */
  readonly told: string
  /** SQL: the table of the same schema that the word is about. */
  readonly referred?: string
}

/** @param major the server's version; compression came with 14 */
function columns(major: number): Words {
  const raw = `attnum, attname, atttypmod, attnotnull, attidentity, attgenerated, attcollation, attstorage, attstattarget${major < 14 ? '' : ', attcompression'}`
  return {
    with: [
      domains,
      `raw as (
  -- What has a type that somebody made is told for each schema, and then once more for all. Not through "own": several
  -- processes may read this.
  select ${raw}, case when attoptions is not null then ${distinctOptions} end as options, atttypid, case when atttypid >= 16384 then relnamespace end as home,
    string_agg(attrelid::text, ' ') as relation
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relkind in ('r', 'p', 'f') and attnum > 0 and not attisdropped
  group by ${raw}, options, atttypid, home
)`,
    ],
    word: `
  select raw.*, case when base.typnamespace = home then
      row(nullif(t.typnamespace, home), t.typname, base.typname, base.typtype, under.typname, nullif(under.typnamespace, home), under.required, t.typtype, t.typcollation, t.typlen, t.typstorage)::text
    end as own_type
  from raw
  left join pg_type t on t.oid = case when home is not null then atttypid end
  left join pg_type base on base.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typtype = 'b' then t.typelem else t.oid end
  left join under on under.oid = base.oid`,
    told: `${raw}, options, own_type, case when own_type is null then atttypid end`,
  }
}

/** Without columns in it a default is printed once for all who have the same tree. */
const defaults: Words = {
  with: [
    trees('default_tree', 'pg_attrdef', 'adbin::text', 'oid'),
    `printed as materialized (
  select tree.written, ${marked('pg_get_expr(d.adbin, 0)')} as text
  from default_tree tree join pg_attrdef d on d.oid = tree.example where tree.names and not tree.has_columns
)`,
  ],
  word: `
  select d.adrelid as relation, d.adnum, case
    when not tree.names then tree.plain
    when tree.has_columns then ${own('pg_get_expr(d.adbin, d.adrelid)')}
    else replace(printed.text, own.prefix, E'\\001\\002') end as text
  from own
  join pg_attrdef d on d.adrelid = own.oid
  join default_tree tree on tree.written = d.adbin::text
  left join printed on printed.written = tree.written`,
  told: 'adnum, text',
}

/** Those that a column owns, and those that its default draws from. */
const sequences: Words = {
  with: [
    `drawn as (
  select d.refobjid as relation, d.refobjsubid as number, d.objid as sequence, 'owned' as how
  from pg_depend d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
  union all
  select v.adrelid, v.adnum, d.refobjid, 'drawn'
  from pg_depend d join pg_attrdef v on v.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
)`,
  ],
  word: `
  select drawn.relation, drawn.number, drawn.how, s.relname, nullif(s.relnamespace, own.relnamespace) as elsewhere,
    case when q.seqincrement <> 1 or q.seqcycle then row(q.seqincrement, q.seqmin, q.seqmax, q.seqcycle)::text end as counting
  from pg_sequence q
  join pg_class s on s.oid = q.seqrelid and s.relkind = 'S'
  join drawn on drawn.sequence = q.seqrelid
  join own on own.oid = drawn.relation`,
  told: 'number, how, relname, counting, elsewhere',
}

/**
 * How the columns are called that a foreign key refers to, is told by the words of that table: `referred` in the same schema.
 * @param major the server's version; columns to set null came with 15, rules that are only written and periods with 18
 */
function rules(major: number): Words {
  const raw = `conname, contype, conkey, confkey, conpfeqop, conexclop, condeferrable, condeferred, convalidated, connoinherit,
    confupdtype, confdeltype, confmatchtype${major < 15 ? '' : ', confdelsetcols'}${major < 18 ? '' : ', conenforced, conperiod'}`
  return {
    with: [trees('rule_tree', "pg_constraint where contype = 'c'", 'conbin::text')],
    word: `
  select conrelid as relation, ${raw},
    case when there.relnamespace = own.relnamespace then there.relname end as there,
    case when there.relnamespace <> own.relnamespace then there.oid end as elsewhere,
    case when tree.names then ${own('pg_get_constraintdef(k.oid)')} else tree.plain end as condition
  from own
  join pg_constraint k on k.conrelid = own.oid
  left join own there on there.oid = k.confrelid
  left join rule_tree tree on tree.written = k.conbin::text
  where contype in ('p', 'u', 'f', 'c', 'x') and conislocal`,
    told: `${raw}, there, elsewhere, condition`,
    referred: 'there',
  }
}

/** Those of keys too. @param major the server's version; before 15 null was never equal to null */
function indexes(major: number): Words {
  const raw = `relkind, relam, indisunique, indnkeyatts${major < 15 ? '' : ', indnullsnotdistinct'}`
  const tree = "nullif(concat_ws(' ', indexprs, indpred), '')"
  return {
    with: [trees('index_tree', `pg_index where ${tree} is not null`, tree)],
    word: `
  select i.indrelid as relation, x.relname, ${raw},
    concat_ws('/', indkey, indclass, indcollation, indoption) as columns, x.reloptions::text as options,
    case when tree.names then ${own('pg_get_indexdef(i.indexrelid)')} else tree.plain end as expressions
  from own
  join pg_index i on i.indrelid = own.oid
  join pg_class x on x.oid = i.indexrelid and x.relkind in ('i', 'I')
  left join index_tree tree on tree.written = ${tree}
  where i.indisvalid and i.indisready`,
    told: `relname, ${raw}, columns, options, expressions`,
  }
}

const tableOf = (index: string) => `(select i.indrelid from pg_index i where i.indexrelid = ${index})`
const nameOf = (relation: string) => `(select x.relname from pg_class x where x.oid = ${relation})`

/** What is said of few columns, rules and indexes: looked up one by one. */
const remarks: Words = {
  word: `
  select objoid as relation, 'column' as what, ''::name as name, objsubid::text as part, description as said
  from pg_description where classoid = 'pg_class'::regclass and objsubid > 0
  union all
  select (select k.conrelid from pg_constraint k where k.oid = objoid), 'rule',
    (select k.conname from pg_constraint k where k.oid = objoid), '', description
  from pg_description where classoid = 'pg_constraint'::regclass
  union all
  select ${tableOf('objoid')}, 'index', ${nameOf('objoid')}, '', description
  from pg_description where classoid = 'pg_class'::regclass and objsubid = 0
  union all
  select ${tableOf('attrelid')}, 'part of index', ${nameOf('attrelid')}, attnum::text, row(attoptions, attstattarget)::text
  -- As an expression: the condition is true of most, and no reason to read through an index.
  from pg_attribute where attnum::int4 > 0 and (attoptions is not null or attstattarget >= 0)
  union all
  select conrelid, 'not null later', '', conkey::text, '' from pg_constraint where contype = 'n' and not convalidated`,
  told: 'what, name, part, said',
}

/**
 * One row for each word: its tables' ids, separated by blanks, the table of the same schema that it is about, if any, and
 * whether it tells a column.
 * @param major the server's version, 12 or later
 */
export function wordsQuery(major: number): string {
  const all = [columns(major), defaults, sequences, rules(major), indexes(major), remarks]
  return `with recursive ${[owns, ...all.flatMap(one => one.with ?? [])].join(', ')}
${all
  .map(
    ({ word, told, referred = 'null::name' }, at) =>
      `select string_agg(relation::text, ' ') as relations, ${referred} as referred, ${at === 0} as is_column
from (${word}) word where relation is not null group by ${told}`,
  )
  .join('\nunion all\n')}`
}
