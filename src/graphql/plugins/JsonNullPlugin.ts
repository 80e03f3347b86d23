/**
 * JSON has a null of its own, and a column that must have a value may hold it. GraphQL cannot tell the two apart: a
 * field that promises a value would take the whole row out of the answer. So JSON promises none; what is written must
 * still be given.
 */
import 'postgraphile'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      JsonNullPlugin: true
    }
  }
}

export const JsonNullPlugin: GraphileConfig.Plugin = {
  name: 'JsonNullPlugin',
  description: 'Lets a JSON field be null whatever its column says',
  schema: {
    hooks: {
      GraphQLObjectType_fields_field(field, build, { scope }) {
        const { GraphQLNonNull, getNullableType, getNamedType } = build.graphql
        if (!('pgFieldAttribute' in scope) || !(field.type instanceof GraphQLNonNull)) return field
        const inner = getNullableType(field.type)
        return inner === getNamedType(field.type) && inner.name === 'JSON' ? { ...field, type: inner } : field
      },
    },
  },
}
