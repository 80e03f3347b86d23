/**
 * The bulk query of catalog.ts for what is neither table nor type: code, and who may do what. `definition` is what
 * somebody needs who writes it anew; `about` what can be judged without reading it.
 */
import { notExtension, ours } from './catalogQueries.ts'

export type FunctionAbout = {
  readonly routine: string
  /** `f` function, `p` procedure, `a` aggregate, `w` window function. */
  readonly kind: string
  readonly language: string
  readonly arguments: string
  readonly identity: string
  readonly result: string
  /** Null where Postgres keeps it parsed (`begin atomic`). */
  readonly body: string | null
  readonly isTrigger: boolean
  readonly definer: boolean
  readonly leakproof: boolean
  /** Whether an argument or the result is of a type that is neither Postgres' own nor the schema's. */
  readonly typesElsewhere: boolean
  /** Settings that it brings, but for the search path. */
  readonly config: readonly string[]
  readonly attributes: string
  readonly comment: string | null
}

export type ViewAbout = {
  readonly columns: readonly { readonly name: string; readonly type: number }[]
  /** What it reads, with the columns it reads of it. */
  readonly relations: readonly {
    readonly schema: string
    readonly name: string
    readonly kind: string
    readonly columns: readonly string[]
  }[]
  /** What else it is made of, as pg_identify_object says it; what is Postgres' own is not kept there. */
  readonly uses: readonly { readonly kind: string; readonly schema: string | null; readonly name: string }[]
  readonly options: readonly string[]
  readonly updatable: boolean
  readonly comment: string | null
}

export type TriggerAbout = {
  readonly name: string
  readonly table: string
  readonly kind: string
  readonly function: string
  readonly functionSchema: string
  /** `O` as usual, `D` disabled, `R` on replicas, `A` always. */
  readonly enabled: string
  readonly transition: boolean
}

/** A schema other than Postgres' own and `n`: a type of it means what an extension, or another schema, says. */
const typesElsewhere = `exists (
  select from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) as used (type)
  join pg_type t on t.oid = used.type where t.typnamespace not in ('pg_catalog'::regnamespace, n.oid)
)`

/** @param major the server's version, 12 or later */
const functionAbout = (major: number) => `json_build_object(
  'routine', p.proname, 'kind', p.prokind, 'language', l.lanname, 'arguments', pg_get_function_arguments(p.oid),
  'identity', pg_get_function_identity_arguments(p.oid), 'result', pg_get_function_result(p.oid),
  'body', ${major < 14 ? 'p.prosrc' : 'case when p.prosqlbody is null then p.prosrc end'}, 'isTrigger', p.prorettype = 'trigger'::regtype,
  'definer', p.prosecdef, 'leakproof', p.proleakproof, 'typesElsewhere', ${typesElsewhere},
  'config', array(select s from unnest(p.proconfig) as s where s !~ '^search_path=' order by s),
  'attributes', concat_ws(' ', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
    case when p.proisstrict then 'strict' end, case p.proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
    case when p.procost <> 100 then 'cost ' || p.procost end, case when p.proretset and p.prorows <> 1000 then 'rows ' || p.prorows end),
  'comment', obj_description(p.oid, 'pg_proc'))`

const viewAbout = `json_build_object(
  'columns', (select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::int8) order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'relations', (
    select coalesce(json_agg(json_build_object('schema', r.schema, 'name', r.name, 'kind', r.relkind, 'columns', r.columns) order by r.schema, r.name), '[]')
    from (
      select tn.nspname as schema, t.relname as name, t.relkind,
        coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attnum > 0), '{}') as columns
      from pg_rewrite w
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
      join pg_class t on t.oid = d.refobjid and t.oid <> c.oid
      join pg_namespace tn on tn.oid = t.relnamespace
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
      where w.ev_class = c.oid and w.rulename = '_RETURN'
      group by 1, 2, 3
    ) r),
  'uses', (
    select coalesce(json_agg(json_build_object('kind', o.type, 'schema', o.schema, 'name', coalesce(p.proname::text, o.name, o.identity)) order by o.type, o.identity), '[]')
    from pg_rewrite w
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid <> 'pg_class'::regclass
    cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) o
    left join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
    where w.ev_class = c.oid and w.rulename = '_RETURN'),
  'options', coalesce(c.reloptions, '{}'),
  -- Insert, update and delete.
  'updatable', pg_relation_is_updatable(c.oid, false) & 28 = 28,
  'comment', obj_description(c.oid, 'pg_class'))`

