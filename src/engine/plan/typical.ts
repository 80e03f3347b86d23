/**
 * Queries that an application of this shape sends: up to ten, chosen over the largest tables, the same for the same
 * tables. Asked of the old schemas before the fold and of the shared tables after it. Pure.
 */
import { ident } from '../../postgres/identifiers.ts'
import type { ForeignReference, Table } from '../catalog/catalog.ts'
import { nameOf, type PlannedTable } from './targetTable.ts'

export type TypicalQuery = {
  /** `hr.employees by email`: unique within a plan. */
  readonly name: string
  /** The old name of the table it is about. */
  readonly table: string
  /** Columns of the answer; empty means a count. */
  readonly columns: readonly string[]
  /** Columns compared with constants, which are taken from a row when the baseline is recorded. */
  readonly equal: readonly string[]
  readonly order: readonly string[]
  readonly parent: Parent | null
}

/** The table that a foreign key refers to: `from` of the child equals `key` of the parent. */
export type Parent = {
  readonly table: string
  readonly from: readonly string[]
  readonly key: readonly string[]
  readonly columns: readonly string[]
}

/** At most this many queries per tenant; a page has `pageSize` rows. */
const most = 10
const pageSize = 50

type Subject = { readonly table: PlannedTable; readonly model: Table; readonly name: string }

/**
 * @param models the old tables by name, as one tenant has them
 * @returns in a fixed order: one query of every kind, then a second one of the kinds that come first
 */
export function typicalQueries(
  tables: readonly PlannedTable[],
  models: ReadonlyMap<string, Table>,
): TypicalQuery[] {
  const numbered = new Set(tables.flatMap(({ source, renumbered }) => (renumbered === null ? [] : [source])))
  const subjects = [...tables]
    .sort((a, b) => b.rows - a.rows || (a.source < b.source ? -1 : 1))
    // Without a key there is no order that both sides share.
    .filter(table => table.key.length > 0 && table.key.every(column => keepsOrder(table, column, numbered)))
    .flatMap(table => {
      const model = models.get(table.source)
      return model ? [{ table, model, name: nameOf(table) }] : []
    })
    // Of a table that is nothing but ids that become others there is nothing to compare.
    .filter(subject => staying(subject).length > 0)
  const queues = kinds.map(kind => subjects.flatMap(subject => kind(subject, subjects).slice(0, 1)))
  const chosen: TypicalQuery[] = []
  for (let round = 0; round < subjects.length; round++) {
    chosen.push(...queues.flatMap(queue => queue.slice(round, round + 1)))
  }
  return chosen.slice(0, most)
}

/** Each kind of query, as often as a table has it. The first kinds are asked of two tables. */
const kinds: readonly ((subject: Subject, all: readonly Subject[]) => TypicalQuery[])[] = [
  // The children of one parent.
  (subject, all) =>
    parents(subject, all)
      .filter(({ from }) => from.every(column => isComparable(subject, column)))
      .map(({ from }) => ({ ...page(subject, `of one ${from.join(', ')}`), equal: from })),
  // A page with the parents.
  (subject, all) =>
    parents(subject, all).map(parent => ({
      ...page(subject, `joined through ${parent.from.join(', ')}`),
      parent,
    })),
  // One row.
  subject =>
    subject.table.key.every(column => isComparable(subject, column))
      ? [{ ...page(subject, 'by key'), equal: subject.table.key }]
      : [],
  subject =>
    subject.model.constraints
      .filter(({ type }) => type === 'unique')
      .filter(({ columns }) => columns.every(column => isComparable(subject, column)))
      .map(({ columns }) => ({ ...page(subject, `by ${columns.join(', ')}`), equal: columns })),
  subject => [page(subject, 'page by page')],
  subject =>
    indexedColumns(subject)
      .filter(column => isComparable(subject, column))
      .map(column => ({ ...page(subject, `where ${column} is one value`), equal: [column] })),
  subject =>
    indexedColumns(subject).map(column => ({
      ...page(subject, `in order of ${column}`),
      order: [column, ...subject.table.key],
    })),
  subject => [{ ...page(subject, 'counted'), columns: [], order: [] }],
]

const page = (subject: Subject, what: string): TypicalQuery => ({
  name: `${subject.name} ${what}`,
  table: subject.table.source,
  columns: shown(subject),
  equal: [],
  order: subject.table.key,
  parent: null,
})

/** Secret columns are for nobody to read. */
const readable = ({ table }: Subject): string[] =>
  table.columns.map(({ name }) => name).filter(name => !table.secret.includes(name))

/** Ids that become others are another answer, and no constant to ask for afterwards. */
const staying = (subject: Subject): string[] =>
  readable(subject).filter(name =>
    subject.table.columns.some(column => column.name === name && column.ids === undefined),
  )

/** As text a file is twice its size, and beyond half a gigabyte no text at all; its bytes are compared elsewhere. */
const shown = (subject: Subject): string[] =>
  staying(subject).filter(
    name => subject.table.columns.find(column => column.name === name)?.base !== 'bytea',
  )

