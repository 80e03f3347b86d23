/** Every filter that the API has, with values of the victims: over fields, relations and aggregates. */
import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from 'graphql'
import { word } from './graphqlApi.ts'
import type { ApiRow } from './graphqlRows.ts'

type Condition = Readonly<Record<string, unknown>>

/** Texts longer than this only make documents large. */
const longest = 400

export type Aim = {
  readonly schema: GraphQLSchema
  readonly rowOf: (type: string, isBehind: boolean) => ApiRow | undefined
}

/** All conditions of a filter type: at the top with every operator, inside relations with one. */
export function conditions(aim: Aim, filter: GraphQLInputObjectType, deeper = 1): Condition[] {
  const row = aim.rowOf(filter.name.replace(/Filter$/, ''), deeper === 0) ?? {}
  return Object.values(filter.getFields()).flatMap((field): Condition[] => {
    const inner = getNamedType(field.type)
    if (['and', 'or', 'not'].includes(field.name)) return []
    if (inner.name === 'Boolean') return [{ [field.name]: true }, { [field.name]: false }]
    if (!isInputObjectType(inner)) return []
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

const isOperators = (type: GraphQLInputObjectType): boolean => 'equalTo' in type.getFields()

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
    return Object.values(inner.getFields()).flatMap(column => {
      const operator = getNamedType(column.type)
      if (!isInputObjectType(operator)) return []
      const compare = operator.getFields().greaterThan
      if (compare === undefined) return []
      const value = sample(getNamedType(compare.type).name, undefined)
      return value === undefined ? [] : [{ [kind.name]: { [column.name]: { greaterThan: value } } }]
    })
  })
}

function operators(type: GraphQLInputObjectType, value: unknown): Condition[] {
  return Object.values(type.getFields()).flatMap(({ name, type: given }) => {
    const bare = getNullableType(given)
    const leaf = getNamedType(given)
    if (leaf.name === 'Boolean' && name === 'isNull') return [{ isNull: true }, { isNull: false }]
    if (isEnumType(leaf)) return [{ [name]: word(leaf.getValues()[0]?.name ?? 'NULL') }]
    const one = sample(leaf.name, Array.isArray(value) ? value.find(part => part !== null) : value)
    if (one === undefined) return []
    return [{ [name]: isListType(bare) ? [one] : one }]
  })
}

/** The victim's value, or any of the type where it has none. */
export function sample(type: string, value: unknown): unknown {
  if (type === 'JSON' && !isWritable(value)) return {}
  if (value !== undefined && value !== null && String(value).length < longest) return value
  switch (type) {
    case 'String':
    case 'JSON':
      return 'nothing'
    case 'Int':
      return 0
    case 'BigInt':
    case 'BigFloat':
      return '0'
    case 'Float':
      return 0.5
    case 'Boolean':
      return true
    case 'UUID':
      return '00000000-0000-4000-8000-000000000000'
    case 'Date':
      return '2020-02-29'
    case 'Datetime':
      return '2020-02-29T12:00:00Z'
    default:
      return undefined
  }
}

/** JSON may have keys that are no names; in a document they cannot be written. */
const isWritable = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Object.entries(value).every(
    ([key, inner]) => (Array.isArray(value) || /^[a-z_]\w*$/i.test(key)) && isWritable(inner),
  )
