/** The collations that somebody made, as catalog.ts tells types: `create collation schema.name <definition>`. */
import { notExtension, ours } from './catalogQueries.ts'

const localeOf = (major: number) => {
  if (major < 15) return 'o.collcollate::text'
  return major < 17 ? 'coalesce(o.colliculocale, o.collcollate)' : 'coalesce(o.colllocale, o.collcollate)'
}

/**
 * Where the locale stands changed twice, and rules came with 16; none of them is the collation's before it is used.
 * @param major the server's version, 12 or later
 */
export const collationsQuery = (major: number): string => `
select n.nspname::text as schema, o.collname::text as name, 'collation' as kind, '{}'::text[] as labels,
  '(' || concat_ws(', ',
    'provider = ' || case o.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
    case when o.collprovider = 'c' then format('lc_collate = %L, lc_ctype = %L', o.collcollate, o.collctype)
      else format('locale = %L', ${localeOf(major)}) end,
    case when not o.collisdeterministic then 'deterministic = false' end${
      major < 16 ? '' : `,\n    'rules = ' || quote_literal(o.collicurules)`
    }) || ')' as definition,
  null::text as multirange,
  obj_description(o.oid, 'pg_collation') as comment
from pg_collation o join pg_namespace n on n.oid = o.collnamespace
where ${ours} and ${notExtension('pg_collation', 'o.oid')}
order by n.nspname, o.collname`
