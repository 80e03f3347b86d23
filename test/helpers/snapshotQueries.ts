/**
 * What is in a database's catalog, as lines. Each query returns `place` (sorts the line among all others: schema,
 * kind, object, then a digit for the part) and `line`. No oids, no dates, nothing that Postgres 15 and 18 say
 * differently: not-null constraints are columns' (18 lists them), MAINTAIN is not shown (17 added it).
 */

/** True for a schema that is somebody's, and for an object that no extension brought. */
const ours = (
  schema: string,
  oid: string,
) => `${schema}.nspname !~ '^pg_' and ${schema}.nspname <> 'information_schema'
  and ($1::text[] is null or ${schema}.nspname = any ($1))
  and not exists (select from pg_depend e where e.objid = ${oid} and e.deptype = 'e')`

/** The login that made things is called the same everywhere. */
const role = (oid: string) =>
  `case when ${oid} = 0 then 'public' when (select rolsuper from pg_roles where oid = ${oid}) then '<superuser>' else pg_get_userbyid(${oid})::text end`

/** Rights of anybody but the owner, one line per grantee. */
const grants = (acl: string, kind: string, owner: string) => `(
  select grantee, string_agg(lower(privilege_type) || case when is_grantable then '*' else '' end, ', ' order by privilege_type) as rights
  from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner})))
  where grantee <> ${owner} and privilege_type <> 'MAINTAIN' group by grantee
)`

const kinds = `(values ('r', '3 table'), ('p', '3 table'), ('f', '3 table'), ('v', '4 view'), ('m', '4 view'), ('S', '5 sequence')) as k (relkind, kind)`
const relation = `n.nspname || ' ' || k.kind || ' ' || c.relname`
const relations = `pg_class c join pg_namespace n on n.oid = c.relnamespace join ${kinds} on k.relkind = c.relkind::text`
const comment = (oid: string, catalog: string, sub: string | number = 0) =>
  `(select replace(description, E'\\n', ' / ') from pg_description where objoid = ${oid} and classoid = '${catalog}'::regclass and objsubid = ${sub})`

