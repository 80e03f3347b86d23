/**
 * What a table names that is not there for all: collations of the tenant's own schema, and anything of another tenant's.
 * What its types are made of counts as well. Pure.
 */
import type { Table, UserType } from '../catalog/catalog.ts'
import { namesIn, schemasIn } from './names.ts'

export type Foreign = {
  /** Columns that are sorted by one of the tenant's own schema which cannot be told from a type. */
  readonly collations: readonly string[]
  readonly others: readonly { readonly where: string; readonly schema: string }[]
  readonly isType: (name: string) => boolean
}

type Place = { readonly where: string; readonly text: string }

/**
 * @param types of the table's schema, by name
 * @param tenants all tenants' schemas
 */
export function foreignTo(
  table: Table,
  types: ReadonlyMap<string, UserType>,
  tenants: ReadonlySet<string>,
): Foreign {
  const own = placesOf(table)
  const places = [...own, ...typePlaces(own, table.schema, types)]
  const others = new Map<string, { where: string; schema: string }>()
  for (const { where, text } of [...places, ...keysOf(table)]) {
    for (const schema of schemasIn(text)) {
      if (schema !== table.schema && tenants.has(schema)) others.set(`${where} ${schema}`, { where, schema })
    }
  }
  return {
    collations: table.columns
      .filter(({ collation }) =>
        namesIn(collation ?? '', table.schema).some(one => types.get(one)?.kind !== 'collation'),
      )
      .map(({ name }) => name),
    others: [...others.values()],
    isType: name => types.has(name) && types.get(name)?.kind !== 'collation',
  }
}

/** Sequences apart: a column gets one of its own. */
function placesOf({ columns, constraints, indexes }: Table): Place[] {
  return [
    ...columns.flatMap(({ name: where, type, sequence, default: value, generated, collation }) =>
      [type, sequence === null ? value : null, generated, collation].flatMap(text =>
        text === null ? [] : [{ where, text }],
      ),
    ),
    ...constraints
      .filter(({ type }) => type === 'check' || type === 'exclusion')
      .map(({ name: where, definition: text }) => ({ where, text })),
    ...indexes.map(({ name: where, definition }) => ({
      where,
      text: definition.slice(definition.indexOf(' USING ')),
    })),
  ]
}

const keysOf = ({ constraints }: Table): Place[] =>
  constraints
    .filter(({ type }) => type === 'foreign')
    .map(({ name, definition }) => ({ where: `foreign key ${name}`, text: definition }))

/** What the types are made of that these places name, to the end. */
function typePlaces(places: readonly Place[], schema: string, types: ReadonlyMap<string, UserType>): Place[] {
  const found = new Map<string, Place>()
  const follow = (text: string) => {
    for (const name of namesIn(text, schema)) {
      const type = types.get(name)
      if (type === undefined || found.has(type.name)) continue
      found.set(type.name, { where: `type ${type.name}`, text: type.definition })
      follow(type.definition)
    }
  }
  for (const { text } of places) follow(text)
  return [...found.values()]
}
