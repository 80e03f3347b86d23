/** A value for every type that the API takes: a victim's where it has one, any where it has none. */
import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from 'graphql'

/** Texts longer than this only make requests large. */
const longest = 400

/** What to ask where a victim has nothing. A type that is missing here would not be walked: it stops the walk. */
const any: Readonly<Record<string, unknown>> = {
  String: 'nothing',
  JSON: {},
  Int: 0,
  BigInt: '0',
  BigFloat: '0',
  Float: 0.5,
  Boolean: true,
  UUID: '00000000-0000-4000-8000-000000000000',
  Date: '2020-02-29',
  Time: '12:00:00',
  Datetime: '2020-02-29T12:00:00Z',
  InternetAddress: '192.0.2.1',
  CurrencyCode: 'EUR',
  Iban: 'DE00NOTHING0000000',
  Base64EncodedBinary: 'bm90aGluZw==',
}

/** @param value of a row that was read through the API: what it gives out, it also takes */
export function sample(type: GraphQLInputType, value: unknown): unknown {
  const bare = getNullableType(type) as GraphQLInputType
  if (isListType(bare)) {
    return Array.isArray(value) ? value.map(one => sample(bare.ofType, one)) : [sample(bare.ofType, value)]
  }
  const named = getNamedType(bare)
  if (isInputObjectType(named)) {
    const parts = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
    const fields = Object.values(named.getFields())
    return Object.fromEntries(fields.map(field => [field.name, sample(field.type, parts[field.name])]))
  }
  if (isEnumType(named)) {
    const names = named.getValues().map(({ name }) => name)
    return names.find(name => name === value) ?? names[0]
  }
  if (!(named.name in any)) {
    throw new Error(`no value is known for ${named.name}: teach test/isolation/graphqlValues.ts`)
  }
  return value != null && JSON.stringify(value).length < longest ? value : any[named.name]
}