const triggerAbout = `json_build_object(
  'name', g.tgname, 'table', c.relname, 'kind', c.relkind, 'function', f.proname, 'functionSchema', fn.nspname,
  'enabled', g.tgenabled, 'transition', g.tgoldtable is not null or g.tgnewtable is not null)`

/** What roles were given, apart from an owner's own: one row per schema and role. */
const grants = `
select schema, 'to ' || case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, 'grant',
  string_agg(what, '; ' order by what), null::json
from (
  select schema, grantee, string_agg(lower(privilege), ', ' order by privilege) || ' on ' || object as what
  from (
    select n.nspname as schema, a.grantee, a.privilege_type as privilege, case c.relkind when 'S' then 'sequence ' else '' end || quote_ident(c.relname) as object
    from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a
    where c.relacl is not null and ${ours} and a.grantee <> c.relowner
    union all
    select n.nspname, a.grantee, a.privilege_type, quote_ident(c.relname) || '.' || quote_ident(t.attname)
    from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(t.attacl) a
    where t.attacl is not null and ${ours} and a.grantee <> c.relowner
    union all
    select n.nspname, a.grantee, a.privilege_type, 'the schema'
    from pg_namespace n cross join lateral aclexplode(n.nspacl) a where ${ours} and a.grantee <> n.nspowner
    union all
    select n.nspname, a.grantee, a.privilege_type, 'function ' || quote_ident(p.proname)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join lateral aclexplode(p.proacl) a
    -- That everybody may call it is a function's birthright.
    where ${ours} and a.grantee not in (0, p.proowner)
    union all
    select n.nspname, a.grantee, a.privilege_type, 'what ' || quote_ident(pg_get_userbyid(d.defaclrole)) || ' makes'
    from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace cross join lateral aclexplode(d.defaclacl) a
    where ${ours} and a.grantee <> d.defaclrole
  ) each
  group by schema, grantee, object
) about
group by schema, grantee`

/** What is said of objects that are not carried over with what is said of them. */
const comments = `
select n.nspname, 'on ' || said.of || said.name, 'comment', format('comment on %s%I.%s is %L', said.of, n.nspname, said.name, said.text), null::json
from (
  select c.relnamespace as home, format('trigger %I on ', g.tgname) as of, quote_ident(c.relname) as name, d.description as text
  from pg_description d join pg_trigger g on g.oid = d.objoid join pg_class c on c.oid = g.tgrelid
  where d.classoid = 'pg_trigger'::regclass
  union all
  select c.relnamespace, format('rule %I on ', g.rulename), quote_ident(c.relname), d.description
  from pg_description d join pg_rewrite g on g.oid = d.objoid join pg_class c on c.oid = g.ev_class
  where d.classoid = 'pg_rewrite'::regclass
  union all
  select c.relnamespace, format('policy %I on ', g.polname), quote_ident(c.relname), d.description
  from pg_description d join pg_policy g on g.oid = d.objoid join pg_class c on c.oid = g.polrelid
  where d.classoid = 'pg_policy'::regclass
  union all
  select t.typnamespace, format('constraint %I on domain ', k.conname), quote_ident(t.typname), d.description
  from pg_description d join pg_constraint k on k.oid = d.objoid join pg_type t on t.oid = k.contypid
  where d.classoid = 'pg_constraint'::regclass
  union all
  select o.stxnamespace, 'statistics ', quote_ident(o.stxname), d.description
  from pg_description d join pg_statistic_ext o on o.oid = d.objoid
  where d.classoid = 'pg_statistic_ext'::regclass
  union all
  select c.relnamespace,
    case when d.objsubid > 0 then 'column ' when c.relkind = 'S' then 'sequence ' else 'materialized view ' end,
    concat_ws('.', quote_ident(c.relname), (select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum = d.objsubid)),
    d.description
  from pg_description d join pg_class c on c.oid = d.objoid
  where d.classoid = 'pg_class'::regclass and case when d.objsubid = 0 then c.relkind in ('S', 'm') else c.relkind in ('v', 'm', 'c') end
) said
join pg_namespace n on n.oid = said.home
where ${ours}
union all
select n.nspname, 'on schema', 'comment', format('comment on schema %I is %L', n.nspname, d.description), null
from pg_namespace n join pg_description d on d.classoid = 'pg_namespace'::regclass and d.objoid = n.oid
where ${ours}`

