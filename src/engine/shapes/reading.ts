/**
 * How one tenant's rows read in the shape that all tenants share. Most tenants have that shape: their rows read as they
 * are. Only what differs is said. Used both to copy and to compare, and compared is what the tenant has: a cast that
 * lost something would show. Pure.
 */
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Column } from '../catalog/catalog.ts'
import { type IdMap, type Missing, mapped } from '../keys/idMap.ts'
import { expressionText, type Value } from '../verify/rowHash.ts'

export type Reading = {
  /** The tenant has no such table, and so no rows. */
  readonly absent?: true
  /** Where the rows are, when not in the tenant's own schema. */
  readonly schema?: string
  /** Columns by name that read otherwise than as they are. */
  readonly columns?: Readonly<Record<string, ColumnReading>>
}

export type ColumnReading =
  /** The tenant's column has this other type; its text is the shared type's text. */
  | { readonly base: string; readonly type: string }
  /** The tenant has no such column: an SQL expression without columns. */
  | { readonly value: string }

export type SharedColumn = Column & {
  /** The type is a shared one made of the tenants' own: values pass as text, which is the same in both. */
  readonly viaText?: true
  /** As one of the tenants has it, where it is another than the shared one: another server has only that. */
  readonly sourceType?: string
  /** Its ids become others. */
  readonly ids?: IdMap
  /** The sequence of its own that its default draws from, where it cannot be an identity column. Qualified. */
  readonly draws?: string
}

/** Whose rows are read. */
export type Source = { readonly id: string; readonly schema: string }

/** What is needed of a planned table: its old name, and the tenants that read otherwise. */
export type Readable = {
  readonly source: string
  readonly readings: Readonly<Record<string, Reading>>
}

export const hasRows = ({ readings }: Readable, schema: string): boolean => !readings[schema]?.absent

/** `acme.employees_employee`: where the tenant's rows are. */
export const sourceName = (table: Readable, schema: string): string =>
  qualified(schemaOf(table, schema), table.source)

/** The schema that they are in. */
export const schemaOf = ({ readings }: Pick<Readable, 'readings'>, schema: string): string =>
  readings[schema]?.schema ?? schema

const of = ({ readings }: Readable, schema: string, column: string): ColumnReading | undefined => {
  const columns = readings[schema]?.columns
  return columns !== undefined && Object.hasOwn(columns, column) ? columns[column] : undefined
}

/** Whether the tenant's own form of a query about these columns is the shared one. */
export const readsPlainly = (table: Readable, schema: string, columns: readonly string[]): boolean =>
  readsFromItself(table, schema) &&
  columns.every(column => {
    const reading = of(table, schema, column)
    return reading === undefined || !('value' in reading)
  })

/** Whether the tenant has the table, and its rows are its own. */
export const readsFromItself = ({ readings }: Readable, schema: string): boolean =>
  !readings[schema]?.absent && readings[schema]?.schema === undefined

/** What is inserted into the shared column. */
export function insertOf(table: Readable, source: Source, column: SharedColumn, alias: string): string {
  const reading = of(table, source.schema, column.name)
  const plain = `${alias}.${ident(column.name)}`
  // Of several tenants the first one's types count: nothing may be left to guess.
  if (reading !== undefined && 'value' in reading) return inShared(column, reading.value)
  if (column.ids !== undefined) return withNewIds(column, column.ids, source, alias, 'stop')
  // Blanks at the end of a char are no part of its text.
  const text = column.base === 'bpchar' ? 'bpchar' : 'text'
  if (reading === undefined) return column.viaText ? `${plain}::${text}::${column.type}` : plain
  return `${plain}::text::${column.type}`
}

/**
 * Whether a column's bytes mean the same on every server of version 12 to 18: types that are Postgres' own, and hold
 * neither an object's number nor an encoding. An array of another type has that type's number in it.
 */
export const passesAsBytes = ({ typeSchema, viaText, base }: SharedColumn): boolean =>
  typeSchema === null && !viaText && portableTypes.has(base)

const portableTypes = new Set(
  `bool int2 int4 int8 float4 float8 numeric text varchar bpchar name char bytea uuid json jsonb date time timetz
  timestamp timestamptz interval inet cidr macaddr macaddr8 bit varbit point line lseg box path polygon circle
  int4range int8range numrange daterange tsrange tstzrange`.split(/\s+/),
)

/** What is sent as text, for the target to read in the shared column's type. */
export function sendOf(table: Readable, schema: string, column: SharedColumn, alias: string): string {
  const reading = of(table, schema, column.name)
  const plain = `${alias}.${ident(column.name)}`
  if (reading !== undefined) return 'value' in reading ? inOwn(column, reading.value) : `${plain}::text`
  // Sent as it is, a document would lose the encoding that it says it has.
  return column.base === 'xml' && !column.type.endsWith('[]') ? `${plain}::text` : plain
}

/** A value that a tenant's rows never had, in the column's type; a shared type is reached by its text. */
const inShared = ({ viaText, type }: SharedColumn, value: string): string =>
  viaText ? `(${value})::text::${type}` : `(${value})::${type}`

/** The same where the rows are: in a tenant's type. */
const inOwn = (column: SharedColumn, value: string): string =>
  inShared({ ...column, type: column.sourceType ?? column.type }, value)

/** A tenant's own type may be narrower than the shared one, which has room for the new ids. */
const withNewIds = (
  column: SharedColumn,
  ids: IdMap,
  { id: organization }: Source,
  alias: string,
  missing: Missing,
): string => mapped(ids, column, alias, { organization, missing })

/** The value as the tenant has it; ids as they became. */
export function valueIn(table: Readable, source: Source, column: SharedColumn, alias: string): Value {
  const reading = of(table, source.schema, column.name)
  if (reading !== undefined && 'value' in reading) return { as: column, sql: inOwn(column, reading.value) }
  if (column.ids !== undefined)
    return { as: column, sql: withNewIds(column, column.ids, source, alias, 'minus one') }
  return { as: reading ?? column, sql: `${alias}.${ident(column.name)}` }
}

/** The same as text. */
export function textOf(table: Readable, source: Source, column: SharedColumn, alias: string): string {
  const { as, sql } = valueIn(table, source, column, alias)
  return expressionText(as, sql)
}

/** What tells a tenant's rows apart, as text; a key that becomes another reads as that. */
export const keyTextOf = (
  table: Readable & { readonly key: readonly string[]; readonly columns: readonly SharedColumn[] },
  source: Source,
  alias: string,
): string[] =>
  table.key.map(name => {
    const column = table.columns.find(one => one.name === name)
    return column?.ids === undefined ? `${alias}.${ident(name)}::text` : textOf(table, source, column, alias)
  })