/** Renumbered ids are in the order of the old ones; what merged rows get is in no tenant's. */
function keepsOrder({ columns }: PlannedTable, name: string, numbered: ReadonlySet<string>): boolean {
  const ids = columns.find(column => column.name === name)?.ids
  return ids === undefined || ('of' in ids && typeof ids.of === 'string' && numbered.has(ids.of))
}

/** Within the tenant, and folded. */
function parents(subject: Subject, all: readonly Subject[]): Parent[] {
  return subject.model.constraints.flatMap(({ type, columns, references }) => {
    if (type !== 'foreign' || !columns.every(column => readable(subject).includes(column))) return []
    const { schema, table, columns: key, collations } = references as ForeignReference
    // Nobody joins these without saying by which collation.
    if (collations !== undefined) return []
    const parent = all.find(candidate => candidate.table.source === table)
    if (schema !== subject.model.schema || parent === undefined) return []
    if (!columns.every((column, at) => hasOperator(subject, column) && hasOperator(parent, key[at] ?? '')))
      return []
    return [{ table, from: columns, key, columns: shown(parent).slice(0, 4) }]
  })
}

/** First columns of plain indexes, apart from keys and foreign keys, which have queries of their own. */
function indexedColumns(subject: Subject): string[] {
  const keys = new Set(
    subject.model.constraints.flatMap(({ columns, type }) => (type === 'check' ? [] : columns)),
  )
  return subject.model.indexes
    .filter(index => index.method === 'btree' && !index.partial && !/_ops\b/.test(index.definition))
    .flatMap(({ columns: [first] }) => (first === undefined || first === null ? [] : [first]))
    .filter(column => !keys.has(column) && staying(subject).includes(column))
}

/** Compared with a constant: one that stays what it is. */
const isComparable = (subject: Subject, name: string): boolean =>
  staying(subject).includes(name) && hasOperator(subject, name)

/**
 * Types of an extension have their operators in a schema that is not searched; a `regtype` is compared as a number, which
 * its text is not; a secret one is not compared.
 */
function hasOperator(subject: Subject, name: string): boolean {
  const column = subject.table.columns.find(one => one.name === name)
  return readable(subject).includes(name) && column?.typeSchema === null && !/^reg/.test(column.base)
}

/** The name of a table, given its old one: in one tenant's schema, or the shared table's. */
export type Naming = (source: string) => string

/**
 * The query as `rowhouse.measure` takes it: `%L` where a constant belongs, in the order of `equal`.
 * @param scope the scope column of shared tables: their foreign keys have it, and a join by half of a key is another
 *   query, whose size the planner guesses wrong (0.1 ms became 13 where it then sorted)
 */
export function queryText(
  { table, columns, equal, order, parent }: TypicalQuery,
  named: Naming,
  scope?: string,
): string {
  const of = (alias: string) => (name: string) => `${alias}.${ident(name)}`.replaceAll('%', '%%')
  const from = (source: string, alias: string) => `${named(source).replaceAll('%', '%%')} ${alias}`
  const shown = [...columns.map(of('t')), ...(parent?.columns ?? []).map(of('p'))]
  const on = [
    ...(scope === undefined ? [] : [`${of('t')(scope)} = ${of('p')(scope)}`]),
    ...(parent?.from ?? []).map((name, at) => `${of('t')(name)} = ${of('p')(parent?.key[at] ?? '')}`),
  ]
  return [
    `select ${columns.length === 0 ? 'count(*)' : shown.join(', ')} from ${from(table, 't')}`,
    parent === null ? '' : `join ${from(parent.table, 'p')} on ${on.join(' and ')}`,
    equal.length === 0 ? '' : `where ${equal.map(name => `${of('t')(name)} = %L`).join(' and ')}`,
    order.length === 0 ? '' : `order by ${order.map(of('t')).join(', ')} limit ${pageSize}`,
  ]
    .filter(Boolean)
    .join(' ')
}

/**
 * The query that finds the constants: of the first thousand rows in key order, the one in the middle that has them
 * all; nulls where there is none.
 */
export function pickingText({ table, equal }: TypicalQuery, key: readonly string[], named: Naming): string {
  if (equal.length === 0) return `select '{}'::text[]`
  const present = equal.map(name => `few.${ident(name)} is not null`).join(' and ')
  const texts = equal.map((name, at) => `few.${ident(name)}::text as c${at}`).join(', ')
  const order = key.map(name => `few.${ident(name)}`).join(', ')
  return `select array[${equal.map((_, at) => `max(c${at}) filter (where place = middle)`).join(', ')}]
from (
  select ${texts}, row_number() over (order by ${order}) as place, (count(*) over () + 1) / 2 as middle
  from (select * from ${named(table)} t order by ${key.map(name => `t.${ident(name)}`).join(', ')} limit 1000) few where ${present}
) numbered`
}
