/** Every question that the API takes, asked with what the victims have. */
import {
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isRequiredArgument,
} from 'graphql'
import type { Server } from '../http/server.ts'
import {
  argumentsText,
  type Call,
  type Field,
  fieldsOf,
  leaves,
  listsOf,
  nodeOf,
  objectOf,
  send,
  word,
} from './graphqlApi.ts'
import { type Aim, conditions, sums, wrapped } from './graphqlFilters.ts'
import type { ApiRows } from './graphqlRows.ts'

const call = (name: string, text: string): Call => ({ name, text })

/** Lookups, Relay ids and whole lists: few enough to ask them as everybody. */
export function plainReads(schema: GraphQLSchema, rows: ApiRows): Call[] {
  const query = schema.getQueryType()
  if (query == null) return []
  return [
    ...fieldsOf(query).flatMap(field => lookups(field, rows)),
    ...listsOf(schema).flatMap(({ field, node }) => [
      call(field.name, `${field.name} { totalCount nodes { ${leaves(node).join(' ')} } }`),
      call(
        `${field.name} last`,
        `${field.name}(last: 3, offset: null) { pageInfo { startCursor endCursor hasPreviousPage } edges { cursor node { ${leaves(node).join(' ')} } } }`.replace(
          ', offset: null',
          '',
        ),
      ),
    ]),
  ]
}

/** Aggregates, relations, filters and orders: thousands. */
export function searchingReads(schema: GraphQLSchema, rows: ApiRows): Call[] {
  return listsOf(schema).flatMap(({ field, node }) => [
    ...aggregates(field, node),
    ...walks(field, node),
    ...filters(schema, field, node, rows),
    ...orders(field, node),
  ])
}

/** A root field that names a row: with every victim's values for its arguments. */
function lookups(field: Field, rows: ApiRows): Call[] {
  const type = objectOf(field.type)
  if (nodeOf(field.type) !== undefined) return []
  const required = field.args.filter(isRequiredArgument)
  if (type === undefined) {
    if (field.name !== 'node') return []
    return rows.theirs.flatMap((theirs, victim) =>
      [...theirs].flatMap(([name, list]) =>
        list
          .slice(0, 3)
          .map(row =>
            call(
              `node of ${name} of victim ${victim + 1}`,
              `node(id: ${JSON.stringify(row.id)}) { id ... on ${name} { rowId: __typename } }`,
            ),
          ),
      ),
    )
  }
  const asked = `{ ${leaves(type).join(' ')} }`
  if (type.name === 'Query') return []
  if (required.length === 0) return [call(field.name, `${field.name} ${asked}`)]
  return rows.theirs.flatMap((theirs, victim) =>
    (theirs.get(type.name) ?? []).slice(0, 2).flatMap(row => {
      const given = Object.fromEntries(required.map(({ name }) => [name, row[name]]))
      if (Object.values(given).some(value => value === null || value === undefined)) return []
      return [call(`${field.name} of victim ${victim + 1}`, `${field.name}${argumentsText(given)} ${asked}`)]
    }),
  )
}

function aggregates(field: Field, node: GraphQLObjectType): Call[] {
  const connection = objectOf(field.type)
  const type =
    connection?.getFields().aggregates && objectOf(connection.getFields().aggregates?.type as never)
  if (connection === undefined || type === undefined) return []
  const inner = fieldsOf(type).flatMap(one => {
    const columns = objectOf(one.type)
    return columns === undefined || one.args.length > 0
      ? []
      : [`${one.name} { ${leaves(columns).join(' ')} }`]
  })
  const calls = inner.map((text, at) =>
    call(`${field.name} aggregates ${at}`, `${field.name} { aggregates { ${text} } }`),
  )
  const grouped = connection.getFields().groupedAggregates
  const groups = grouped?.args.find(({ name }) => name === 'groupBy')
  const groupType = groups && getNamedType(groups.type)
  const having = grouped?.args.find(({ name }) => name === 'having')
  const havingType = having && getNamedType(having.type)
  if (!isEnumType(groupType)) return calls
  const by = groupType.getValues()[0]?.name ?? ''
  return [
    ...calls,
    ...groupType
      .getValues()
      .flatMap(value =>
        inner.map((text, at) =>
          call(
            `${field.name} by ${value.name} ${at}`,
            `${field.name} { groupedAggregates(groupBy: [${value.name}]) { keys ${text} } }`,
          ),
        ),
      ),
    ...(isInputObjectType(havingType) ? sums(havingType) : []).map((condition, at) =>
      call(
        `${field.name} having ${at}`,
        `${field.name} { groupedAggregates${argumentsText({ groupBy: [word(by)], having: condition })} { keys } }`,
      ),
    ),
    call(`${field.name} ids`, `${field.name} { nodes { ${leaves(node)[0]} } }`),
  ]
}

