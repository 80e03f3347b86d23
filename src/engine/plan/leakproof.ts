/**
 * Index columns whose comparisons may tell of other rows in an error: Postgres asks them behind the wall only, one row
 * at a time, and never of the index (DESIGN: a numeric range took 24 ms instead of 0.2). Found in the catalog: docs,
 * 41.5 "Rules and Privileges", and pg_proc.proleakproof. Reads.
 */
import type pg from 'pg'
import { readOnly } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import type { TableName } from './targetTable.ts'

type Row = { table: string; column: string; type: string; indexes: string }

/** @param source what the table is called in hints */
export async function leakyIndexes(
  client: pg.ClientBase,
  tables: readonly (TableName & { readonly source: string })[],
): Promise<Hazard[]> {
  const { rows } = await readOnly(client, () =>
    client.query<Row>(
      `select t.source as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
  string_agg(distinct x.relname, ', ' order by x.relname) as indexes
from json_to_recordset($1) as t (source text, schema text, name text)
join pg_namespace n on n.nspname = t.schema
join pg_class c on c.relnamespace = n.oid and c.relname = t.name
join pg_index i on i.indrelid = c.oid and not i.indisprimary
join pg_class x on x.oid = i.indexrelid
join pg_am m on m.oid = x.relam and m.amname = 'btree'
cross join unnest(i.indclass::oid[], i.indkey::int2[]) as k (class, number)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
join pg_opclass o on o.oid = k.class
where exists (
  select from pg_amop p join pg_operator q on q.oid = p.amopopr join pg_proc f on f.oid = q.oprcode
  where p.amopfamily = o.opcfamily and p.amoplefttype = o.opcintype and p.amoprighttype = o.opcintype and not f.proleakproof
)
group by 1, 2, 3 order by 1, 2`,
      [JSON.stringify(tables.map(({ source, schema, name }) => ({ source, schema, name })))],
    ),
  )
  return rows.map(({ table, column, type, indexes }) => ({
    code: 'not-leakproof',
    object: `${table}.${column}`,
    table,
    detail: `comparisons of ${type} are not leakproof: behind the wall ${indexes} finds the organization's rows, and not those with such a ${column}`,
    hint: 'nothing to do where an organization has few rows; a superuser may mark the comparison functions leakproof, knowing what they say in errors',
    blocks: false,
  }))
}
