/** What every operation can say of itself. An operation is a frozen value; its file carries how to do and undo it. */
import type { Statement } from '../apply/transfer.ts'
import type { Plan } from '../plan/plan.ts'

export type OperationType<Op> = Readonly<{
  /** One line for people: what happens to what. */
  describe(op: Op, plan: Plan): string
  /** The object it works on, for the journal. */
  object(op: Op, plan: Plan): string | null
  /** Statements that do it, in order, inside one transaction. */
  up(op: Op, plan: Plan): string[]
  /**
   * In place of `up` and the journal's rows, where what is read is on another server.
   * @param units the journal's names for what is done, one per organization where it has some
   */
  elsewhere?(op: Op, plan: Plan, units: readonly string[]): Statement[]
  /** Statements for the time of loading, after those of `up`: the tables as they are to be do not have what they say. */
  forNow?(op: Op, plan: Plan): string[]
  /** Statements that no transaction can hold. They run before it, and again where a restart cannot tell. */
  before?(op: Op, plan: Plan): string[]
  /** Statements that undo it; they may run although only part, or nothing, was done. */
  down(op: Op, plan: Plan): string[]
  /** A query with one row (a text) per fault once it is done; null where nothing is left to check. */
  verify(op: Op, plan: Plan): string | null
  /** The strongest lock it takes, and on what. */
  lock: string
  /** Tables in use that it locks against writers, in place: first they are waited for so that nobody waits behind us. */
  inUse?(op: Op, plan: Plan): string[]
  /** May run beside others of its kind: those that work on other tables, or all. */
  sideBySide?: 'other tables' | 'always'
}>
