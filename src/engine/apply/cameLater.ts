/** What came into the old schemas after the plan was made: nobody moved it, and it would go with them. Reads only. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { notExtension } from '../catalog/catalogQueries.ts'
import type { Plan } from '../plan/plan.ts'
import { readsFromItself, readsPlainly } from '../shapes/reading.ts'
import { some } from '../shapes/sharedTypes.ts'

/** A partition's rows are its parent's, and so are those of an inheriting table without columns of its own. */
const tablesQuery = `
select n.nspname::text as schema, c.relname::text as name,
  coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attnum > 0 and not a.attisdropped), '{}') as columns
from pg_catalog.pg_namespace n
join pg_catalog.pg_class c on c.relnamespace = n.oid
left join pg_catalog.pg_attribute a on a.attrelid = c.oid
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'f') and ${notExtension('pg_class', 'c.oid')} and not (
  exists (
    select from pg_catalog.pg_inherits i join pg_catalog.pg_class parent on parent.oid = i.inhparent
    where i.inhrelid = c.oid and parent.relnamespace = n.oid
  ) and not exists (
    select from pg_catalog.pg_attribute own
    where own.attrelid = c.oid and own.attnum > 0 and not own.attisdropped and own.attinhcount = 0
  )
)
group by 1, 2
order by 1, 2`

/**
 * @param schemas old schemas of the plan
 * @returns RH127 naming tables and columns that the plan neither moved nor left; null where there are none
 */
export async function cameLater(
  client: pg.ClientBase,
  { tables, left }: Pick<Plan, 'tables' | 'left'>,
  schemas: readonly string[],
): Promise<RowhouseError | null> {
  const moved = new Map(tables.map(table => [table.source, table]))
  const staying = new Set(left)
  const { rows } = await client.query<{ schema: string; name: string; columns: string[] }>(tablesQuery, [
    schemas,
  ])
  const later = rows.flatMap(({ schema, name, columns }) => {
    const table = moved.get(name)
    if (table !== undefined && readsFromItself(table, schema)) {
      const known = new Set(
        table.columns.map(column => column.name).filter(column => readsPlainly(table, schema, [column])),
      )
      return columns.filter(column => !known.has(column)).map(column => `column ${schema}.${name}.${column}`)
    }
    return staying.has(name) ? [] : [`table ${schema}.${name}`]
  })
  if (later.length === 0) return null
  return new RowhouseError('RH127', {
    message: `the old schemas have what came after the plan and was not moved: ${some(later)}`,
    hint: 'copy to the new tables what is needed of it, and drop it there',
  })
}
