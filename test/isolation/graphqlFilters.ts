/** Every filter that the API has, with values of the victims: over fields, relations and aggregates. */
import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql'
import type { ApiRow } from './graphqlRows.ts'
import { sample } from './graphqlValues.ts'

type Condition = Readonly<Record<string, unknown>>

export type Aim = {
  readonly rowOf: (type: string, isBehind: boolean) => ApiRow | undefined
}

/** All conditions of a filter type: at the top with every operator, inside relations with one. */
export function conditions(aim: Aim, filter: GraphQLInputObjectType, deeper = 1): Condition[] {
  const row = aim.rowOf(filter.name.replace(/Filter$/, ''), deeper === 0) ?? {}
  return Object.values(filter.getFields()).flatMap((field): Condition[] => {
    const inner = getNamedType(field.type)
    if (['and', 'or', 'not'].includes(field.name)) return []
    if (inner.name === 'Boolean') return [{ [field.name]: true }, { [field.name]: false }]
    if (!isInputObjectType(inner)) throw new Error(`${filter.name}.${field.name} is no filter that is known`)
    if (isOperators(inner)) {
      const all = operators(inner, row[field.name])
      return (deeper > 0 ? all : all.filter(one => 'equalTo' in one || 'contains' in one)).map(one => ({
        [field.name]: one,
      }))
    }
    if (deeper === 0) return []
    return nested(aim, inner, deeper).map(one => ({ [field.name]: one }))
  })
}

/** Both ways around, for one condition of each kind: a filter that is turned over must not turn over the wall. */
export const wrapped = (condition: Condition): Condition[] => [
  { not: condition },
  { or: [condition, { not: condition }] },
  { and: [condition] },
]

/** What else a filter may be is made of filters. */
const isOperators = (type: GraphQLInputObjectType): boolean =>
  !['and', 'some', 'filter'].some(name => name in type.getFields())

/** A relation to one row, to many (some, none, every, aggregates), or aggregates by column. */
function nested(aim: Aim, type: GraphQLInputObjectType, deeper: number): Condition[] {
  const fields = Object.values(type.getFields())
  const many = fields.filter(({ name }) => ['some', 'none', 'every'].includes(name))
  if (many.length > 0) {
    return fields.flatMap(field => {
      const inner = getNamedType(field.type)
      if (!isInputObjectType(inner)) return []
      const found = field.name === 'aggregates' ? sums(inner) : conditions(aim, inner, deeper - 1)
      const some = field.name === 'some' || field.name === 'aggregates' ? found : found.slice(0, 2)
      return some.map(one => ({ [field.name]: one }))
    })
  }
  return conditions(aim, type, deeper - 1)
}

/** `{sum: {salary: {greaterThan: …}}}` for every aggregate and column; also what `having` takes. */
export function sums(type: GraphQLInputObjectType): Condition[] {
  return Object.values(type.getFields()).flatMap((kind: GraphQLInputField): Condition[] => {
    const inner = getNamedType(kind.type)
    if (!isInputObjectType(inner) || ['filter', 'AND', 'OR'].includes(kind.name)) return []
    return Object.values(inner.getFields()).map(column => {
      const operators = getNamedType(column.type)
      const compare = isInputObjectType(operators) ? operators.getFields().greaterThan : undefined
      if (compare === undefined) throw new Error(`${inner.name}.${column.name} cannot be compared`)
      return { [kind.name]: { [column.name]: { greaterThan: sample(compare.type, undefined) } } }
    })
  })
}

function operators(type: GraphQLInputObjectType, value: unknown): Condition[] {
  return Object.values(type.getFields()).flatMap(({ name, type: given }): Condition[] => {
    if (name === 'isNull') return [{ isNull: true }, { isNull: false }]
    const one = Array.isArray(value) ? value.find(part => part !== null) : value
    const isList = isListType(getNullableType(given))
    return [{ [name]: isList ? [sample(getNamedType(given), one)] : sample(given, one) }]
  })
}
