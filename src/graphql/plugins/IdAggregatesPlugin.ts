/**
 * Ids are names, not numbers: nobody asks for the sum of department ids or orders by their variance, and those fields
 * were a third of the API. Counts, smallest and largest stay.
 */
import '@graphile/pg-aggregates'
import type { PgRegistry } from 'postgraphile/@dataplan/pg'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      IdAggregatesPlugin: true
    }
  }
}

type Entity = {
  readonly type: string
  readonly codec?: { readonly name: string }
  readonly attributeName?: string
}
type Spec = { readonly id: string; shouldApplyToEntity?: (entity: Entity) => boolean }
/** What of the build is used here; the library's types do not reach these parts. */
type Build = {
  readonly pgAggregateSpecs: readonly Spec[]
  readonly input: { readonly pgRegistry: PgRegistry }
}

const arithmetic = /^(sum|average|stddev|variance)/

export const IdAggregatesPlugin: GraphileConfig.Plugin = {
  name: 'IdAggregatesPlugin',
  description: 'Offers no arithmetic over keys and what refers to keys',
  after: ['PgAggregatesSpecsPlugin'],
  schema: {
    hooks: {
      build(build) {
        const { pgAggregateSpecs, input } = build as unknown as Build
        const isId = ids(input.pgRegistry)
        for (const spec of pgAggregateSpecs) {
          if (!arithmetic.test(spec.id)) continue
          const before = spec.shouldApplyToEntity
          spec.shouldApplyToEntity = entity =>
            (before?.(entity) ?? true) && !(entity.type === 'attribute' && isId(entity))
        }
        return build
      },
    },
  },
}

/** Columns of primary keys and of foreign keys. */
function ids({ pgResources, pgRelations }: PgRegistry): (entity: Entity) => boolean {
  const found = new Set<string>()
  for (const { codec, uniques } of Object.values(pgResources)) {
    for (const { isPrimary, attributes } of uniques) {
      if (isPrimary) for (const name of attributes) found.add(`${codec.name}.${String(name)}`)
    }
  }
  for (const [codec, relations] of Object.entries(pgRelations)) {
    for (const { isReferencee, localAttributes } of Object.values(relations ?? {})) {
      if (!isReferencee) for (const name of localAttributes) found.add(`${codec}.${String(name)}`)
    }
  }
  return ({ codec, attributeName }) => found.has(`${codec?.name}.${attributeName}`)
}
