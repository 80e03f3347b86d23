/**
 * Every mutation, aimed at rows that only a victim has, with values that it has and references to what it has; and
 * at rows that both have, which must stay as they are in the victim's house.
 */
import {
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isRequiredInputField,
} from 'graphql'
import { argumentsText, type Call, type Field, fieldsOf, objectOf } from './graphqlApi.ts'
import { sample } from './graphqlFilters.ts'
import type { ApiRow, ApiRows } from './graphqlRows.ts'

/**
 * In the order in which they are to be sent: updates, then what is made, then what is deleted.
 * @param nth which of the own rows, from the end, is changed and deleted
 */
export function writes(schema: GraphQLSchema, rows: ApiRows, nth: number): Call[] {
  const type = schema.getMutationType()
  const mutations = type == null ? [] : fieldsOf(type)
  const kinds = [/^update/, /^create/, /^delete/]
  return kinds.flatMap(kind =>
    mutations.filter(({ name }) => kind.test(name)).flatMap(field => write(field, rows, nth)),
  )
}

function write(field: Field, rows: ApiRows, nth: number): Call[] {
  const input = getNamedType(field.args.find(({ name }) => name === 'input')?.type as never)
  const node = nodeType(field)
  if (!isInputObjectType(input) || node === undefined) return []
  const own = rows.own.get(node)?.at(-nth) ?? rows.own.get(node)?.at(-1)
  return rows.theirs.flatMap((victim, at) => {
    const their = victim.get(node)?.at(-1)
    if (their === undefined) return []
    const who = `${field.name}, victim ${at + 1}`
    if (field.name.startsWith('create')) return creates(field, input, own ?? {}, their, victim, who)
    return changes(field, input, own, their, victim, who)
  })
}

/** The type of row that a mutation is about: the object field of its payload that is a row. */
function nodeType(field: Field): string | undefined {
  const payload = objectOf(field.type)
  const rows = (payload === undefined ? [] : fieldsOf(payload)).flatMap(one => {
    const type = objectOf(one.type)
    return type !== undefined && type.name !== 'Query' && 'id' in type.getFields() ? [type.name] : []
  })
  return rows[0]
}

const call = (field: Field, name: string, input: Readonly<Record<string, unknown>>): Call => ({
  name,
  text: `${field.name}${argumentsText({ input })} { clientMutationId }`,
  isMutation: true,
  // A message may quote what was sent; rows are not asked for.
  echoes: true,
})

/** Where an input says which row, or which values: `patch`, `employee`. */
const valuesField = (input: GraphQLInputObjectType) =>
  Object.values(input.getFields()).find(({ type }) => isInputObjectType(getNamedType(type)))

type Theirs = ReadonlyMap<string, readonly ApiRow[]>

/** Keys that the victim's planted rows have: any of them may be what a reference leads to. */
const foreignKeyOf = (theirs: Theirs): unknown =>
  [...theirs.values()].flat().find(({ rowId }) => /^9\d{5}$/.test(String(rowId)))?.rowId

const isReference = (name: string) => /Id$/.test(name) && name !== 'rowId'

function creates(
  field: Field,
  input: GraphQLInputObjectType,
  own: ApiRow,
  their: ApiRow,
  victim: Theirs,
  who: string,
): Call[] {
  const values = valuesField(input)
  const type = values && getNamedType(values.type)
  if (values === undefined || !isInputObjectType(type)) return []
  const base: Record<string, unknown> = {}
  for (const one of Object.values(type.getFields())) {
    const model = isReference(one.name) ? own[one.name] : their[one.name]
    const isNeeded = isRequiredInputField(one)
    if (isReference(one.name) && !isNeeded) continue
    const scalar = getNamedType(one.type).name
    const value = model == null ? (isNeeded ? sample(scalar, undefined) : undefined) : sample(scalar, model)
    if (value !== undefined) base[one.name] = value
  }
  const make = (name: string, more: object) => call(field, name, { [values.name]: { ...base, ...more } })
  const foreign = foreignKeyOf(victim)
  return [
    ...Object.keys(type.getFields())
      .filter(isReference)
      .map(name => make(`${who}: ${name} of theirs`, { [name]: foreign })),
    make(`${who}: values of theirs`, {}),
  ]
}

/** Updates and deletions: at the victim's row, and at one whose key both have. */
function changes(
  field: Field,
  input: GraphQLInputObjectType,
  own: ApiRow | undefined,
  their: ApiRow,
  victim: Theirs,
  who: string,
): Call[] {
  const patch = valuesField(input)
  const keys = Object.values(input.getFields()).filter(
    ({ name }) => name !== 'clientMutationId' && name !== patch?.name,
  )
  const keyOf = (row: ApiRow) => Object.fromEntries(keys.map(({ name }) => [name, row[name]]))
  const isWhole = (row: ApiRow) => keys.every(({ name }) => row[name] !== null && row[name] !== undefined)
  const type = patch && getNamedType(patch.type)
  if (patch === undefined || !isInputObjectType(type)) {
    return [
      ...(isWhole(their) ? [call(field, `${who}: theirs`, keyOf(their))] : []),
      ...(own !== undefined && isWhole(own) ? [call(field, `${who}: a key of both`, keyOf(own))] : []),
    ]
  }
  const foreign = foreignKeyOf(victim)
  return Object.values(type.getFields()).flatMap(one => {
    const scalar = getNamedType(getNullableType(one.type)).name
    const change = (row: ApiRow, value: unknown) => ({ ...keyOf(row), [patch.name]: { [one.name]: value } })
    const value = sample(scalar, their[one.name])
    if (value === undefined) return []
    return [
      ...(isWhole(their) ? [call(field, `${who}: ${one.name} of theirs`, change(their, value))] : []),
      ...(own === undefined || !isWhole(own)
        ? []
        : [
            call(
              field,
              `${who}: ${one.name} of a key of both`,
              change(own, own[one.name] == null ? null : sample(scalar, own[one.name])),
            ),
            ...(isReference(one.name)
              ? [call(field, `${who}: ${one.name} to theirs`, change(own, foreign))]
              : []),
          ]),
    ]
  })
}
