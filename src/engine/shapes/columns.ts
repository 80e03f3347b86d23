/**
 * The columns of a table that is not alike in all tenants: the majority's, as wide as they must be, then those that only
 * others have, nullable. No row loses a value, and no text changes. Pure.
 */
import { qualified } from '../../postgres/identifiers.ts'
import type { Column, Table } from '../catalog/catalog.ts'
import { drawnText, isIdentity } from './drawing.ts'
import { renameIn, withoutSchema } from './names.ts'
import type { ColumnReading, SharedColumn } from './reading.ts'
import { widest } from './widen.ts'

/** A tenant's table, and the schema where its rows are: another one where the tenant reads the shared schema's. */
export type Copy = { readonly tenant: string; readonly table: Table; readonly place: string }

/** Copies of one shape; `table` is one of them. */
export type Form = { readonly copies: readonly Copy[]; readonly table: Table }

/** What Postgres has room for, without the scope column. */
export const mostColumns = 1599

export type SharedColumns = {
  readonly columns: readonly SharedColumn[]
  /** By form: columns that read otherwise there. */
  readonly readings: ReadonlyMap<Form, Readonly<Record<string, ColumnReading>>>
  /** Forms whose values cannot be held, and why. */
  readonly unfit: ReadonlyMap<Form, string>
  /** What was adapted, by form: for people. */
  readonly adapted: ReadonlyMap<Form, readonly string[]>
}

/** @param forms the majority's first */
export function shareColumns([major, ...others]: readonly [Form, ...Form[]]): SharedColumns {
  const unfit = new Map<Form, string>()
  const adapted = new Map<Form, string[]>()
  const note = (form: Form, text: string) => adapted.set(form, [...(adapted.get(form) ?? []), text])
  const key = new Set(major.table.constraints.find(({ type }) => type === 'primary')?.columns)

  const columns = major.table.columns.map((column): SharedColumn => {
    let shared: SharedColumn = viaText(column, major)
    for (const form of others) {
      const there = form.table.columns.find(({ name }) => name === column.name)
      const why =
        there === undefined ? whyNotWithout(column, key) : whyNotTogether(column, major, there, form)
      if (why !== null) {
        unfit.set(form, why)
        continue
      }
      if (there === undefined) {
        const value = constantOf(column)
        note(form, `has no ${column.name}: ${value === 'null' ? 'it is empty' : `its rows get ${value}`}`)
        if (value === 'null') shared = { ...shared, notNull: false }
        continue
      }
      const [here, away] = [typeIn(shared, major), typeIn(there, form)]
      const wide = widest([here, away])
      if (wide !== null && isIdentity(column) && !isWhole(wide)) {
        unfit.set(form, `${column.name} is ${there.type}, and is numbered elsewhere`)
      } else if (wide === null) {
        unfit.set(form, `${column.name} is ${there.type}, and ${shared.type} elsewhere`)
      } else if (wide !== here) {
        note(form, `${column.name} is ${there.type}: ${wide} for all`)
        shared = { ...shared, type: wide, base: baseOf(wide, shared, there) }
      } else if (away !== here) {
        note(form, `${column.name} is ${there.type}: ${shared.type} holds it`)
      }
    }
    const value = commonDefault(column, [major, ...others], note)
    // Without its default it is a column like any other.
    const isNumbered = shared.sequence !== null && (shared.identity !== null || value !== null)
    return { ...shared, default: value, sequence: isNumbered ? shared.sequence : null }
  })

  for (const form of others.filter(one => !unfit.has(one))) {
    for (const column of form.table.columns) {
      const same = columns.find(({ name }) => name === column.name)
      if (same === undefined && column.required) {
        unfit.set(form, `has ${column.name} besides, whose type ${column.type} takes no null`)
      } else if (same === undefined && columns.length === mostColumns) {
        unfit.set(form, `has ${column.name} besides, and the table has ${mostColumns} columns already`)
      } else if (same === undefined) {
        note(form, `${column.name} ${column.type} besides: empty elsewhere`)
        columns.push(besides(column, form, major))
      } else if (!major.table.columns.some(({ name }) => name === column.name)) {
        const wide = widest([typeIn(same, major), typeIn(column, form)])
        if (wide === null) unfit.set(form, `${column.name} is ${column.type}, and ${same.type} elsewhere`)
        else if (wide !== typeIn(same, major))
          columns[columns.indexOf(same)] = { ...same, type: wide, base: baseOf(wide, same, column) }
      }
    }
  }
  const forms = [major, ...others]
  const readings = new Map(forms.map(form => [form, readingsOf(form, columns, major)]))
  return { columns, readings, unfit, adapted }
}

