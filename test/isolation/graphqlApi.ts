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
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import type { Server } from '../http/server.ts'

export type Field = GraphQLField<unknown, unknown>

/** One root field as text, without an alias. */
export type Call = {
  /** What a leak is reported under. */
  readonly name: string
  /** Variables in it are written `$name`. */
  readonly text: string
  /** Type and value by name. Calls that differ only in them are one plan to the server. */
  readonly variables?: Readonly<Record<string, readonly [type: string, value: unknown]>>
  readonly isMutation?: boolean
  /** It writes what belongs to a victim: the answer is not looked through. */
  readonly echoes?: boolean
  /** The type of row that it comes to over a relation, or of what it compares. */
  readonly leadsTo?: string
  /** What of calls with the same text tells one kind from another: the relation that a filter goes over. */
  readonly alike?: string
}

export type Reply = {
  readonly data: unknown
  readonly errors: readonly { message: string; extensions?: unknown }[]
}

export async function readSchema(server: Server): Promise<GraphQLSchema> {
  const { body } = await server.ask(undefined, getIntrospectionQuery())
  return buildClientSchema(body.data)
}

/** Less than the limits of the server (src/graphql/limits.ts): planning a document costs more than twice what half of it costs. */
const most = { fields: 300, bytes: 60_000, calls: 50 }

/** Sends calls in as few requests as the server's limits allow. @returns a reply per call, in order */
export async function send(
  server: Server,
  token: string | undefined,
  calls: readonly Call[],
): Promise<Reply[]> {
  const replies: Reply[] = []
  for (const part of inParts(calls)) {
    const { document, variables } = documentOf(part)
    const { status, body } = await server.ask(token, document, variables)
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

function documentOf(calls: readonly Call[]) {
  const kind = calls[0]?.isMutation ? 'mutation' : 'query'
  const named = calls.map(({ text }, at) => `c${at}: ${text.replaceAll(/\$(?=\w)/g, `$v${at}_`)}`)
  const given = calls.flatMap(({ variables = {} }, at) =>
    Object.entries(variables).map(([name, [type, value]]) => ({ name: `v${at}_${name}`, type, value })),
  )
  const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  return {
    document: `${kind} ${declared === '' ? '' : `(${declared}) `}{ ${named.join('\n')} }`,
    variables: Object.fromEntries(given.map(({ name, value }) => [name, value])),
  }
}

/** Where many of one text follow each other, they get documents of their own: the same one again and again. */
const manyAlike = 10

function inParts(calls: readonly Call[]): Call[][] {
  const parts: Call[][] = []
  let [fields, bytes, alike] = [0, 0, 0]
  for (const call of calls) {
    const size = call.text.match(/\w+/g)?.length ?? 0
    const weight = call.text.length + JSON.stringify(call.variables ?? {}).length
    const last = parts.at(-1)
    const isAlike = last?.at(-1)?.text === call.text
    const fits =
      last !== undefined &&
      last.length < most.calls &&
      fields + size < most.fields &&
      bytes + weight < most.bytes &&
      last[0]?.isMutation === call.isMutation &&
      (isAlike || alike < manyAlike)
    if (fits) last.push(call)
    else {
      parts.push([call])
      fields = 0
      bytes = 0
    }
    alike = isAlike && fits ? alike + 1 : 1
    fields += size
    bytes += weight
  }
  return parts
}

export const fieldsOf = (type: GraphQLObjectType): Field[] => Object.values(type.getFields())

/**
 * Fields that are values, as a selection: no row, no argument that must be given but a name of something. A value may
 * be an object itself, as an interval is.
 */
export const leaves = (type: GraphQLObjectType): string[] =>
  fieldsOf(type).flatMap(field => {
    const required = field.args.filter(isRequiredArgument)
    if (required.some(argument => named(argument) !== 'String')) return []
    const given = required.map(({ name }) => `${name}: "payroll"`).join(', ')
    const inner = objectOf(field.type)
    if (inner !== undefined && isOfRows(inner)) return []
    const parts = inner === undefined ? '' : ` { ${leaves(inner).join(' ')} }`
    return `${field.name}${given === '' ? '' : `(${given})`}${parts}`
  })

/** A row, a page of rows, or where every question begins. */
const isOfRows = (type: GraphQLObjectType): boolean =>
  'id' in type.getFields() || type.name.endsWith('Connection')

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
