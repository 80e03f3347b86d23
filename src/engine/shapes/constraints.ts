/**
 * Rules that the majority's table has and a tenant's lacks: they hold for everybody afterwards, so that tenant's rows must
 * keep them already. Each becomes a question to the tenant's rows; whoever has a row for an answer does not fit. Pure.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, Index, Table } from '../catalog/catalog.ts'
import type { Copy, Form, SharedColumns } from './columns.ts'
import { indexKeys } from './indexKeys.ts'
import { renameIn, withoutSchema } from './names.ts'
import { partDemands } from './parts.ts'
import { indexText } from './shape.ts'

/** A query that gives a row when the tenant's rows do not fit, and what to say then. */
export type Demand = { readonly tenant: string; readonly reason: string; readonly query: string }

/** Where a tenant reads a table that its rows refer to: in its own schema, or the shared one. */
export type Places = {
  schemaOf(tenant: string, table: string): string
  isThere(schema: string, table: string): boolean
  /** Tables that some tenant reads in the shared schema, and that schema. */
  readonly fallThrough: ReadonlyMap<string, string>
}

export type Rules = {
  /** The rules and unique indexes of the majority's table that more than half of the tenants have. */
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly demands: readonly Demand[]
  readonly unfit: ReadonlyMap<Form, string>
  /** By form: rules that only these tenants have, and nobody will. */
  readonly given: ReadonlyMap<Form, readonly string[]>
}

export function shareRules(
  forms: readonly [Form, ...Form[]],
  { columns, readings }: SharedColumns,
  places: Places,
): Rules {
  const [major] = forms
  const all = forms.reduce((sum, { copies }) => sum + copies.length, 0)
  const heldBy = (has: (table: Table) => boolean) =>
    forms.filter(({ table }) => has(table)).reduce((sum, { copies }) => sum + copies.length, 0)
  const isCommon = (has: (table: Table) => boolean) => heldBy(has) * 2 > all
  const constraints = major.table.constraints.filter(rule =>
    isCommon(table =>
      table.constraints.some(one => ruleText(one, table, places) === ruleText(rule, major.table, places)),
    ),
  )
  const indexes = major.table.indexes.filter(
    index =>
      !index.unique ||
      isCommon(table =>
        table.indexes.some(
          one => indexText(one.definition, table.schema) === indexText(index.definition, major.table.schema),
        ),
      ),
  )
  const demands: Demand[] = []
  const unfit = new Map<Form, string>()
  const given = new Map<Form, string[]>()
  for (const form of forms) {
    const reading = readings.get(form) ?? {}
    const lacks = (column: string) => {
      const read = reading[column]
      return read !== undefined && 'value' in read ? read.value : null
    }
    /** Whether the columns are all there, or their values are known and the rule is about values. */
    const ask = (reason: string, query: Question, about: readonly string[] = []) => {
      for (const copy of form.copies) {
        demands.push({
          tenant: copy.tenant,
          reason,
          query: query(rowsOf(copy, lacking(about)), copy.tenant, places),
        })
      }
    }
    const lacking = (names: readonly string[]): Absent[] =>
      names.flatMap(name => {
        const value = lacks(name)
        const column = columns.find(one => one.name === name)
        return value === null || column === undefined ? [] : [{ name, value, type: column.type }]
      })
    for (const column of columns.filter(({ notNull }) => notNull)) {
      const there = form.table.columns.find(({ name }) => name === column.name)
      if (there && !there.notNull) {
        ask(
          `${column.name} is empty in some rows`,
          from => `select from ${from} o where ${ident(column.name)} is null`,
        )
      }
    }
    for (const copy of form.copies.filter(one => one.table.parts))
      demands.push(...partDemands(copy, { columns, constraints, indexes }, major.table, places))
    // A check that was never held against the old rows is no more than a wish.
    const held = form.table.constraints.filter(({ type, validated }) => type !== 'check' || validated)
    const known = new Set(held.map(one => ruleText(one, form.table, places)))
    for (const rule of constraints.filter(one => isEnforced(one) && !isUnchecked(one))) {
      if (known.has(ruleText(rule, major.table, places))) {
        // Rows of the shared schema keep the key there; here they refer to what the tenant has.
        const { references } = rule
        if (references?.schema !== major.table.schema) continue
        const reading = form.copies.filter(
          ({ tenant, place }) => place !== tenant && places.schemaOf(tenant, references.table) !== place,
        )
        for (const copy of reading) {
          const query = orphans(rule, major.table)(rowsOf(copy, []), copy.tenant, places)
          demands.push({
            tenant: copy.tenant,
            reason: `rows of ${copy.place} break ${rule.type} ${rule.name} (${rule.definition})`,
            query,
          })
        }
        continue
      }
      const query = questionOf(rule, major.table)
      if (query === null) unfit.set(form, `lacks ${rule.type} ${rule.name} (${rule.definition})`)
      else ask(`rows break ${rule.type} ${rule.name} (${rule.definition})`, query, rule.columns)
    }
    const names = columns.map(({ name }) => name)
    const indexTexts = new Set(form.table.indexes.map(one => indexText(one.definition, form.table.schema)))
    for (const index of indexes) {
      if (!index.unique || indexTexts.has(indexText(index.definition, major.table.schema))) continue
      const { nullsToo } = indexKeys(index.definition)
      if (!nullsToo && index.columns.some(column => column !== null && lacks(column) === 'null')) continue
      // What it computes may be about any column.
      ask(`rows break unique index ${index.name}`, alike(index, major.table), names)
    }
    const shared = new Set(constraints.map(one => ruleText(one, major.table, places)))
    const more = form.table.constraints.filter(one => !shared.has(ruleText(one, form.table, places)))
    given.set(
      form,
      more.map(one => `${one.type} ${one.name} (${one.definition})`),
    )
  }
  return { constraints, indexes, demands, unfit, given }
}