export const snapshotQueries: readonly string[] = [
  // Rights on the database itself that decide about tenants.
  `select '0' as place, 'database grant temporary to public' as line
where has_database_privilege('public', current_database(), 'temporary') and coalesce(cardinality($1::text[]), 1) > 0`,

  `select n.nspname || ' 0' as place, format('schema %I owner %s', n.nspname, ${role('n.nspowner')}) as line
from pg_namespace n where ${ours('n', 'n.oid')}
union all
select n.nspname || ' 1', format('  grant %s to %s', g.rights, ${role('g.grantee')})
from pg_namespace n cross join lateral ${grants('n.nspacl', 'n', 'n.nspowner')} g where ${ours('n', 'n.oid')}`,

  `select '0 defaults' as place, format('default privileges of %s%s on %s: %s', ${role('d.defaclrole')},
  ' in ' || nullif(d.defaclnamespace, 0)::regnamespace, d.defaclobjtype,
  (select string_agg(${role('grantee')} || '=' || lower(privilege_type), ', ' order by grantee::regrole::text, privilege_type) from aclexplode(d.defaclacl) where privilege_type <> 'MAINTAIN')) as line
from pg_default_acl d where $1::text[] is null or d.defaclnamespace = 0`,

  `select n.nspname || ' 2 type ' || t.typname as place, format('type %I.%I owner %s: %s', n.nspname, t.typname, ${role('t.typowner')},
  coalesce((select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid), format_type(t.typbasetype, t.typtypmod))) as line
from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r') and ${ours('n', 't.oid')}`,

  `select n.nspname || ' 2 type ' || o.collname as place, format('collation %I.%I owner %s: %s%s', n.nspname, o.collname, ${role('o.collowner')}, o.collprovider,
  case when o.collisdeterministic then '' else ', not deterministic' end) as line
from pg_collation o join pg_namespace n on n.oid = o.collnamespace where ${ours('n', 'o.oid')}`,

  `select ${relation} as place, format('%s %I.%I owner %s%s%s%s', substr(k.kind, 3), n.nspname, c.relname, ${role('c.relowner')},
  case when c.relrowsecurity then ' row security' else '' end, case when c.relforcerowsecurity then ' forced' else '' end,
  ' with ' || nullif(concat_ws(', ', array_to_string(c.reloptions, ', '), (
    select string_agg('toast.' || o, ', ') from pg_class toast cross join unnest(toast.reloptions) o where toast.oid = c.reltoastrelid
  )), '')) || case c.relpersistence when 'p' then '' else ' not logged' end as line
from ${relations} where ${ours('n', 'c.oid')}
union all
select ${relation} || ' 0', '  comment ' || ${comment('c.oid', 'pg_class')} from ${relations}
where ${ours('n', 'c.oid')} and ${comment('c.oid', 'pg_class')} is not null
union all
select ${relation} || ' 6', format('  grant %s to %s', g.rights, ${role('g.grantee')})
from ${relations} cross join lateral ${grants('c.relacl', 'r', 'c.relowner')} g where c.relkind <> 'S' and ${ours('n', 'c.oid')}
union all
select ${relation} || ' 6', format('  grant %s to %s', g.rights, ${role('g.grantee')})
from ${relations} cross join lateral ${grants('c.relacl', 's', 'c.relowner')} g where c.relkind = 'S' and ${ours('n', 'c.oid')}
union all
select ${relation} || ' 7', '  ' || replace(pg_get_viewdef(c.oid), E'\\n', E'\\n  ')
from ${relations} where c.relkind in ('v', 'm') and ${ours('n', 'c.oid')}`,

  `select ${relation} || ' 1 ' || to_char(row_number() over (partition by c.oid order by a.attnum), 'fm0000') as place,
  concat_ws(' ', '  column', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation end,
    case when a.attnotnull then 'not null' end,
    case a.attidentity when 'a' then 'generated always as identity' when 'd' then 'generated by default as identity' end,
    case when a.attgenerated <> '' then 'generated always as' when d.adbin is not null then 'default' end, pg_get_expr(d.adbin, d.adrelid),
    case when c.relkind in ('r', 'p') and a.attstorage <> t.typstorage then 'storage ' || a.attstorage::text end,
    'compression ' || nullif(a.attcompression::text, ''), 'statistics ' || nullif(a.attstattarget, -1),
    -- Some servers keep marks of their own beside those.
    (select 'with ' || string_agg(o, ', ') from unnest(a.attoptions) o where o like 'n\\_distinct%'),
    '-- ' || ${comment('c.oid', 'pg_class', 'a.attnum')}) as line
from ${relations} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind <> 'S' and ${ours('n', 'c.oid')}
union all
select ${relation} || ' 6', format('  grant %s (%s) to %s', lower(g.privilege_type), string_agg(quote_ident(a.attname), ', ' order by a.attnum), ${role('g.grantee')})
from ${relations} join pg_attribute a on a.attrelid = c.oid and not a.attisdropped cross join lateral aclexplode(a.attacl) g
where ${ours('n', 'c.oid')} group by n.nspname, k.kind, c.relname, g.privilege_type, g.grantee`,

  `select ${relation} || ' 2 ' || o.conname as place,
  concat_ws(' ', '  constraint', quote_ident(o.conname), pg_get_constraintdef(o.oid), case when not o.convalidated then '(not checked)' end,
    'with ' || array_to_string(x.reloptions, ', '), '-- ' || ${comment('o.oid', 'pg_constraint')}, '-- index: ' || ${comment('x.oid', 'pg_class')}) as line
from ${relations} join pg_constraint o on o.conrelid = c.oid and o.contype in ('p', 'u', 'f', 'c', 'x')
left join pg_class x on x.oid = o.conindid and o.contype in ('p', 'u', 'x') where ${ours('n', 'c.oid')}
union all
select ${relation} || ' 3 ' || x.relname, '  ' || replace(replace(pg_get_indexdef(i.indexrelid), 'CREATE UNIQUE INDEX', 'unique index'), 'CREATE INDEX', 'index') || case when i.indisvalid then '' else ' (not valid)' end
  || coalesce((select ' statistics ' || string_agg(attnum || ' ' || attstattarget, ', ' order by attnum) from pg_attribute where attrelid = x.oid and attstattarget >= 0), '')
  || coalesce(' -- ' || ${comment('x.oid', 'pg_class')}, '')
from ${relations} join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
where not exists (select from pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x')) and ${ours('n', 'c.oid')}
union all
select ${relation} || ' 4 ' || p.polname, format('  policy %I %s for %s to %s%s%s', p.polname, case when p.polpermissive then 'permissive' else 'restrictive' end,
  case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
  (select string_agg(${role('r')}, ', ') from unnest(p.polroles) as r),
  ' using ' || pg_get_expr(p.polqual, p.polrelid), ' with check ' || pg_get_expr(p.polwithcheck, p.polrelid))
from ${relations} join pg_policy p on p.polrelid = c.oid where ${ours('n', 'c.oid')}
union all
select ${relation} || ' 5 ' || t.tgname, format('  %s%s', pg_get_triggerdef(t.oid), case t.tgenabled when 'O' then '' else ' (' || t.tgenabled::text || ')' end)
from ${relations} join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal where ${ours('n', 'c.oid')}`,

  `select ${relation} || ' 1' as place, format('  %s start %s increment %s from %s to %s cache %s%s%s', format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
  case when s.seqcycle then ' cycle' else '' end, (
    select format(' of %s.%I', d.refobjid::regclass, a.attname) from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i') limit 1
  )) as line
from ${relations} join pg_sequence s on s.seqrelid = c.oid where ${ours('n', 'c.oid')}`,

  `select n.nspname || ' 6 function ' || f.oid::regprocedure as place, format('function %s owner %s', f.oid::regprocedure, ${role('f.proowner')}) as line
from pg_proc f join pg_namespace n on n.oid = f.pronamespace where ${ours('n', 'f.oid')}
union all
select n.nspname || ' 6 function ' || f.oid::regprocedure || ' 0', '  comment ' || ${comment('f.oid', 'pg_proc')}
from pg_proc f join pg_namespace n on n.oid = f.pronamespace where ${ours('n', 'f.oid')} and ${comment('f.oid', 'pg_proc')} is not null
union all
select n.nspname || ' 6 function ' || f.oid::regprocedure || ' 1', format('  grant %s to %s', g.rights, ${role('g.grantee')})
from pg_proc f join pg_namespace n on n.oid = f.pronamespace cross join lateral ${grants('f.proacl', 'f', 'f.proowner')} g where ${ours('n', 'f.oid')}
union all
select n.nspname || ' 6 function ' || f.oid::regprocedure || ' 2', '  ' || replace(rtrim(pg_get_functiondef(f.oid), E'\\n'), E'\\n', E'\\n  ')
from pg_proc f join pg_namespace n on n.oid = f.pronamespace where f.prokind in ('f', 'p') and ${ours('n', 'f.oid')}`,
]
