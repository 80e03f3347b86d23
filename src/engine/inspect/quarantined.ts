/** Schemas of a quarantine: their tables have the tenants' shape, and are nobody's. Reads only. */
import type pg from 'pg'
import { type Catalog, readOnly } from '../catalog/catalog.ts'

/** None where nothing was folded yet, or the login may not read what the house keeps. */
export async function quarantineSchemas(client: pg.ClientBase, { tables }: Catalog): Promise<string[]> {
  const kept = tables.find(({ schema, name }) => schema === 'rowhouse' && name === 'quarantines')
  if (!kept?.readable) return []
  const { rows } = await readOnly(client, () =>
    client.query<{ schema: string }>('select distinct schema_name::text as schema from rowhouse.quarantines'),
  )
  return rows.map(({ schema }) => schema)
}
