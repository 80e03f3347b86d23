/** The API as its introspection describes it, and calls to it: many fields in one request, each judged by itself. */
import {
  buildClientSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import type { Server } from '../http/server.ts'

export type Field = GraphQLField<unknown, unknown>

/** One root field as text, without an alias. */
export type Call = {
  /** What a leak is reported under. */
  readonly name: string
  readonly text: string
  readonly isMutation?: boolean
  /** It writes what belongs to a victim: the answer is not looked through. */
  readonly echoes?: boolean
}

export type Reply = {
  readonly data: unknown
  readonly errors: readonly { message: string; extensions?: unknown }[]
}

export async function readSchema(server: Server): Promise<GraphQLSchema> {
  const { body } = await server.ask(undefined, getIntrospectionQuery())
  return buildClientSchema(body.data)
}

/** The limits of the server (src/graphql/limits.ts), with room to spare. */
const most = { fields: 1500, bytes: 60_000, calls: 40 }

/** Sends calls in as few requests as the server's limits allow. @returns a reply per call, in order */
export async function send(
  server: Server,
  token: string | undefined,
  calls: readonly Call[],
): Promise<Reply[]> {
  const replies: Reply[] = []
  for (const part of inParts(calls)) {
    const kind = part[0]?.isMutation ? 'mutation' : 'query'
    const document = `${kind} { ${part.map(({ text }, at) => `c${at}: ${text}`).join('\n')} }`
    const { status, body } = await server.ask(token, document)
    const errors: { message: string; path?: string[]; extensions?: unknown }[] = body.errors ?? []
    const astray = errors.find(({ path }) => path === undefined)
    if (astray !== undefined) {
      throw new Error(`${status} ${astray.message}\n${document.slice(0, 2000)}`)
    }
    for (const at of part.keys()) {
      const own = errors.filter(({ path }) => path?.[0] === `c${at}`)
      replies.push({
        data: body.data?.[`c${at}`],
        errors: own.map(({ message, extensions }) => ({ message, extensions })),
      })
    }
  }
  return replies
}

function inParts(calls: readonly Call[]): Call[][] {
  const parts: Call[][] = []
  let [fields, bytes] = [0, 0]
  for (const call of calls) {
    const size = call.text.match(/\w+/g)?.length ?? 0
    const last = parts.at(-1)
    const fits =
      last !== undefined &&
      last.length < most.calls &&
      fields + size < most.fields &&
      bytes + call.text.length < most.bytes &&
      last[0]?.isMutation === call.isMutation
    if (fits) last.push(call)
    else {
      parts.push([call])
      fields = 0
      bytes = 0
    }
    fields += size
    bytes += call.text.length
  }
  return parts
}

/** A value as GraphQL writes it. Key words and enum values are wrapped in `word()`. */
export function literalOf(value: unknown): string {
  if (value instanceof Word) return value.text
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}: ${literalOf(inner)}`)
      .join(', ')}}`
  }
  return JSON.stringify(value)
}

class Word {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export const word = (text: string): Word => new Word(text)

export const argumentsText = (values: Readonly<Record<string, unknown>>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return given.length === 0
    ? ''
    : `(${given.map(([name, value]) => `${name}: ${literalOf(value)}`).join(', ')})`
}

export const fieldsOf = (type: GraphQLObjectType): Field[] => Object.values(type.getFields())

/** Fields that are values: no object, no argument that must be given but a name of something. */
export const leaves = (type: GraphQLObjectType): string[] =>
  fieldsOf(type).flatMap(field => {
    if (!isLeafType(getNamedType(field.type))) return []
    const required = field.args.filter(isRequiredArgument)
    if (required.some(argument => named(argument) !== 'String')) return []
    return `${field.name}${argumentsText(Object.fromEntries(required.map(({ name }) => [name, 'payroll'])))}`
  })

export const named = ({ type }: GraphQLArgument | { type: GraphQLOutputType }): string =>
  getNamedType(type).name

export const objectOf = (type: GraphQLOutputType): GraphQLObjectType | undefined => {
  const inner = getNamedType(type)
  return isObjectType(inner) ? inner : undefined
}

/** The type of a connection's nodes; undefined for anything else. */
export function nodeOf(type: GraphQLOutputType): GraphQLObjectType | undefined {
  const connection = objectOf(type)
  const nodes = connection?.name.endsWith('Connection') ? connection.getFields().nodes : undefined
  return nodes === undefined ? undefined : objectOf(nodes.type)
}

/** Every list at the root, with the type of its rows. */
export function listsOf(schema: GraphQLSchema): { field: Field; node: GraphQLObjectType }[] {
  const query = schema.getQueryType()
  if (query == null) return []
  return fieldsOf(query).flatMap(field => {
    const node = nodeOf(field.type)
    return node === undefined ? [] : [{ field, node }]
  })
}
