/** Types as one can write them again: `create type schema.name <definition>`; collations are asked in collationsQuery.ts. */
import { notExtension, ours } from './catalogQueries.ts'

export const typesQuery = `
select n.nspname::text as schema, t.typname::text as name,
  case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else 'composite type' end as kind,
  array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels,
  case t.typtype
    when 'd' then concat_ws(' ', 'as', format_type(t.typbasetype, t.typtypmod),
      (select 'collate ' || quote_ident(cn.nspname) || '.' || quote_ident(l.collname)
        from pg_collation l join pg_namespace cn on cn.oid = l.collnamespace
        where l.oid = t.typcollation and t.typcollation <> (select b.typcollation from pg_type b where b.oid = t.typbasetype)),
      'default ' || pg_get_expr(t.typdefaultbin, 0), case when t.typnotnull then 'not null' end,
      (select string_agg('constraint ' || quote_ident(k.conname) || ' ' || replace(pg_get_constraintdef(k.oid), ' NOT VALID', ''), ' ' order by k.conname)
        from pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
    when 'c' then 'as (' || coalesce((
      select string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        case when a.attcollation <> at.typcollation then 'collate ' || quote_ident(cn.nspname) || '.' || quote_ident(l.collname) end), ', ' order by a.attnum)
      from pg_attribute a join pg_type at on at.oid = a.atttypid
      left join pg_collation l on l.oid = a.attcollation left join pg_namespace cn on cn.oid = l.collnamespace
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '') || ')'
    when 'r' then (select 'as range (' || concat_ws(', ', 'subtype = ' || format_type(r.rngsubtype, null),
        (select 'subtype_opclass = ' || quote_ident(oc.nspname) || '.' || quote_ident(op.opcname)
          from pg_opclass op join pg_namespace oc on oc.oid = op.opcnamespace where op.oid = r.rngsubopc and not op.opcdefault),
        (select 'collation = ' || quote_ident(cn.nspname) || '.' || quote_ident(l.collname)
          from pg_collation l join pg_namespace cn on cn.oid = l.collnamespace join pg_type b on b.oid = r.rngsubtype
          where l.oid = r.rngcollation and l.oid <> b.typcollation),
        'canonical = ' || nullif(r.rngcanonical, 0::oid)::regproc,
        'subtype_diff = ' || nullif(r.rngsubdiff, 0::oid)::regproc,
        'multirange_type_name = ' || quote_ident(n.nspname) || '.' || quote_ident(many.typname)) || ')'
      from pg_range r join pg_type many on many.oid = r.rngmultitypid where r.rngtypid = t.oid)
    else '' end as definition,
  (select many.typname::text from pg_range r join pg_type many on many.oid = r.rngmultitypid where r.rngtypid = t.oid) as multirange,
  obj_description(t.oid, 'pg_type') as comment
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where ${ours} and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and t.typrelid in (select oid from pg_class where relkind = 'c')))
  and ${notExtension('pg_type', 't.oid')}
order by n.nspname, t.typname`
