/** Whether somebody wrote to the new tables after they were filled: undoing the plan would lose that. */
import type pg from 'pg'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { PlanRecord } from '../apply/state.ts'
import { readOnly } from '../catalog/catalog.ts'
import { copyUnits, stepOf } from '../operations/index.ts'
import { nameOf } from '../plan/targetTable.ts'
import { everyRow, withQuarantines } from './quarantine.ts'

/** Tables whose count of rows is not what was copied into them. An update that leaves the count alone is not seen. */
export async function writtenSince(
  client: pg.ClientBase,
  { plan: begun, done, rows }: PlanRecord,
): Promise<string[]> {
  const plan = await withQuarantines(client, begun)
  const filled = plan.tables.filter(
    ({ source, adopted }) => adopted !== null || done.has(stepOf({ kind: 'create_table', table: source })),
  )
  const ours = `where ${ident(plan.scopeColumn)} in (${plan.organizations.map(({ id }) => literal(id)).join(', ')})`
  const units = copyUnits(plan)
  return readOnly(client, async () => {
    const written: string[] = []
    for (const table of filled) {
      const name = nameOf(table)
      const { rows: counted } = await client.query<{ count: string }>(
        `select count(*) as count from ${everyRow(table, plan)} every_row ${table.adopted === null ? '' : ours}`,
      )
      const copied = plan.organizations
        .flatMap(({ schema }) => units(table.source, schema))
        .reduce((sum, unit) => sum + (rows.get(unit) ?? 0), 0)
      if (Number(counted[0]?.count) !== copied) written.push(name)
    }
    return written
  })
}
