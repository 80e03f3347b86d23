/**
 * postgraphile-plugin-connection-filter 4.0.1 casts what a filter compares with to the column's domain, and the
 * domain's own check refuses it: `{iban: {startsWith: "DE"}}` would ask for an `iban` that is "DE%". What is compared
 * is a value of the type below, whatever the domain says of values that are stored.
 */
import 'postgraphile-plugin-connection-filter'
import type { PgCodec } from 'postgraphile/@dataplan/pg'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      DomainFilterPlugin: true
    }
  }
}

/** What of a condition under way is used here; the library's types do not reach these parts. */
type Condition = {
  readonly extensions: {
    pgFilterAttribute?: { readonly attribute?: { readonly codec: PgCodec }; readonly codec?: PgCodec }
  }
}
type Apply = (condition: Condition, ...rest: unknown[]) => unknown

const baseOf = (codec: PgCodec): PgCodec =>
  codec.domainOfCodec === undefined ? codec : baseOf(codec.domainOfCodec)

export const DomainFilterPlugin: GraphileConfig.Plugin = {
  name: 'DomainFilterPlugin',
  description: 'Compares values of a domain as values of the type that it is made of',
  schema: {
    hooks: {
      GraphQLInputObjectType_fields_field(field, _build, { scope }) {
        const { apply } = field as { apply?: Apply }
        if (!('isPgConnectionFilterOperator' in scope) || apply === undefined) return field
        const onBase: Apply = (condition, ...rest) => {
          const told = condition.extensions.pgFilterAttribute
          const codec = told?.codec ?? told?.attribute?.codec
          if (codec?.domainOfCodec) condition.extensions.pgFilterAttribute = { ...told, codec: baseOf(codec) }
          return apply(condition, ...rest)
        }
        return Object.assign(field, { apply: onBase })
      },
    },
  },
}
