/** The journal's row of one unit: written by the transaction that does it. */
import { literal } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'

export type Unit = {
  readonly unit: string
  /** Of a database that is scoped in place; otherwise `fold`. */
  readonly phase?: string
  readonly operation: string
  /** An organization's id. */
  readonly organization: string | null
  readonly object: string | null
  /** SQL: how many rows were copied. */
  readonly rows?: string
}

export const journalRow = (
  { id }: Pick<Plan, 'id'>,
  { unit, phase = 'fold', operation, organization, object, rows }: Unit,
): string =>
  `insert into rowhouse.journal (plan_id, step, phase, operation, organization_id, object${rows === undefined ? '' : ', rows'})
values (${[id, unit, phase, operation, organization, object].map(literal).join(', ')}${rows === undefined ? '' : `, ${rows}`})`