/** A partition's copy of a trigger is its parent's. @param major the server's version, 12 or later */
export const otherObjectsQuery = (major: number) => `
select n.nspname::text as schema, c.relname::text as name,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'sequence' end as kind,
  case when c.relkind <> 'S' then pg_get_viewdef(c.oid) end as definition,
  case when c.relkind = 'v' then ${viewAbout} end as about
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where ${ours} and (c.relkind in ('v', 'm') or (c.relkind = 'S' and not exists (
  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0
))) and ${notExtension('pg_class', 'c.oid')}
union all
select n.nspname, p.oid::regprocedure::text, 'function',
  case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, ${functionAbout(major)}
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where ${ours} and ${notExtension('pg_proc', 'p.oid')} and not exists (
  -- A range brings its constructors.
  select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i' and i.refclassid = 'pg_type'::regclass
)
union all
select n.nspname, format('%I on %I', g.tgname, c.relname), 'trigger', pg_get_triggerdef(g.oid), ${triggerAbout}
from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
join pg_proc f on f.oid = g.tgfoid join pg_namespace fn on fn.oid = f.pronamespace
where not g.tgisinternal${major < 13 ? '' : ' and g.tgparentid = 0'} and ${ours}
union all
select n.nspname, format('%I on %I', g.polname, c.relname), 'policy',
  concat_ws(' ', case when g.polpermissive then 'permissive' else 'restrictive' end, g.polcmd, g.polroles::regrole[]::text,
    'using (' || pg_get_expr(g.polqual, g.polrelid) || ')', 'with check (' || pg_get_expr(g.polwithcheck, g.polrelid) || ')'), null
from pg_policy g join pg_class c on c.oid = g.polrelid join pg_namespace n on n.oid = c.relnamespace
where ${ours}
union all
select n.nspname, format('%I on %I', g.rulename, c.relname), 'rule', pg_get_ruledef(g.oid), null
from pg_rewrite g join pg_class c on c.oid = g.ev_class join pg_namespace n on n.oid = c.relnamespace
where g.rulename <> '_RETURN' and ${ours}
union all
select n.nspname, o.oid::regoperator::text, 'operator', format('procedure %s', o.oprcode), null
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where ${ours} and ${notExtension('pg_operator', 'o.oid')}
union all
select n.nspname, o.collname, 'collation', null, null
from pg_collation o join pg_namespace n on n.oid = o.collnamespace where ${ours} and ${notExtension('pg_collation', 'o.oid')}
union all
select n.nspname, o.cfgname, 'text search configuration', null, null
from pg_ts_config o join pg_namespace n on n.oid = o.cfgnamespace where ${ours} and ${notExtension('pg_ts_config', 'o.oid')}
union all
select n.nspname, o.stxname, 'statistics', pg_get_statisticsobjdef(o.oid), null
from pg_statistic_ext o join pg_namespace n on n.oid = o.stxnamespace where ${ours}
union all
${grants}
union all
${comments}
order by 1, 3, 2`
