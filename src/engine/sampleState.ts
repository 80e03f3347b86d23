/** What is in a database before a sample is built in it, and what tells a sample from anything else. */
import type pg from 'pg'
import { RowhouseError } from '../errors.ts'

/** What the comment on public.tenants_tenant says of the sample in a database. */
export type SampleMarker = { readonly kind: 'hr'; readonly finished: boolean; readonly text: string }

/** The table whose comment is the marker. */
export const registry = 'public.tenants_tenant'

/** What sample a database carries, finished or not; undefined when it is not one of ours. */
export async function readSampleMarker(client: pg.Client): Promise<SampleMarker | undefined> {
  const { rows } = await client.query<{ text: string | null }>(
    `select obj_description(to_regclass($1), 'pg_class') as text`,
    [registry],
  )
  const text = rows[0]?.text
  if (!text?.startsWith('rowhouse sample: hr')) return undefined
  return { kind: 'hr', finished: !text.endsWith('(unfinished)'), text }
}

/** Any table of anyone's is in the way, and any schema of a name that we need. Extensions' tables are not. */
export async function refuseUnlessEmpty(client: pg.Client, schemas: readonly string[]): Promise<void> {
  const found = await firstObject(client, ['sample', ...schemas])
  if (found === undefined) return
  throw new RowhouseError('RH145', {
    message: `database "${client.database}" is not empty: it has ${found}`,
    hint: 'name an empty database: createdb hr_legacy, then rowhouse sample hr --database postgres://…/hr_legacy',
  })
}

/** What is in a database that is not empty, by name; undefined where there is nothing but what extensions brought. */
export async function firstObject(
  client: pg.ClientBase,
  schemas: readonly string[] = [],
): Promise<string | undefined> {
  const { rows } = await client.query<{ found: string }>(
    `select found from (
       select format('table %I.%I', n.nspname, c.relname) as found
       from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'f', 'v', 'm')
         and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
         and not exists (
           select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e'
         )
       union all
       select format('schema %I', nspname) from pg_namespace where nspname = any ($1)
     ) as f order by found limit 1`,
    [schemas],
  )
  return rows[0]?.found
}
