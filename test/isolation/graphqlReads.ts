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
import { type Call, type Field, fieldsOf, leaves, listsOf, nodeOf, objectOf, send } from './graphqlApi.ts'
import { type Aim, conditions, sums, wrapped } from './graphqlFilters.ts'
import type { ApiRows } from './graphqlRows.ts'
import { isMoved } from './plants.ts'

const call = (name: string, text: string, variables: Call['variables'] = {}): Call => ({
  name,
  text,
  variables,
})

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
        `${field.name}(last: 3) { pageInfo { startCursor endCursor hasPreviousPage } edges { cursor node { ${leaves(node).join(' ')} } } }`,
      ),
    ]),
  ]
}

/** Aggregates, relations, filters and orders: thousands. */
export function searchingReads(schema: GraphQLSchema, rows: ApiRows): Call[] {
  return [
    ...ways(schema),
    ...listsOf(schema).flatMap(({ field, node }) => [
      ...aggregates(field, node),
      ...filters(field, node, rows),
      ...orders(field, node),
    ]),
  ]
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
              `node(id: $id) { id ... on ${name} { rowId: __typename } }`,
              { id: ['ID!', row.id] },
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
      if (required.some(({ name }) => row[name] === null || row[name] === undefined)) return []
      const given = required.map(({ name, type }) => [name, [String(type), row[name]]] as const)
      const text = `${field.name}(${required.map(({ name }) => `${name}: $${name}`).join(', ')}) ${asked}`
      return [call(`${field.name} of victim ${victim + 1}`, text, Object.fromEntries(given))]
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
  const all = groupType.getValues().map(({ name }) => name)
  const by = (name: string | undefined) => [String(groups?.type), [name]] as const
  return [
    ...calls,
    ...all.map(name =>
      call(
        `${field.name} by ${name}`,
        `${field.name} { groupedAggregates(groupBy: $by) { keys ${inner.join(' ')} } }`,
        { by: by(name) },
      ),
    ),
    ...(isInputObjectType(havingType) ? sums(havingType) : []).map(condition =>
      call(
        `${field.name} having ${JSON.stringify(condition)}`,
        `${field.name} { groupedAggregates(groupBy: $by, having: $having) { keys } }`,
        { by: by(all[0]), having: [String(having?.type), condition] },
      ),
    ),
    call(`${field.name} ids`, `${field.name} { nodes { ${leaves(node)[0]} } }`),
  ]
}

/**
 * Along the relations, up to three steps, to all values of what is found there: every relation from its own table, and
 * further when a way ends where none from that table has ended yet, or goes on by a relation that none went on by.
 */
function ways(schema: GraphQLSchema): Call[] {
  type Way = { readonly from: Field; readonly steps: readonly Field[]; readonly end: GraphQLObjectType }
  const calls: Call[] = []
  const known = new Set<string>()
  const isKnown = (text: string) => known.size === known.add(text).size
  let here: Way[] = listsOf(schema).map(({ field, node }) => ({ from: field, steps: [], end: node }))
  for (let depth = 1; depth <= 3; depth++) {
    here = here.flatMap(way =>
      relationsOf(way.end).map(relation => ({
        ...way,
        steps: [...way.steps, relation],
        end: nodeOf(relation.type) ?? (objectOf(relation.type) as GraphQLObjectType),
      })),
    )
    for (const { from, steps, end } of here) {
      const isOldEnd = isKnown(`${from.name} to ${end.name}`)
      if (depth > 1 && isOldEnd && isKnown(`by ${steps.at(-1)?.name} to ${end.name}`)) continue
      const path = steps.reduceRight(
        (inner, step) =>
          nodeOf(step.type) === undefined
            ? `${step.name} { ${inner} }`
            : `${step.name}(first: 2) { totalCount nodes { ${inner} } }`,
        // What is one step away was seen whole; the further way need only lead to the same rows.
        leaves(end)
          .slice(0, depth === 1 ? undefined : 4)
          .join(' '),
      )
      calls.push({
        name: [from, ...steps].map(({ name }) => name).join('.'),
        text: `${from.name}(first: 3) { nodes { ${path} } }`,
        leadsTo: end.name,
      })
    }
  }
  return calls
}

