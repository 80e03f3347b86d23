/** Which schemas the API is made of: read from the catalog, so that nothing has to be configured twice. */
import type { Pool } from 'pg'

/**
 * `app_public` first, then every schema that has a table behind the wall, by name. The order decides names: a table
 * of the first schema never gets a prefix.
 */
export async function servedSchemas(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`
    select distinct n.nspname as name
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where p.polname = 'organization_isolation'
      and n.nspname not in ('app_public', 'app_hidden', 'app_private', 'rowhouse')
    order by 1`)
  return ['app_public', ...rows.map(row => row.name)]
}
