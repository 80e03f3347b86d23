/** Rows as pg_catalog has them, by number, → as catalog.ts has them, by name. Pure. */
import type { Column, Constraint, ForeignReference } from './catalog.ts'

export type Row = Record<string, unknown> & { relation: number }

/** What is true of few columns is absent from the others. */
export function withoutNumber(column: Row & Column & { number: number }): Row & Column {
  const { number: _, notNullUnchecked, virtual, required, counting, tuned, ...rest } = column
  return {
    ...rest,
    ...(counting ? { counting } : {}),
    ...(required ? { required } : {}),
    ...(notNullUnchecked ? { notNullUnchecked } : {}),
    ...(virtual ? { virtual } : {}),
    ...(tuned ? { tuned } : {}),
  }
}

/** Of most rules and indexes there is nothing to remark. */
export function withoutNull<T extends { readonly remarks?: unknown }>(one: T): T {
  if (one.remarks !== null) return one
  const { remarks: _, ...rest } = one
  return rest as T
}

export type NameOf = (relation: number, number: number) => string

/** With numbers where columns are named, as pg_constraint and pg_index have them. */
export type Numbered<T> = Omit<T, 'columns' | 'references'> & {
  readonly relation: number
  readonly columns: readonly number[]
  readonly references?:
    | (Omit<ForeignReference, 'columns' | 'onDeleteColumns' | 'equals'> & {
        readonly relation: number
        readonly columns: readonly number[]
        readonly equals: readonly number[]
        readonly collations: readonly (string | null)[] | null
        readonly onDeleteColumns: readonly number[]
      })
    | null
}

/** One look-up for all, instead of a sub-select for each of a hundred thousand keys. */
export function namesByNumber(columns: readonly (Row & { name: string; number: number })[]): NameOf {
  const names = new Map<number, Map<number, string>>()
  for (const { relation, number, name } of columns) {
    const known = names.get(relation)
    if (known) known.set(number, name)
    else names.set(relation, new Map([[number, name]]))
  }
  return (relation, number) => names.get(relation)?.get(number) ?? ''
}

export function named(
  one: Numbered<Constraint>,
  nameOf: NameOf,
  operators: ReadonlyMap<number, string>,
): Row & Constraint {
  const { references, columns, ...rest } = withoutNull(one)
  const { relation: there = 0, collations, ...about } = references ?? {}
  return {
    ...rest,
    columns: columns.map(number => nameOf(one.relation, number)),
    references: references
      ? ({
          ...about,
          columns: references.columns.map(number => nameOf(there, number)),
          equals: references.equals.map(number => operators.get(number) ?? '='),
          onDeleteColumns: references.onDeleteColumns.map(number => nameOf(one.relation, number)),
          ...(collations ? { collations } : {}),
        } as ForeignReference)
      : null,
  } as Row & Constraint
}
