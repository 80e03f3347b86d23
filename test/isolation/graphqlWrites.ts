/**
 * Every mutation, aimed at rows that only a victim has, with values that it has and references to what it has; and
 * at rows that both have, which must stay as they are in the victim's house.
 */
import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isRequiredInputField,
} from 'graphql'
import { type Call, type Field, fieldsOf, objectOf } from './graphqlApi.ts'
import type { ApiRow, ApiRows } from './graphqlRows.ts'
import { sample } from './graphqlValues.ts'
import { isPlant } from './plants.ts'

/** Of a type of row: no mutation, each once for every aim at one victim, or with every value at all victims. */
export type Extent = 'none' | 'once' | 'whole'

/**
 * In the order in which they are to be sent: updates, then what is made, then what is deleted.
 * @param nth which of the own rows, from the end, is changed and deleted
 */
export function writes(
  schema: GraphQLSchema,
  rows: ApiRows,
  nth: number,
  extentOf: (type: string) => Extent,
): Call[] {
  const type = schema.getMutationType()
  const mutations = type == null ? [] : fieldsOf(type)
  const kinds = [/^update/, /^create/, /^delete/, /^operator/]
  const missing = mutations.filter(({ name }) => !kinds.some(kind => kind.test(name)))
  if (missing.length > 0) throw new Error(`${missing.map(({ name }) => name)}: no mutation that is known`)
  return kinds.flatMap(kind =>
    mutations
      .filter(({ name }) => kind.test(name))
      .flatMap(field => {
        // Nobody here is an operator: whatever is asked of these, the answer is the same refusal.
        if (field.name.startsWith('operator')) return operations(field, rows)
        const extent = extentOf(nodeType(field) ?? '')
        if (extent === 'none') return []
        if (extent === 'whole') return write(field, rows, nth)
        const calls = write(field, { ...rows, theirs: rows.theirs.slice(0, 1) }, nth)
        const aims = Map.groupBy(calls, ({ name }) => name.replace(/: (?!a key)\w+ /, ': '))
        return [...aims.values()].flatMap(alike => [...new Set([...alike.slice(0, 1), ...alike.slice(-1)])])
      }),
  )
}

/** An operator's function, asked about each victim. */
function operations(field: Field, rows: ApiRows): Call[] {
  const input = getNamedType(field.args.find(({ name }) => name === 'input')?.type as never)
  if (!isInputObjectType(input)) return []
  return rows.theirs.map((victim, at) => {
    const slug = victim.get('Organization')?.[0]?.slug ?? victim.get('Domain')?.[0]?.domain
    const given = { slug, reason: 'ticket 4711' }
    const known = Object.entries(given).filter(([name]) => name in input.getFields())
    return call(field, `${field.name}, victim ${at + 1}`, Object.fromEntries(known))
  })
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
  text: `${field.name}(input: $input) { clientMutationId }`,
  variables: { input: [String(field.args.find(one => one.name === 'input')?.type), input] },
  isMutation: true,
  // A message may quote what was sent; rows are not asked for.
  echoes: true,
})

/** Where an input says which row, or which values: `patch`, `employee`. */
const valuesField = (input: GraphQLInputObjectType) =>
  Object.values(input.getFields()).find(({ type }) => isInputObjectType(getNamedType(type)))

type Theirs = ReadonlyMap<string, readonly ApiRow[]>

/** The key of a planted row of the victim's, of the type that a reference has: any of them may be what it leads to. */
function foreignKeyOf(theirs: Theirs, { type }: { readonly type: GraphQLInputType }): unknown {
  const { name } = getNamedType(type)
  const keys = [...theirs.values()].flat().map(({ rowId }) => rowId)
  const key = keys.find(one => isPlant(one) && (name === 'UUID') === /-/.test(String(one)))
  return name === 'Int' ? Number(key) : key
}

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
    if (model != null || isNeeded) base[one.name] = sample(one.type, model)
  }
  const make = (name: string, more: object) => call(field, name, { [values.name]: { ...base, ...more } })
  return [
    ...Object.values(type.getFields())
      .filter(({ name }) => isReference(name))
      .map(one => make(`${who}: ${one.name} of theirs`, { [one.name]: foreignKeyOf(victim, one) })),
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
  return Object.values(type.getFields()).flatMap(one => {
    const change = (row: ApiRow, value: unknown) => ({ ...keyOf(row), [patch.name]: { [one.name]: value } })
    const value = sample(one.type, their[one.name])
    return [
      ...(isWhole(their) ? [call(field, `${who}: ${one.name} of theirs`, change(their, value))] : []),
      ...(own === undefined || !isWhole(own)
        ? []
        : [
            call(
              field,
              `${who}: ${one.name} of a key of both`,
              change(own, own[one.name] == null ? null : sample(one.type, own[one.name])),
            ),
            ...(isReference(one.name)
              ? [call(field, `${who}: ${one.name} to theirs`, change(own, foreignKeyOf(victim, one)))]
              : []),
          ]),
    ]
  })
}
