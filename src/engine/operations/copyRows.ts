/**
 * The unit of copying: one tenant, one table, or one range of a large table's key, once: the journal's row is written by
 * the same transaction. Rows keep their ids; the organization is put in front of them. Small tenants share a transaction,
 * and each has its own row in the journal.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { rowCount, type Transfer, transfer } from '../apply/transfer.ts'
import { isInRange, type KeyRange, sayRange } from '../plan/keyRanges.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { insertOf, passesAsBytes, type SharedColumn, sendOf, sourceName } from '../shapes/reading.ts'
import { some } from '../shapes/sharedTypes.ts'
import { journalRow } from './journalRow.ts'
import type { OperationType } from './operation.ts'

export type CopyRows = {
  readonly kind: 'copy_rows'
  readonly table: string
  /** The tenants' schemas. */
  readonly organizations: readonly string[]
  /** What of its rows; there is one tenant then. Absent: all. */
  readonly range?: KeyRange
  /** Its foreign keys are there already: what it refers to must be in place, so nothing runs beside it. */
  readonly alone?: true
}

/** Where the counts are kept between the statement that copies and the one that writes the journal. */
export const rowsSetting = 'rowhouse.rows'

export const copyRows: OperationType<CopyRows> = Object.freeze({
  describe: (op, plan) => {
    const table = tableOf(plan, op.table)
    const [first] = op.organizations
    const from =
      op.organizations.length === 1
        ? sourceName(table, first ?? '')
        : `${op.table} of ${some(op.organizations)}`
    const part = op.range === undefined ? '' : ` (${sayRange(op.range)})`
    return `copy ${from}${part} to ${nameOf(table)}`
  },
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const columns = copiedColumns(table).map(({ name }) => name)
    const always = table.columns.some(column => column.identity === 'always')
      ? ' overriding system value'
      : ''
    const scope = ident(plan.scopeColumn)
    const insert = `insert into ${nameOf(table)} (${[scope, ...columns.map(ident)].join(', ')})${always}
  ${op.organizations.map(schema => rowsOf(op, plan, schema)).join('\n  union all\n  ')}`
    // The counts reach the journal through a setting of this transaction.
    return table.adopted === null ? [withRead(insert, op, plan)] : [withReturned(insert, scope)]
  },
  // An identity column takes what copy brings, also where it is generated always.
  elsewhere: (op, plan, units) =>
    op.organizations.flatMap((schema, at) => [
      transferOf(op, plan, schema),
      journalRow(plan, {
        unit: units[at] ?? '',
        operation: op.kind,
        organization: organizationOf(plan, schema).id,
        object: nameOf(tableOf(plan, op.table)),
        rows: rowCount,
      }),
    ]),
  // A table of the plan's own is dropped by undoing create_table, whole and at once.
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    if (table.adopted === null) return []
    const ids = op.organizations.map(schema => literal(organizationOf(plan, schema).id))
    return [`delete from ${nameOf(table)} where ${ident(plan.scopeColumn)} in (${ids.join(', ')})`]
  },
  // Counts and checksums are verify's own work.
  verify: () => null,
  lock: 'ACCESS SHARE on the source tables',
  sideBySide: 'always',
})

/**
 * Counted is what this statement's snapshot reads, for all of it comes in: nothing on a table of the plan's own could
 * say otherwise yet. To count what came in takes six times as long (250,000 rows).
 */
const withRead = (insert: string, op: CopyRows, plan: Plan): string => {
  const table = tableOf(plan, op.table)
  const ids = op.organizations.map(schema => literal(organizationOf(plan, schema).id))
  const rows = op.organizations.map(
    (schema, at) => `select ${at + 1} as place from ${sourceName(table, schema)} s${rangeOf(op)}`,
  )
  return `with copied as (
  ${insert}
), counted as (
  select (array[${ids.join(', ')}])[place] as organization, count(*) as rows from (
    ${rows.join('\n    union all\n    ')}
  ) read group by place
)
${keepCounts}`
}

/** A table that was there may have triggers that leave rows out. */
const withReturned = (insert: string, scope: string): string =>
  `with copied as (
  ${insert}
  returning ${scope} as organization
), counted as (
  select organization, count(*) as rows from copied group by organization
)
${keepCounts}`

/** An organization that has no rows is not in it. */
const keepCounts = `select set_config('${rowsSetting}', coalesce(json_object_agg(organization, rows), '{}')::text, true) from counted`

const rangeOf = ({ range }: CopyRows) => (range === undefined ? '' : ` where ${isInRange(range, 's')}`)

const copiedColumns = ({ columns }: PlannedTable) => columns.filter(column => column.generated === null)

const rowsOf = (op: CopyRows, plan: Plan, schema: string): string =>
  selectOf(op, plan, schema, (table, column) => insertOf(table, organizationOf(plan, schema), column, 's'))

function selectOf(
  op: CopyRows,
  plan: Plan,
  schema: string,
  read: (table: PlannedTable, column: SharedColumn) => string,
): string {
  const table = tableOf(plan, op.table)
  const { id } = organizationOf(plan, schema)
  const values = copiedColumns(table).map(column => read(table, column))
  return `select ${[`${literal(id)}::uuid`, ...values].join(', ')} from ${sourceName(table, schema)} s${rangeOf(op)}`
}

/** Bytes where both servers have the column's types, which are then Postgres' own; text where one is the target's alone. */
function transferOf(op: CopyRows, plan: Plan, schema: string): Transfer {
  const table = tableOf(plan, op.table)
  const columns = copiedColumns(table)
  const binary = columns.every(passesAsBytes)
  const select = selectOf(op, plan, schema, (_, column) =>
    binary ? insertOf(table, organizationOf(plan, schema), column, 's') : sendOf(table, schema, column, 's'),
  )
  const names = [plan.scopeColumn, ...columns.map(({ name }) => name)].map(ident).join(', ')
  return transfer(select, `${nameOf(table)} (${names})`, binary ? 'binary' : 'text')
}