const relationsOf = (type: GraphQLObjectType): Field[] =>
  fieldsOf(type).filter(field => {
    const target = objectOf(field.type)
    if (target === undefined || field.args.some(isRequiredArgument) || target.name === 'Query') return false
    return nodeOf(field.type) !== undefined || 'id' in target.getFields()
  })

function filters(field: Field, node: GraphQLObjectType, rows: ApiRows): Call[] {
  const argument = field.args.find(({ name }) => name === 'filter')
  const type = argument && getNamedType(argument.type)
  if (!isInputObjectType(type)) return []
  const [victim] = rows.theirs
  // Behind a relation the row must be one that an own row leads to, by an id that both have, if possible its own key.
  const rowOf: Aim['rowOf'] = (name, isBehind) => {
    const theirs = victim?.get(name) ?? []
    if (!isBehind) return theirs.at(-1)
    const here = rows.colliding.get(name) ?? []
    return theirs.find(({ rowId }) => isMoved(rowId)) ?? here[1] ?? here[0] ?? theirs.at(-1)
  }
  const all = conditions({ rowOf }, type)
  const [first] = all
  return [...all, ...(first === undefined ? [] : wrapped(first))].map(condition => {
    const [over = ''] = Object.keys(condition).map(name => String(type.getFields()[name]?.type))
    const [leadsTo] = /\w+(?=Filter$)/.exec(over.replace(/^.*ToMany/, '')) ?? []
    return {
      name: `${field.name} where ${JSON.stringify(condition).slice(0, 150)}`,
      // All of them: a count could be the same with others in it.
      text: `${field.name}(filter: $filter) { nodes { ${leaves(node)[0]} } }`,
      variables: { filter: [String(argument?.type), condition] as const },
      ...(leadsTo === undefined ? {} : { leadsTo, alike: Object.keys(condition).join() }),
    }
  })
}

/** Every way to order every list, and what its argument takes. */
function ordersOf(field: Field): (readonly [type: string, value: readonly string[]])[] {
  const argument = field.args.find(({ name }) => name === 'orderBy')
  const type = argument && getNamedType(argument.type)
  return isEnumType(type) ? type.getValues().map(({ name }) => [String(argument?.type), [name]] as const) : []
}

/** Pages that begin at a cursor of somebody else's page; descending ones are made as ascending ones are. */
export async function foreignCursors(
  server: Server,
  schema: GraphQLSchema,
  victimToken: string,
): Promise<Call[]> {
  const pages = listsOf(schema).flatMap(({ field, node }) =>
    ordersOf(field)
      .filter(([, [name]]) => !name?.endsWith('_DESC'))
      .map(order => ({ field, node, order })),
  )
  const asked = pages.map(({ field, order }) =>
    call(field.name, `${field.name}(orderBy: $order, first: 2) { pageInfo { endCursor } }`, { order }),
  )
  const replies = await send(server, victimToken, asked)
  return pages.flatMap(({ field, node, order }, at) => {
    const cursor = (replies[at]?.data as { pageInfo?: { endCursor?: string } } | null)?.pageInfo?.endCursor
    if (cursor == null) return []
    return [
      call(
        `${field.name} by ${order[1]} after theirs`,
        `${field.name}(orderBy: $order, first: 2, after: $after) { nodes { ${leaves(node)[0]} } }`,
        { order, after: ['Cursor', cursor] },
      ),
    ]
  })
}

const orders = (field: Field, node: GraphQLObjectType): Call[] =>
  ordersOf(field).map(order =>
    call(
      `${field.name} by ${order[1]}`,
      `${field.name}(orderBy: $order, first: 2) { nodes { ${leaves(node)[0]} } }`,
      { order },
    ),
  )
