/** The API as text: what is committed, and what a test compares it with. */
import type { Pool } from 'pg'
import { makeSchema } from 'postgraphile'
import { lexicographicSortSchema, printSchema } from 'postgraphile/graphql'
import { makeLog } from '../log.ts'
import { makePreset } from './preset.ts'
import { servedSchemas } from './schemas.ts'

/**
 * Sorted, so that the order in which tables were made does not show.
 * @param pool the authenticator's connections: its grants decide what is in the schema
 * @param visitor the role that it becomes
 */
export async function printApi(pool: Pool, visitor: string): Promise<string> {
  const { schema } = await makeSchema(
    makePreset({
      pool,
      schemas: await servedSchemas(pool),
      tenant: { visitor },
      log: makeLog('silent'),
      production: true,
      contextOf: () => null,
    }),
  )
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}
