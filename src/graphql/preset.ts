/**
 * The API as PostGraphile is told to make it; used by the server and by what writes the schema file.
 */
import PgAggregates from '@graphile/pg-aggregates'
import Simplify from '@graphile/simplify-inflection'
import type { Pool } from 'pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import ConnectionFilter from 'postgraphile-plugin-connection-filter'
import type { Logger } from '../log.ts'
import type { TenantContext, TenantOptions } from '../postgres/context.ts'
import { errorFormatter } from './errors.ts'
import { BigIntPlugin } from './plugins/BigIntPlugin.ts'
import { DomainFilterPlugin } from './plugins/DomainFilterPlugin.ts'
import { IdAggregatesPlugin } from './plugins/IdAggregatesPlugin.ts'
import { JsonNullPlugin } from './plugins/JsonNullPlugin.ts'
import { LimitsPlugin } from './plugins/LimitsPlugin.ts'
import { OrderPlugin } from './plugins/OrderPlugin.ts'
import { PlainNamesPlugin } from './plugins/PlainNamesPlugin.ts'
import { RefusalStatusPlugin } from './plugins/RefusalStatusPlugin.ts'
import { RelationNamesPlugin } from './plugins/RelationNamesPlugin.ts'
import { RowIdMutationsPlugin } from './plugins/RowIdMutationsPlugin.ts'
import { scopeColumnPlugin } from './plugins/ScopeColumnPlugin.ts'
import { SuitableHavingPlugin } from './plugins/SuitableHavingPlugin.ts'
import { tenantService } from './service.ts'

export type PresetOptions = {
  /** The authenticator's connections. What this login may become decides what the schema shows. */
  readonly pool: Pool
  /** From `servedSchemas()`. */
  readonly schemas: readonly string[]
  readonly tenant: TenantOptions
  readonly log: Logger
  /** Switches GraphiQL off and hides the text of unexpected errors. */
  readonly production: boolean
  /** Who a request acts for; null when it carries no token. */
  readonly contextOf: (request: Partial<Grafast.RequestContext>) => TenantContext | null
}

/**
 * The filters that the API has. Patterns (like, regular expressions) are left out: one can be written that runs for
 * minutes over few rows.
 */
const operators = [
  ...['isNull', 'equalTo', 'notEqualTo', 'distinctFrom', 'notDistinctFrom', 'in', 'notIn'],
  ...['lessThan', 'lessThanOrEqualTo', 'greaterThan', 'greaterThanOrEqualTo'],
  ...[
    'includes',
    'includesInsensitive',
    'startsWith',
    'startsWithInsensitive',
    'endsWith',
    'endsWithInsensitive',
  ],
  ...['contains', 'containsKey', 'containedBy', 'overlaps', 'anyEqualTo'],
] as const

export function makePreset(options: PresetOptions): GraphileConfig.Preset {
  const { pool, schemas, tenant, log, production, contextOf } = options
  const constraints = new Map<string, readonly string[]>()
  return {
    extends: [
      PostGraphileAmberPreset,
      Simplify.PgSimplifyInflectionPreset,
      PgAggregates.PgAggregatesPreset,
      ConnectionFilter.PostGraphileConnectionFilterPreset,
    ],
    plugins: [
      scopeColumnPlugin(constraints),
      PlainNamesPlugin,
      RelationNamesPlugin,
      RowIdMutationsPlugin,
      IdAggregatesPlugin,
      BigIntPlugin,
      LimitsPlugin,
      SuitableHavingPlugin,
      DomainFilterPlugin,
      JsonNullPlugin,
      OrderPlugin,
      RefusalStatusPlugin,
    ],
    // `filter` does all that `condition` does.
    disablePlugins: ['PgConditionArgumentPlugin', 'PgConditionCustomFieldsPlugin'],
    pgServices: [tenantService(pool, schemas, tenant, contextOf)],
    grafast: {
      context: request => ({ organizationId: contextOf(request)?.organizationId ?? null }),
      // Plans and SQL in every answer: more than a client may know, and ten times the bytes.
      explain: false,
    },
    grafserv: {
      graphqlPath: '/graphql',
      graphiql: !production,
      graphiqlPath: '/graphiql',
      graphiqlStaticPath: '/graphiql/static/',
      graphiqlOnGraphQLGET: false,
      graphqlOverGET: false,
      websockets: false,
      watch: false,
      maxRequestLength: 100_000,
      maskError: errorFormatter({ log, production, constraints }),
    },
    schema: {
      connectionFilterAllowedOperators: [...operators],
      // `{filter: {}}` is what a form with nothing filled in sends; `null` would be a filter that was forgotten.
      connectionFilterAllowEmptyObjectInput: true,
      connectionFilterAllowNullInput: false,
      connectionFilterRelations: true,
    },
  } as GraphileConfig.Preset
}
