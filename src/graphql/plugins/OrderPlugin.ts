/**
 * PostGraphile 5.1 takes the first column of any unique constraint for unique by itself: ordered by `employeeId` of
 * `unique (employee_id, period)`, all periods of an employee have one cursor, and the next page begins behind all of
 * them. Here an order is unique only when all columns of a unique constraint are in it and none of them can be null;
 * otherwise the primary key decides between equals.
 */
import 'postgraphile'
import type { PgCodec } from 'postgraphile/@dataplan/pg'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      OrderPlugin: true
    }
  }
}

/** What of an order under way is used here; the library's types do not reach these parts. */
type Builder = {
  orderBy(order: { readonly attribute?: string }): void
  setOrderIsUnique(): void
}
type Value = {
  readonly extensions?: { grafast?: { apply?: (builder: Builder, ...rest: unknown[]) => unknown } }
}
type Build = {
  pgTableResource(
    codec: PgCodec,
  ): { readonly uniques: readonly { readonly attributes: readonly string[] }[] } | null
}

export const OrderPlugin: GraphileConfig.Plugin = {
  name: 'OrderPlugin',
  description: 'Lets the primary key decide between rows that an order leaves equal',
  after: ['PgOrderAllAttributesPlugin', 'PgOrderByPrimaryKeyPlugin'],
  schema: {
    hooks: {
      GraphQLEnumType_values(values, build, { scope }) {
        const { isPgRowSortEnum, pgCodec } = scope as { isPgRowSortEnum?: boolean; pgCodec?: PgCodec }
        if (!isPgRowSortEnum || pgCodec?.attributes == null) return values
        const { attributes } = pgCodec
        const keys = ((build as unknown as Build).pgTableResource(pgCodec)?.uniques ?? [])
          .map(({ attributes: columns }) => columns)
          .filter(columns => columns.every(column => attributes[column]?.notNull))
        for (const { extensions } of Object.values(values) as Value[]) {
          const { grafast } = extensions ?? {}
          const apply = grafast?.apply
          if (grafast === undefined || apply === undefined) continue
          grafast.apply = (builder, ...rest) => apply(honest(builder, keys), ...rest)
        }
        return values
      },
    },
  },
}

/** The same builder, which takes an order for unique only by one of these keys. */
function honest(builder: Builder, keys: readonly (readonly string[])[]): Builder {
  const ordered = new Set<string>()
  return Object.assign(Object.create(builder) as Builder, {
    orderBy(order: { readonly attribute?: string }) {
      if (order.attribute !== undefined) ordered.add(order.attribute)
      builder.orderBy(order)
    },
    setOrderIsUnique() {
      if (keys.some(columns => columns.every(column => ordered.has(column)))) builder.setOrderIsUnique()
    },
  })
}
