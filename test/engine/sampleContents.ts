/** What is in a sample, to compare two with: every row, and every tenant's shape. */
import type pg from 'pg'

/** Table or sequence → what is in it, as text; over all schemas. */
export async function contents(of: pg.Client): Promise<Record<string, string>> {
  const { rows } = await of.query<{ name: string; kind: string }>(
    `select oid::regclass::text as name, relkind as kind from pg_class
     where relkind in ('r', 'S') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name, kind } of rows) {
    const sum =
      kind === 'S'
        ? `select last_value || ' ' || is_called as sum from ${name}`
        : `select count(*) || ' ' || md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) as sum from ${name} as t`
    found[name] = (await of.query(sum)).rows[0].sum
  }
  return found
}

/** Per tenant schema a sum of its columns, constraints, indexes, types and code: equal where the shapes are. */
export async function shapesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ shape: string }>(
    `select md5(string_agg(line, E'\\n' order by line)) as shape
     from pg_namespace as n
     cross join lateral (
       select replace(definition, quote_ident(n.nspname) || '.', '') as line
       from (
         select c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull
           || a.attidentity::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '') as definition
         from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
         left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
         where c.relnamespace = n.oid
         union all select coalesce(c.relname, '') || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
         from pg_constraint as k left join pg_class as c on c.oid = k.conrelid where k.connamespace = n.oid
         union all select indexdef from pg_indexes where schemaname = n.nspname
         union all select t.typname || ' ' || e.enumsortorder || ' ' || e.enumlabel
         from pg_type as t join pg_enum as e on e.enumtypid = t.oid where t.typnamespace = n.oid
         union all select definition from pg_views where schemaname = n.nspname
         union all select pg_get_functiondef(oid) from pg_proc where pronamespace = n.oid
         union all select pg_get_triggerdef(g.oid) from pg_trigger as g join pg_class as c on c.oid = g.tgrelid
         where c.relnamespace = n.oid and not g.tgisinternal
       ) as everything
     ) as lines
     where n.nspname !~ '^(pg_|information_schema|public)' group by n.nspname`,
  )
  return rows.map(row => row.shape)
}
