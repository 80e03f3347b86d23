/**
 * The tables of a catalog. A thousand tenants have a thousand tables of one name that differ in nothing but the schema's
 * name: those that consist of the same words (formsQuery.ts) are written alike, details are read of one of each, and the
 * others share them, but for what names the schema.
 */
import type pg from 'pg'
import { drawnText } from '../shapes/drawing.ts'
import { beside } from './beside.ts'
import type { Column, Constraint, Index, Table } from './catalog.ts'
import {
  columnsQuery,
  constraintsQuery,
  indexesQuery,
  operatorsQuery,
  tablesQuery,
} from './catalogQueries.ts'
import { type Numbered, named, namesByNumber, type Row, withoutNull, withoutNumber } from './catalogRows.ts'
import { families, type Relative } from './families.ts'
import { wordsQuery } from './formsQuery.ts'

/** A schema, and how Postgres prints it in front of a name: `"Umbrella Corp".` */
type Place = { readonly schema: string; readonly prefix: string }

/** An index that is told by its parts has `head`, what is printed before the name of its table. */
type ReadIndex = Index & { readonly head: string | null }

type Details = {
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly ReadIndex[]
}

type Listed = Omit<Table, 'columns' | 'constraints' | 'indexes'> & Relative & { readonly prefix: string }

/** The form of a table; a copy with other columns has none. */
const forms = new WeakMap<Table, object>()

/**
 * The same object for tables that are the same, word for word, but for their schema's name where it stands for itself;
 * null where only looking tells.
 */
export const formOf = (table: Table): object | null => forms.get(table) ?? null

/** Tables that are written alike, by their ids, and the one whose details are read. */
export type Group = { readonly representative: number; readonly relations: readonly number[] }

/**
 * In the caller's snapshot, with an empty search path; nested loops are on afterwards, for details of few tables.
 * @param major the server's version
 * @param grouped who is alike; absent: asked of the database
 * @returns what makes the tables of what was read: work that Postgres need not wait for
 */
export async function readTables(
  client: pg.ClientBase,
  major: number,
  grouped?: readonly Group[],
): Promise<() => Table[]> {
  const listed = families(await rows<Listed>(client, tablesQuery))
  const groups = grouped ?? (await alike(client, major, listed))
  // Details are asked of few tables: through indexes.
  await client.query('set local enable_nestloop to on')
  const details = await readDetails(
    client,
    major,
    groups.map(({ representative }) => representative),
  )
  return () => tablesOf(listed, groups, details)
}

function tablesOf(
  listed: readonly Listed[],
  groups: readonly Group[],
  details: (relation: number) => Details,
): Table[] {
  const places = new Map(listed.map(one => [one.relation, one]))
  const known = new Map<number, { details: Details; first: Place; form: object | null }>()
  for (const { representative, relations } of groups) {
    const first = places.get(representative)
    const found = details(representative)
    if (first === undefined) continue
    const form = isPlain(found, first) ? {} : null
    for (const relation of relations) known.set(relation, { details: found, first, form })
  }
  return listed.map(({ relation, prefix, inheritedFrom: _, isPart: __, ...about }) => {
    const { details: found = nothing, first, form = null } = known.get(relation) ?? {}
    const there = { schema: about.schema, prefix }
    const table: Table = { ...about, ...(first === undefined ? found : moved(found, first, there)) }
    // In a family tables of one form may be part of another, or not.
    if (form !== null && !table.inherits && !table.parts) forms.set(table, form)
    return table
  })
}

/**
 * Tables of one name and kind that have the same words, whether they inherit or not. Each word parts every group into
 * those that have it and those that do not. A key's word has the columns that it refers to by number: it is the same for
 * tables that refer to tables of the same columns.
 */
async function alike(client: pg.ClientBase, major: number, listed: readonly Listed[]): Promise<Group[]> {
  // There are few words: as many as are different, which the planner cannot know and would sort them for.
  await client.query('set local enable_sort to off')
  const [words, { groups, partBy, columnsOf }] = await beside(rows<Word>(client, wordsQuery(major)), () =>
    partition(listed),
  )
  await client.query('set local enable_sort to on')
  for (const word of words) if (word.is_column) partBy(word, () => '')
  const isLike = columnsOf()
  for (const word of words) if (!word.is_column) partBy(word, isLike)
  return groups()
}

/** Groups of tables, one for each name and kind, to be parted word by word. */
function partition(listed: readonly Listed[]) {
  const kinds = new Map<string, number>()
  const groupOf = new Map<number, number>()
  const schemaOf = new Map<number, string>()
  const byName = new Map<string, number>()
  for (const { relation, schema, name, kind, inherits, parts, partition, partitionElsewhere } of listed) {
    const isRelated = inherits || parts !== undefined || partition || partitionElsewhere
    const key = JSON.stringify([name, kind, isRelated])
    const group = kinds.get(key) ?? kinds.size
    kinds.set(key, group)
    groupOf.set(relation, group)
    schemaOf.set(relation, schema)
    byName.set(`${schema}\0${name}`, relation)
  }
  let last = kinds.size
  return {
    /** @param columnsOf what the columns of the table are that the word refers to */
    partBy({ relations, referred }: Word, columnsOf: (relation: number, referred: string) => string): void {
      const having = new Map<number | string, number>()
      for (const relation of relations.split(' ').map(Number)) {
        const before = groupOf.get(relation)
        if (before === undefined) continue
        const key = referred === null ? before : `${before} ${columnsOf(relation, referred)}`
        const after = having.get(key) ?? last++
        having.set(key, after)
        groupOf.set(relation, after)
      }
    },
    /** The columns as they are told by now. A table that is not listed, an extension's, is like no other. */
    columnsOf() {
      const alikeSoFar = new Map(groupOf)
      return (relation: number, referred: string) =>
        `${alikeSoFar.get(byName.get(`${schemaOf.get(relation)}\0${referred}`) ?? -1) ?? `of ${relation}`}`
    },
    groups: (): Group[] =>
      [...Map.groupBy(groupOf.keys(), relation => groupOf.get(relation)).values()].map(relations => ({
        representative: relations.reduce((least, one) => Math.min(least, one)),
        relations,
      })),
  }
}

