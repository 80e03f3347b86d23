/**
 * The types of a schema that its tables are made of, directly or through other types. What no table uses is nobody's
 * business: it neither moves nor keeps its tenant from moving. Pure.
 */
import type { OtherObject, Table, UserType } from '../catalog/catalog.ts'
import { namesIn, withoutSchema } from './names.ts'

/** By schema, then by name: a range is also found by the name of its multirange, a collation unless a type has its name. */
export type TypesByName = ReadonlyMap<string, ReadonlyMap<string, UserType>>

export function typesByName(types: readonly UserType[]): TypesByName {
  const found = new Map<string, Map<string, UserType>>()
  for (const type of types) {
    const names = found.get(type.schema) ?? new Map<string, UserType>()
    found.set(type.schema, names)
    names.set(type.name, type)
    if (type.multirange) names.set(type.multirange, type)
  }
  return found
}

/** Every text of the table that can name something of its schema, apart from sequences and foreign keys. */
export function textsOf({ columns, constraints, indexes }: Table): string[] {
  return [
    ...columns.flatMap(({ type, sequence, default: value, generated, collation }) => [
      type,
      sequence === null ? (value ?? '') : '',
      generated ?? '',
      collation ?? '',
    ]),
    ...constraints
      .filter(({ type }) => type === 'check' || type === 'exclusion')
      .map(({ definition }) => definition),
    ...indexes.map(({ definition }) => definition.slice(definition.indexOf(' USING '))),
  ]
}

/** The types that the tables of one or several schemas use, each of its own schema, and what those are made of. */
export function usedTypes(types: TypesByName, tables: readonly Table[]): UserType[] {
  const used = new Set<UserType>()
  for (const table of tables) {
    const own = types.get(table.schema)
    if (own !== undefined) for (const text of textsOf(table)) reach(text, table.schema, own, used)
  }
  return [...used]
}

function reach(text: string, schema: string, own: ReadonlyMap<string, UserType>, used: Set<UserType>): void {
  for (const name of namesIn(text, schema)) {
    const type = own.get(name)
    if (type === undefined || used.has(type)) continue
    used.add(type)
    reach(type.definition, schema, own, used)
  }
}

/**
 * Types that no table uses and a view or a trigger names: alike wherever they are, and made of types alone, or they stay.
 * @param used by tables
 */
export function namedTypes(
  types: TypesByName,
  others: readonly OtherObject[],
  used: readonly UserType[],
): UserType[] {
  const known = new Set(used.map(({ name }) => name))
  const found = new Set<UserType>()
  for (const { schema, definition } of others) {
    const own = types.get(schema)
    if (own !== undefined && definition !== null) reach(definition, schema, own, found)
  }
  return [...Map.groupBy(found, ({ name }) => name).values()]
    .filter(([first]) => first !== undefined && !known.has(first.name))
    .filter(same => new Set(same.map(formOf)).size === 1)
    .filter(([first]) => first !== undefined && isMadeOfTypes(first, types.get(first.schema) ?? new Map()))
    .flat()
}

const formOf = ({ kind, labels, definition, schema }: UserType) =>
  JSON.stringify([kind, labels, withoutSchema(definition, schema)])

const isMadeOfTypes = ({ definition, schema }: UserType, own: ReadonlyMap<string, UserType>): boolean =>
  namesIn(definition, schema).every(name => own.has(name))
