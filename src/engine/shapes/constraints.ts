/**
 * Rules that the majority's table has and a tenant's lacks: they hold for everybody afterwards, so that tenant's rows must
 * keep them already. Each becomes a question to the tenant's rows; whoever has a row for an answer does not fit. Pure.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, Index, Table } from '../catalog.ts'
import type { Form, SharedColumns } from './columns.ts'
import { renameIn, withoutSchema } from './names.ts'
import { indexText } from './shape.ts'

/** A query that gives a row when the tenant's rows do not fit, and what to say then. */
export type Demand = { readonly tenant: string; readonly reason: string; readonly query: string }

/** Where a tenant reads a table that its rows refer to: in its own schema, or the shared one. */
export type Places = {
  schemaOf(tenant: string, table: string): string
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
    const ask = (reason: string, query: Question) => {
      for (const { tenant, table } of form.copies) {
        demands.push({ tenant, reason, query: query(qualified(table.schema, table.name), tenant, places) })
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
    const known = new Set(held.map(one => ruleText(one, form.table, places)))
    for (const rule of constraints) {
      if (known.has(ruleText(rule, major.table, places))) continue
      const absent = rule.columns.map(lacks).filter(value => value !== null)
      if (absent.length > 0 && (rule.type === 'check' || absent.includes('null'))) continue
      const query = absent.length > 0 ? null : questionOf(rule, major.table)
      if (query === null) unfit.set(form, `lacks ${rule.type} ${rule.name} (${rule.definition})`)
      else ask(`rows break ${rule.type} ${rule.name} (${rule.definition})`, query)
    }
    const indexTexts = new Set(form.table.indexes.map(one => indexText(one.definition, form.table.schema)))
    for (const index of indexes) {
      if (!index.unique || indexTexts.has(indexText(index.definition, major.table.schema))) continue
      const absent = index.columns
        .map(column => (column === null ? null : lacks(column)))
        .filter(value => value !== null)
      if (absent.includes('null')) continue
      const plain = absent.length === 0 && !index.partial && index.columns.every(column => column !== null)
      if (!plain) unfit.set(form, `lacks the unique index ${index.name}`)
      else
        ask(
          `rows break unique index ${index.name}`,
          duplicates(index.columns as string[], /NULLS NOT DISTINCT/.test(index.definition)),
        )
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

type Question = (from: string, schema: string, place: Places) => string

/** Null where there is no question to ask: the primary key, an exclusion. */
function questionOf(rule: Constraint, major: Table): Question | null {
  switch (rule.type) {
    case 'check': {
      const condition = rule.definition
        .replace(/^CHECK /, '')
        .replace(/( NO INHERIT| NOT VALID| NOT ENFORCED)+$/, '')
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
  (from, schema, { schemaOf }) => {
    if (references === null) throw new Error('a foreign key refers to something')
    const there = qualified(
      references.schema === own ? schemaOf(schema, references.table) : references.schema,
      references.table,
    )
    const present = columns.map(name => `s.${ident(name)} is not null`).join(' and ')
    const same = columns
      .map((name, at) => `r.${ident(references.columns[at] ?? '')} = s.${ident(name)}`)
      .join(' and ')
    return `select from ${from} s where ${present} and not exists (select from ${there} r where ${same})`
  }