/** Along every relation, three steps; what is found there with all its values. */
function walks(field: Field, node: GraphQLObjectType): Call[] {
  const paths: string[] = []
  const step = (type: GraphQLObjectType, depth: number, wrap: (inner: string) => string) => {
    for (const relation of relationsOf(type)) {
      const rows = nodeOf(relation.type)
      const target = rows ?? (objectOf(relation.type) as GraphQLObjectType)
      const around = (inner: string) =>
        wrap(
          rows === undefined
            ? `${relation.name} { ${inner} }`
            : `${relation.name}(first: 2) { totalCount nodes { ${inner} } }`,
        )
      paths.push(around(leaves(target).join(' ')))
      if (depth > 1) step(target, depth - 1, around)
    }
  }
  step(node, 3, inner => inner)
  // At twenty-six tables a table has hundreds of paths; the first two steps are all there, of the third a part.
  const stride = Math.max(1, Math.floor(paths.length / 120))
  return paths
    .filter((_, at) => at % stride === 0)
    .map((path, at) =>
      call(
        `${field.name} along ${at}: ${path.match(/\w+(?=[^{}]*\{)/g)?.join('.')}`,
        `${field.name}(first: 3) { nodes { ${path} } }`,
      ),
    )
}

const relationsOf = (type: GraphQLObjectType): Field[] =>
  fieldsOf(type).filter(field => {
    const target = objectOf(field.type)
    if (target === undefined || field.args.some(isRequiredArgument) || target.name === 'Query') return false
    return nodeOf(field.type) !== undefined || 'id' in target.getFields()
  })

function filters(schema: GraphQLSchema, field: Field, node: GraphQLObjectType, rows: ApiRows): Call[] {
  const argument = field.args.find(({ name }) => name === 'filter')
  const type = argument && getNamedType(argument.type)
  if (!isInputObjectType(type)) return []
  const asked = `{ totalCount nodes { ${leaves(node)[0]} } }`
  const [victim] = rows.theirs
  // Behind a relation the row must be one that an own row leads to, by an id that both have.
  const rowOf: Aim['rowOf'] = (name, isBehind) => {
    const here = isBehind ? (rows.colliding.get(name) ?? []) : []
    return here[1] ?? here[0] ?? victim?.get(name)?.at(-1)
  }
  const all = conditions({ schema, rowOf }, type)
  const [first] = all
  return [...all, ...(first === undefined ? [] : wrapped(first))].map(condition => {
    const text = argumentsText({ filter: condition, first: 2 })
    return call(`${field.name}${text.slice(0, 150)}`, `${field.name}${text} ${asked}`)
  })
}

/** Pages that begin at a cursor of somebody else's page. */
export async function foreignCursors(
  server: Server,
  schema: GraphQLSchema,
  victimToken: string,
): Promise<Call[]> {
  const pages = listsOf(schema).flatMap(({ field, node }) => {
    const argument = field.args.find(({ name }) => name === 'orderBy')
    const type = argument && getNamedType(argument.type)
    return isEnumType(type) ? type.getValues().map(({ name }) => ({ field, node, order: name })) : []
  })
  const asked = pages.map(({ field, order }) =>
    call(order, `${field.name}(orderBy: [${order}], first: 2) { pageInfo { endCursor } }`),
  )
  const replies = await send(server, victimToken, asked)
  return pages.flatMap(({ field, node, order }, at) => {
    const cursor = (replies[at]?.data as { pageInfo?: { endCursor?: string } } | null)?.pageInfo?.endCursor
    if (cursor == null) return []
    const text = `${field.name}(orderBy: [${order}], first: 2, after: ${JSON.stringify(cursor)})`
    return [call(text, `${text} { totalCount nodes { ${leaves(node)[0]} } }`)]
  })
}

function orders(field: Field, node: GraphQLObjectType): Call[] {
  const argument = field.args.find(({ name }) => name === 'orderBy')
  const type = argument && getNamedType(argument.type)
  if (!isEnumType(type)) return []
  return type
    .getValues()
    .map(({ name }) =>
      call(
        `${field.name} by ${name}`,
        `${field.name}(orderBy: [${name}], first: 2) { nodes { ${leaves(node)[0]} } }`,
      ),
    )
}
