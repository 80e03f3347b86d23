/**
 * How PostGraphile reaches the database: through `withTenant` and nothing else, once the schema is built.
 * The stock adaptor makes four round trips per statement; this one makes two.
 */
import type { Pool } from 'pg'
import type { PgClient, PgClientQuery, WithPgClient } from 'postgraphile/@dataplan/pg'
import type {} from 'postgraphile/adaptors/pg'
import { RowhouseError } from '../errors.ts'
import { type TenantClient, type TenantContext, type TenantOptions, withTenant } from '../postgres/context.ts'

type Settings = Record<string, string | undefined>
type Service = GraphileConfig.PgServiceConfiguration<'rowhouse'>
type AdaptorSettings = { readonly pool: Pool; readonly options: TenantOptions }

declare global {
  namespace GraphileConfig {
    interface PgAdaptors {
      rowhouse: {
        adaptorSettings: AdaptorSettings | undefined
        makePgServiceOptions: never
        client: PgClient
      }
    }
  }
  namespace Grafast {
    interface Context {
      /** The caller's organization, for the condition that every select of a tenant-owned table carries. */
      organizationId?: string | null
    }
  }
}

/** Recognized by identity: no request can say that it is the introspection. */
const introspection: Settings = Object.freeze({ application_name: 'rowhouse introspection' })

/**
 * @param contextOf who a request acts for; null when it carries no token, and then every statement is RH001
 */
export function tenantService(
  pool: Pool,
  schemas: readonly string[],
  options: TenantOptions,
  contextOf: (request: Partial<Grafast.RequestContext>) => TenantContext | null,
): Service {
  return {
    name: 'main',
    schemas: [...schemas],
    withPgClientKey: 'withPgClient',
    pgSettingsKey: 'pgSettings',
    pgSettings: request => contextOf(request) as Settings,
    pgSettingsForIntrospection: introspection,
    pgSubscriber: null,
    adaptor: {
      createWithPgClient: settings => makeWithPgClient(settings as AdaptorSettings),
      makePgService() {
        throw new Error('services are made by tenantService()')
      },
    },
    adaptorSettings: { pool, options },
  }
}

function makeWithPgClient({ pool, options }: AdaptorSettings): WithPgClient<PgClient> {
  return async (settings, callback) => {
    if (settings === introspection) return introspect(pool, callback)
    return withTenant(pool, (settings ?? null) as TenantContext | null, options, client =>
      Promise.resolve(callback(asPgClient(client))),
    )
  }
}

async function introspect<T>(pool: Pool, callback: (client: PgClient) => T | Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await callback(asPgClient(client))
  } finally {
    client.release()
  }
}

const nothingChanged = (): RowhouseError =>
  new RowhouseError('RH404', {
    message: 'nothing was changed: there is no such row in your organization, or your role may not change it',
  })

function asPgClient(client: Pick<TenantClient, 'query'>, depth = 0): PgClient {
  return {
    async query({ text, values, arrayMode }: PgClientQuery) {
      const { rows, rowCount, command } = await client.query({
        text,
        ...(values === undefined ? null : { values: [...values] }),
        ...(arrayMode ? { rowMode: 'array' } : null),
      } as { text: string })
      // The wall and the doors make rows invisible instead of raising: silence here would read as success.
      if (rowCount === 0 && (command === 'UPDATE' || command === 'DELETE')) throw nothingChanged()
      return { rows, rowCount, notices: [] }
    },
    async withTransaction(callback) {
      // The transaction is there already; what is asked for is that a failure undoes only this part of it.
      const savepoint = `part_${depth + 1}`
      await client.query(`savepoint ${savepoint}`)
      try {
        const result = await callback(asPgClient(client, depth + 1) as never)
        await client.query(`release savepoint ${savepoint}`)
        return result
      } catch (error) {
        await client.query(`rollback to savepoint ${savepoint}`)
        throw error
      }
    },
  } as PgClient
}
