/** What is in a database before a sample is built in it, and what tells a sample from anything else. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { type SampleName, sampleSystems } from './systems.ts'

/** What the comment on a system's registry says of the sample in a database. */
export type SampleMarker = { readonly kind: SampleName; readonly finished: boolean; readonly text: string }

/** What sample a database carries, finished or not; undefined when it is not one of ours. */
export async function readSampleMarker(client: pg.Client): Promise<SampleMarker | undefined> {
  for (const [name, { registry }] of Object.entries(sampleSystems)) {
    const { rows } = await client.query<{ text: string | null }>(
      `select obj_description(to_regclass($1), 'pg_class') as text`,
      [registry],
    )
    const text = rows[0]?.text
    if (!text?.startsWith(`rowhouse sample: ${name} (`)) continue
    return { kind: name as SampleName, finished: !text.endsWith('(unfinished)'), text }
  }
  return undefined
}

/** Any table of anyone's is in the way, and any schema of a name that we need. Extensions' tables are not. */
export async function refuseUnlessEmpty(
  client: pg.Client,
  system: string,
  schemas: readonly string[],
): Promise<void> {
  const found = await firstObject(client, ['sample', ...schemas.filter(schema => schema !== 'public')])
  if (found === undefined) return
  throw new RowhouseError('RH145', {
    message: `database "${client.database}" is not empty: it has ${found}`,
    hint: `name an empty database: createdb ${system}_legacy, then rowhouse sample ${system} --database postgres://…/${system}_legacy`,
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
