/**
 * pg-aggregates 0.2.0-rc.2 offers `having: {sum: {createdAt: …}}`: its filter types list every column, whether it can
 * be summed or not, and Postgres refuses the question. This takes out what the aggregate itself does not offer.
 */
import '@graphile/pg-aggregates'
import type { PgCodec } from 'postgraphile/@dataplan/pg'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SuitableHavingPlugin: true
    }
  }
}

type Codec = PgCodec<string, never, never, never, never, never, never>
type Entity = { readonly type: 'attribute'; readonly codec: unknown; readonly attributeName: string }
type Spec = {
  readonly isSuitableType: (codec: Codec) => boolean
  readonly shouldApplyToEntity?: (entity: Entity) => boolean
}
type Attributes = Readonly<Record<string, { readonly codec: Codec }>>
/** What of the build is used here; the library's types do not reach these parts. */
type Build = {
  readonly inflection: {
    aggregateHavingAggregateInputType(of: { resource: unknown; aggregateSpec: Spec }): string
    attribute(of: { codec: unknown; attributeName: string }): string
  }
  readonly pgAggregateSpecs: readonly Spec[]
  readonly pgResources: Readonly<Record<string, { codec: { attributes?: Attributes }; parameters?: unknown }>>
}

export const SuitableHavingPlugin: GraphileConfig.Plugin = {
  name: 'SuitableHavingPlugin',
  description: 'Takes out of `having` what an aggregate cannot be asked about',
  schema: {
    hooks: {
      GraphQLInputObjectType_fields(fields, build, { Self }) {
        const { inflection, pgAggregateSpecs, pgResources } = build as unknown as Build
        if (!/Having/.test(Self.name)) return fields
        for (const resource of Object.values(pgResources)) {
          const { attributes } = resource.codec
          if (attributes === undefined || resource.parameters) continue
          const spec = pgAggregateSpecs.find(
            aggregateSpec =>
              inflection.aggregateHavingAggregateInputType({ resource, aggregateSpec }) === Self.name,
          )
          if (spec === undefined) continue
          const unsuitable = Object.entries(attributes)
            .filter(
              ([attributeName, { codec }]) =>
                !spec.isSuitableType(codec) ||
                spec.shouldApplyToEntity?.({ type: 'attribute', codec: resource.codec, attributeName }) ===
                  false,
            )
            .map(([attributeName]) => inflection.attribute({ codec: resource.codec, attributeName }))
          return Object.fromEntries(Object.entries(fields).filter(([name]) => !unsuitable.includes(name)))
        }
        return fields
      },
    },
  },
}