type Word = { readonly relations: string; readonly referred: string | null; readonly is_column: boolean }

const nothing: Details = { columns: [], constraints: [], indexes: [] }

const rows = async <T>(client: pg.ClientBase, text: string, values: unknown[] = []): Promise<T[]> =>
  (await client.query(text, values)).rows as T[]

/** What is told of one schema's table, as it is told of another's that is written alike. What is the same is shared. */
function moved({ columns, constraints, indexes }: Details, from: Place, to: Place) {
  if (from.schema === to.schema) return { columns, constraints, indexes: indexes.map(withoutHead) }
  const text = (one: string) => one.split(from.prefix).join(to.prefix)
  const atStart = (one: string) =>
    one.startsWith(from.prefix) ? to.prefix + one.slice(from.prefix.length) : one
  const schema = (one: string) => (one === from.schema ? to.schema : one)
  return {
    columns: columns.map(column => {
      const next = {
        type: column.typeSchema === from.schema ? atStart(column.type) : column.type,
        typeSchema: column.typeSchema && schema(column.typeSchema),
        default: column.default && text(column.default),
        generated: column.generated && text(column.generated),
        sequence: column.sequence && atStart(column.sequence),
      }
      return isSame(column, next) ? column : { ...column, ...next }
    }),
    constraints: constraints.map(constraint => {
      const { references } = constraint
      const next = { definition: text(constraint.definition) }
      if (references === null) return isSame(constraint, next) ? constraint : { ...constraint, ...next }
      return { ...constraint, ...next, references: { ...references, schema: schema(references.schema) } }
    }),
    indexes: indexes.map(index => {
      const { head, definition } = index
      if (head === null) return { ...withoutHead(index), definition: text(definition) }
      if (!definition.startsWith(head + from.prefix))
        throw new Error(`Postgres prints index ${index.name} otherwise than expected: ${definition}`)
      const next = head + to.prefix + definition.slice(head.length + from.prefix.length)
      return { ...withoutHead(index), definition: next }
    }),
  }
}

const withoutHead = ({ head: _, ...index }: ReadIndex): Index => index

const isSame = <T extends object>(one: T, next: Partial<T>): boolean =>
  (Object.keys(next) as (keyof T)[]).every(key => one[key] === next[key])

/**
 * Whether the schema's name stands for the schema wherever it stands: in a string (`default 'acme.org'`) or inside
 * another name it would be taken for one.
 */
function isPlain({ columns, constraints, indexes }: Details, { prefix }: Place): boolean {
  const texts = [
    // Of a numbered column the default is the sequence, whatever it is called.
    ...columns.flatMap(one => [
      one.sequence === null ? one.default : one.identity === null ? drawnText(one) : null,
      one.generated,
    ]),
    ...constraints.map(({ definition }) => definition),
    ...indexes.flatMap(({ head, definition }) => (head === null ? [definition] : [])),
  ]
  return texts.every(text => {
    if (text === null || !text.includes(prefix)) return true
    if (text.includes(mark)) return false
    const outside = text
      .split(prefix)
      .join(mark)
      .replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, quoted => (quoted.includes(mark) ? `x${mark}` : '""'))
    return !inName.test(outside)
  })
}

/** No text that Postgres prints has it unescaped. */
const mark = '\u0001'
const inName = new RegExp(`[\\w$."\\u0080-\\uffff]${mark}`)

async function readDetails(
  client: pg.ClientBase,
  major: number,
  relations: readonly number[],
): Promise<(relation: number) => Details> {
  const keys = await rows<Numbered<Constraint>>(client, constraintsQuery(major), [relations])
  const there = keys.flatMap(({ references }) => references?.relation ?? [])
  const listed = await rows<Row & Column & { number: number }>(client, columnsQuery(major), [
    [...new Set([...relations, ...there])],
  ])
  const nameOf = namesByNumber(listed)
  const columns = byRelation(listed.map(withoutNumber))
  const operators = new Map(
    (await rows<{ number: number; name: string }>(client, operatorsQuery, [relations])).map(one => [
      one.number,
      one.name,
    ]),
  )
  const constraints = byRelation(keys.map(one => named(one, nameOf, operators)))
  const indexes = byRelation(
    (await rows<Numbered<ReadIndex>>(client, indexesQuery, [relations])).map(one => ({
      ...withoutNull(one),
      columns: one.columns.map(number => (number > 0 ? nameOf(one.relation, number) : null)),
    })),
  )
  return relation => ({
    columns: columns.get(relation) ?? [],
    constraints: constraints.get(relation) ?? [],
    indexes: indexes.get(relation) ?? [],
  })
}

function byRelation<T>(all: readonly (Row & T)[]): Map<number, T[]> {
  const grouped = new Map<number, T[]>()
  for (const { relation, ...rest } of all) {
    const list = grouped.get(relation)
    if (list) list.push(rest as unknown as T)
    else grouped.set(relation, [rest as unknown as T])
  }
  return grouped
}
