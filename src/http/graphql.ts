/** The GraphQL part of the server: schema built from the catalog, and the handler that answers with it. */
import { makeSchema } from 'postgraphile'
import { grafserv } from 'postgraphile/grafserv/express/v4'
import { makePreset, type PresetOptions } from '../graphql/preset.ts'
import { servedSchemas } from '../graphql/schemas.ts'
import { contextOf } from './authenticate.ts'
import { page } from './graphiql.ts'

/** @throws when the database does not answer, or what is in it cannot be served */
export async function makeGraphql(options: Omit<PresetOptions, 'schemas' | 'contextOf'>) {
  const schemas = await servedSchemas(options.pool)
  const contextOfRequest: PresetOptions['contextOf'] = request => contextOf(request.expressv4?.res)
  const preset = { ...makePreset({ ...options, schemas, contextOf: contextOfRequest }), ruru: page }
  const { schema, resolvedPreset } = await makeSchema(preset)
  return grafserv({ schema, preset: resolvedPreset })
}