function readingsOf(
  form: Form,
  columns: readonly SharedColumn[],
  major: Form,
): Record<string, ColumnReading> {
  const readings: Record<string, ColumnReading> = {}
  for (const column of columns) {
    const there = form.table.columns.find(({ name }) => name === column.name)
    const inMajor = major.table.columns.find(({ name }) => name === column.name)
    if (there === undefined) readings[column.name] = { value: inMajor ? constantOf(inMajor) : 'null' }
    else if (typeIn(there, form) !== typeIn(column, major))
      readings[column.name] = { base: there.base, type: there.type }
  }
  return readings
}

/** Where the type is one of the tenant's own, the shared one is another: its values pass as text. */
const viaText = (column: Column, { table }: Form): SharedColumn =>
  column.typeSchema === table.schema ? { ...column, viaText: true } : column

/**
 * The default that more than half of those have who have the column; none where there is none such: a tenant's own name
 * would become everybody's.
 */
function commonDefault(
  column: Column,
  forms: readonly Form[],
  note: (form: Form, text: string) => void,
): string | null {
  if (column.generated !== null) return column.default
  if (column.sequence !== null && drawnText(column) === 'numbered') return column.default
  const having = forms.flatMap(form => {
    const there = form.table.columns.find(({ name }) => name === column.name)
    const own = there && (there.sequence === null ? there.default : drawnText(there))
    const text = own == null ? null : withoutSchema(own, form.table.schema)
    return there === undefined ? [] : [{ form, text, value: there.default, count: form.copies.length }]
  })
  const all = having.reduce((sum, { count }) => sum + count, 0)
  const [first] = having
  const alike = having.filter(({ text }) => text === first?.text)
  const isCommon = alike.reduce((sum, { count }) => sum + count, 0) * 2 > all
  for (const { form, value } of having.filter(one => !isCommon || one.text !== first?.text)) {
    note(
      form,
      `${column.name} has the default ${value ?? 'null'}: ${isCommon ? (column.default ?? 'none') : 'none'} for all`,
    )
  }
  return isCommon ? column.default : null
}

/** A column that only some have: nullable, and no default or number for those who never had it. */
const besides = ({ virtual: _, ...column }: Column, form: Form, { table }: Form): SharedColumn => ({
  ...viaText(column, form),
  // The majority's schema need not have a type of the name.
  ...(column.typeSchema === form.table.schema ? { sourceType: column.type } : {}),
  type: renameIn(column.type, form.table.schema, object => qualified(table.schema, object)),
  collation:
    column.collation &&
    renameIn(column.collation, form.table.schema, object => qualified(table.schema, object)),
  typeSchema: column.typeSchema === form.table.schema ? table.schema : column.typeSchema,
  notNull: false,
  default: null,
  identity: null,
  sequence: null,
  serial: false,
  generated: null,
})

/** The type apart from the schema it lives in. */
const typeIn = (column: Column, { table }: Form): string => withoutSchema(column.type, table.schema)

const baseOf = (wide: string, a: Column, b: Column): string =>
  a.type === wide
    ? a.base
    : b.type === wide
      ? b.base
      : wide.replace(/\(.*/, '').replace('character varying', 'varchar')

const isWhole = (type: string) => ['smallint', 'integer', 'bigint'].includes(type)

/** Null where a tenant can do without the column. */
function whyNotWithout(column: Column, key: ReadonlySet<string>): string | null {
  if (key.has(column.name)) return `lacks ${column.name}, which is in the primary key`
  if (column.sequence !== null && column.notNull) return `lacks ${column.name}, which is numbered elsewhere`
  if (column.required && constantOf(column) === 'null')
    return `lacks ${column.name}, whose type ${column.type} takes no null`
  return column.generated === null ? null : `lacks ${column.name}, which is computed elsewhere`
}

function whyNotTogether(here: Column, major: Form, there: Column, form: Form): string | null {
  const computed = (column: Column, { table }: Form) =>
    column.generated === null ? null : withoutSchema(column.generated, table.schema)
  if (computed(here, major) !== computed(there, form)) return `${here.name} is computed otherwise`
  const sorted = (column: Column, { table }: Form) => withoutSchema(column.collation ?? '', table.schema)
  return sorted(here, major) === sorted(there, form) ? null : `${here.name} is sorted otherwise (collate)`
}

/** What the framework would have put into old rows when it added the column: a constant default, else nothing. */
export const constantOf = ({ default: value, sequence }: Column): string =>
  value !== null &&
  sequence === null &&
  !/\(/.test(value) &&
  !/^(current_|localtime|session_user)/i.test(value)
    ? value
    : 'null'