/** A column that a tenant lacks, and what its rows will have there. */
type Absent = { readonly name: string; readonly value: string; readonly type: string }

/** The tenant's rows, with what they will have. */
const rowsOf = ({ place, table: { name } }: Copy, absent: readonly Absent[]): string =>
  absent.length === 0
    ? qualified(place, name)
    : `(select o.*, ${absent.map(one => `(${one.value})::${one.type} as ${ident(one.name)}`).join(', ')} from ${qualified(place, name)} o)`

/** A key to the shared schema's table says the same as a key to an own one, where tenants read either. */
function ruleText(
  { type, definition, references }: Constraint,
  { schema }: Table,
  { fallThrough }: Places,
): string {
  const own = withoutSchema(definition, schema).replace(/ NOT VALID$/, '')
  const there = references?.schema ?? schema
  return `${type} ${there !== schema && fallThrough.get(references?.table ?? '') === there ? withoutSchema(own, there) : own}`
}

/** A check that even the majority never held against its rows stays what it is. */
export const isUnchecked = ({ type, validated }: Constraint) => type === 'check' && !validated

type Question = (from: string, schema: string, place: Places) => string

/** False for a rule that is only written down (Postgres 18). */
export const isEnforced = ({ definition }: Constraint): boolean => !/ NOT ENFORCED$/.test(definition)

/** A key over a period of time (Postgres 18): several rows together cover it. */
export const isTemporal = ({ definition }: Constraint): boolean => / PERIOD .*\) REFERENCES /.test(definition)

/** Null where there is no question to ask: an exclusion, a key over periods. */
export function questionOf(rule: Constraint, major: Table): Question | null {
  if (/ WITHOUT OVERLAPS\)/.test(rule.definition)) return null
  switch (rule.type) {
    // That no column is empty is asked with every column.
    case 'primary':
      return duplicates(rule.columns, false)
    case 'check': {
      const condition = rule.definition.replace(/^CHECK /, '').replace(/( NO INHERIT| NOT VALID)+$/, '')
      return (from, schema) =>
        `select from ${from} o where not ${renameIn(condition, major.schema, object => qualified(schema, object))}`
    }
    case 'unique':
      return duplicates(rule.columns, /NULLS NOT DISTINCT/.test(rule.definition))
    case 'foreign':
      return isTemporal(rule) ? null : orphans(rule, major)
    default:
      return null
  }
}

export const duplicates =
  (columns: readonly string[], nullsToo: boolean): Question =>
  from =>
    `select from ${from} o${nullsToo ? '' : ` where ${columns.map(name => `${ident(name)} is not null`).join(' and ')}`} group by ${idents(columns)} having count(*) > 1`

/** Rows that a unique index would not have beside each other. @param major whose names the index says */
export function alike({ definition }: Index, major: Table): Question {
  const { keys, where, nullsToo } = indexKeys(definition)
  const places = keys.map((_, at) => `k${at}`)
  return (from, schema) => {
    const there = (text: string) => renameIn(text, major.schema, object => qualified(schema, object))
    // As columns: a constant, `((true))`, is nothing that rows could be grouped by.
    const rows = `select ${keys.map((key, at) => `(${there(key)}) as k${at}`).join(', ')} from ${from} o${where === null ? '' : ` where ${there(where)}`}`
    const present = nullsToo ? '' : ` where ${places.map(place => `${place} is not null`).join(' and ')}`
    return `select from (${rows}) q${present} group by ${places.join(', ')} having count(*) > 1`
  }
}

/** Rows whose foreign key leads nowhere. */
export const orphans =
  ({ columns, references }: Constraint, { schema: own }: Table): Question =>
  (from, schema, { schemaOf, isThere }) => {
    if (references === null) throw new Error('a foreign key refers to something')
    const place = references.schema === own ? schemaOf(schema, references.table) : references.schema
    const there = qualified(place, references.table)
    const present = columns.map(name => `s.${ident(name)} is not null`).join(' and ')
    const same = columns
      .map((name, at) => {
        // As the key itself compares them: by the collation of the column that is referred to.
        const collation = references.collations?.[at]
        return `r.${ident(references.columns[at] ?? '')} ${references.equals[at] ?? '='} s.${ident(name)}${collation ? ` collate ${collation}` : ''}`
      })
      .join(' and ')
    // Without the table every row that refers to one leads nowhere.
    if (!isThere(place, references.table)) return `select from ${from} s where ${present}`
    return `select from ${from} s where ${present} and not exists (select from ${there} r where ${same})`
  }
