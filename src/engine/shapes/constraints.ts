/**
 * Rules that the majority's table has and a tenant's lacks: they hold for everybody afterwards, so that tenant's rows must
 * keep them already. Each becomes a question to the tenant's rows; whoever has a row for an answer does not fit. Pure.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, Table } from '../catalog.ts'
import type { Form, SharedColumns } from './columns.ts'
import { renameIn, withoutSchema } from './names.ts'
import { indexText } from './shape.ts'

/** A query that gives a row when the tenant's rows do not fit, and what to say then. */
export type Demand = { readonly tenant: string; readonly reason: string; readonly query: string }

export type Rules = {
  readonly demands: readonly Demand[]
  readonly unfit: ReadonlyMap<Form, string>
  /** By form: rules that only these tenants have, and nobody will. */
  readonly given: ReadonlyMap<Form, readonly string[]>
}

export function shareRules(forms: readonly [Form, ...Form[]], { columns, readings }: SharedColumns): Rules {
  const [major] = forms
  const demands: Demand[] = []
  const unfit = new Map<Form, string>()
  const given = new Map<Form, string[]>()
  for (const form of forms) {
    const reading = readings.get(form) ?? {}
    const lacks = (column: string) => {
      const read = reading[column]
      return read !== undefined && 'value' in read ? read.value : null
    }
    const ask = (reason: string, query: (from: string, schema: string) => string) => {
      for (const { tenant, table } of form.copies) {
        demands.push({ tenant, reason, query: query(qualified(table.schema, table.name), table.schema) })
      }
    }
    for (const column of columns.filter(({ notNull }) => notNull)) {
      const there = form.table.columns.find(({ name }) => name === column.name)
      if (there && !there.notNull) {
        ask(
          `${column.name} is empty in some rows`,
          from => `select from ${from} where ${ident(column.name)} is null`,
        )
      }
    }
    // A check that was never held against the old rows is no more than a wish.
    const held = form.table.constraints.filter(({ type, validated }) => type !== 'check' || validated)
    const known = new Set(held.map(one => ruleText(one, form.table)))
    for (const rule of major.table.constraints) {
      if (known.has(ruleText(rule, major.table))) continue
      const absent = rule.columns.map(lacks).filter(value => value !== null)
      if (absent.length > 0 && (rule.type === 'check' || absent.includes('null'))) continue
      const query = absent.length > 0 ? null : questionOf(rule, major.table)
      if (query === null) unfit.set(form, `lacks ${rule.type} ${rule.name} (${rule.definition})`)
      else ask(`rows break ${rule.type} ${rule.name} (${rule.definition})`, query)
    }
    const indexes = new Set(form.table.indexes.map(one => indexText(one.definition, form.table.schema)))
    for (const index of major.table.indexes) {
      if (!index.unique || indexes.has(indexText(index.definition, major.table.schema))) continue
      const plain = !index.partial && index.columns.every(column => column !== null)
      if (!plain) unfit.set(form, `lacks the unique index ${index.name}`)
      else ask(`rows break unique index ${index.name}`, duplicates(index.columns as string[], false))
    }
    const shared = new Set(major.table.constraints.map(one => ruleText(one, major.table)))
    const more = form.table.constraints.filter(one => !shared.has(ruleText(one, form.table)))
    given.set(
      form,
      more.map(one => `${one.type} ${one.name} (${one.definition})`),
    )
  }
  return { demands, unfit, given }
}

const ruleText = ({ type, definition }: Constraint, { schema }: Table) =>
  `${type} ${withoutSchema(definition, schema).replace(/ NOT VALID$/, '')}`

type Question = (from: string, schema: string) => string

/** Null where there is no question to ask: the primary key, an exclusion. */
function questionOf(rule: Constraint, major: Table): Question | null {
  switch (rule.type) {
    case 'check': {
      const condition = rule.definition.replace(/^CHECK /, '').replace(/ (NO INHERIT|NOT VALID)$/, '')
      return (from, schema) =>
        `select from ${from} where not ${renameIn(condition, major.schema, object => qualified(schema, object))}`
    }
    case 'unique':
      return duplicates(rule.columns, /NULLS NOT DISTINCT/.test(rule.definition))
    case 'foreign':
      return orphans(rule, major)
    default:
      return null
  }
}

const duplicates =
  (columns: readonly string[], nullsToo: boolean): Question =>
  from =>
    `select from ${from}${nullsToo ? '' : ` where ${columns.map(name => `${ident(name)} is not null`).join(' and ')}`} group by ${idents(columns)} having count(*) > 1`

/** Rows whose foreign key leads nowhere. */
export const orphans =
  ({ columns, references }: Constraint, { schema: own }: Table): Question =>
  (from, schema) => {
    if (references === null) throw new Error('a foreign key refers to something')
    const there = qualified(references.schema === own ? schema : references.schema, references.table)
    const present = columns.map(name => `s.${ident(name)} is not null`).join(' and ')
    const same = columns
      .map((name, at) => `r.${ident(references.columns[at] ?? '')} = s.${ident(name)}`)
      .join(' and ')
    return `select from ${from} s where ${present} and not exists (select from ${there} r where ${same})`
  }
