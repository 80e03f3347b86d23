/** The copies of one table in all tenants → the one that they share, and how each tenant's rows read in it. Pure. */
import type { Table } from '../catalog/catalog.ts'
import type { LeftIndex } from '../code/needed.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { type Copy, type Form, shareColumns } from './columns.ts'
import { type Demand, type Places, shareRules } from './constraints.ts'
import type { Reading, SharedColumn } from './reading.ts'
import { remarked } from './remarks.ts'
import { shapeOf } from './shape.ts'
import { some } from './sharedTypes.ts'

export type SharedTable = {
  /** Names of objects in it are those of `model.schema`, one of the tenants'. */
  readonly model: Table & { readonly columns: readonly SharedColumn[] }
  readonly readings: Readonly<Record<string, Reading>>
  /** Numbered column → tenant → its sequence, where some tenant's is owned by no column. */
  readonly sequences: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Indexes that the model is without, because they need what stays. */
  readonly leftIndexes?: readonly LeftIndex[]
  readonly demands: readonly Demand[]
  /** Schema → why the tenant does not fit. */
  readonly unfit: ReadonlyMap<string, string>
  readonly notes: readonly Hazard[]
}

/** @param lacking tenants without the table, and so without rows */
export function shareTable(
  copies: readonly [Copy, ...Copy[]],
  lacking: readonly string[],
  places: Places,
): SharedTable {
  const forms = formsOf(copies)
  const [major] = forms
  const shared = shareColumns(forms)
  const rules = shareRules(forms, shared, places)
  const unfit = new Map<string, string>()
  const notes: Hazard[] = []
  const readings: Record<string, Reading> = {}
  for (const form of forms) {
    const why = shared.unfit.get(form) ?? rules.unfit.get(form)
    for (const { tenant } of why === undefined ? [] : form.copies)
      unfit.set(tenant, `${major.table.name}: ${why}`)
    if (why === undefined)
      notes.push(...formNotes(form, shared.adapted.get(form) ?? [], rules.given.get(form) ?? []))
    const columns = shared.readings.get(form) ?? {}
    const differs = Object.keys(columns).length > 0
    for (const { tenant, place } of form.copies) {
      const elsewhere = place === tenant ? {} : { schema: place }
      if (differs || 'schema' in elsewhere)
        readings[tenant] = { ...elsewhere, ...(differs ? { columns } : {}) }
    }
  }
  for (const tenant of lacking) readings[tenant] = { absent: true }
  if (lacking.length > 0) {
    notes.push(
      note(
        'table-missing',
        major.table.name,
        lacking,
        'has no such table: no rows come from there',
        'nothing to do',
      ),
    )
  }
  const demands = rules.demands.filter(({ tenant }) => !unfit.has(tenant))
  const { constraints, indexes } = rules
  const { model, lost } = remarked({ ...major.table, constraints, indexes, columns: shared.columns }, copies)
  for (const { what, tenants } of lost) {
    notes.push(
      note(
        'remark-dropped',
        major.table.name,
        tenants,
        `${what}, which most have not`,
        'say it anew where it is missed',
      ),
    )
  }
  return {
    model,
    sequences: sequencesOf(major.table, copies),
    readings,
    demands: demands.map(demand => ({ ...demand, reason: `${major.table.name}: ${demand.reason}` })),
    unfit,
    notes,
  }
}

function sequencesOf(model: Table, copies: readonly Copy[]): SharedTable['sequences'] {
  const found: Record<string, Record<string, string>> = {}
  for (const { name, sequence } of model.columns) {
    if (sequence === null) continue
    const own = copies.map(({ tenant, table }) => ({
      tenant,
      column: table.columns.find(one => one.name === name),
    }))
    if (own.every(({ column }) => column === undefined || column.serial || column.identity !== null)) continue
    found[name] = Object.fromEntries(
      own.flatMap(({ tenant, column }) => (column?.sequence ? [[tenant, column.sequence]] : [])),
    )
  }
  return found
}

/** The most common shape first; of equally common ones that of the first tenant. */
function formsOf(copies: readonly [Copy, ...Copy[]]): [Form, ...Form[]] {
  const groups = [...Map.groupBy(copies, ({ table }) => shapeOf(table)).values()].sort(
    (a, b) => b.length - a.length,
  )
  const [first = [...copies], ...others] = groups
  const formOf = (group: readonly Copy[]): Form => ({
    copies: group,
    table: group[0]?.table ?? copies[0].table,
  })
  return [formOf(first), ...others.map(formOf)]
}

function formNotes(form: Form, adapted: readonly string[], given: readonly string[]): Hazard[] {
  const { table } = form
  const tenants = form.copies.map(({ tenant }) => tenant)
  const hint = 'nothing to do, unless that is a surprise'
  return [
    ...(adapted.length > 0 ? [note('drift', table.name, tenants, adapted.join('; '), hint)] : []),
    ...(given.length > 0
      ? [
          note(
            'rule-dropped',
            table.name,
            tenants,
            `only there: ${given.join(', ')}`,
            'add it afterwards, where all rows keep it',
          ),
        ]
      : []),
  ]
}

const note = (
  code: string,
  object: string,
  tenants: readonly string[],
  detail: string,
  hint: string,
): Hazard => ({
  code,
  object,
  detail: `${some(tenants)}: ${detail}`,
  hint,
  blocks: false,
  table: object,
  ...(tenants.length === 1 ? { tenant: tenants[0] as string } : {}),
})
