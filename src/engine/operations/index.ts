/** All operations, by kind. Whoever adds one adds its file, and a line here. */
import { ident } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan.ts'
import { type AddConstraint, addConstraint } from './addConstraint.ts'
import { type AddForeignKey, addForeignKey } from './addForeignKey.ts'
import { type CopyRows, copyRows } from './copyRows.ts'
import { type CreateIdentities, createIdentities } from './createIdentities.ts'
import { type CreateIndex, createIndex } from './createIndex.ts'
import { type CreateOrganizations, createOrganizations } from './createOrganizations.ts'
import { type CreateSchema, createSchema } from './createSchema.ts'
import { type CreateTable, createTable } from './createTable.ts'
import { type Finish, finish } from './finish.ts'
import { type HandOver, handOver } from './handOver.ts'
import { type InstallCore, installCore } from './installCore.ts'
import type { OperationType } from './operation.ts'
import { type ProtectTable, protectTable } from './protectTable.ts'
import { type RecordBaseline, recordBaseline } from './recordBaseline.ts'
import { type SetSequence, setSequence } from './setSequence.ts'
import { type ValidateForeignKey, validateForeignKey } from './validateForeignKey.ts'

export type Operation =
  | InstallCore
  | CreateSchema
  | CreateOrganizations
  | RecordBaseline
  | CreateTable
  | CopyRows
  | AddConstraint
  | CreateIndex
  | AddForeignKey
  | ValidateForeignKey
  | SetSequence
  | CreateIdentities
  | ProtectTable
  | HandOver
  | Finish

export type Kind = Operation['kind']

const types: { readonly [K in Kind]: OperationType<Extract<Operation, { kind: K }>> } = Object.freeze({
  install_core: installCore,
  create_schema: createSchema,
  create_organizations: createOrganizations,
  record_baseline: recordBaseline,
  create_table: createTable,
  copy_rows: copyRows,
  add_constraint: addConstraint,
  create_index: createIndex,
  add_foreign_key: addForeignKey,
  validate_foreign_key: validateForeignKey,
  set_sequence: setSequence,
  create_identities: createIdentities,
  protect_table: protectTable,
  hand_over: handOver,
  finish,
})

/** The operation's type; the cast says what the table above holds for each kind. */
const typeOf = (op: Operation) => types[op.kind] as OperationType<Operation>

export const describe = (op: Operation, plan: Plan): string => typeOf(op).describe(op, plan)
export const objectOf = (op: Operation, plan: Plan): string | null => typeOf(op).object(op, plan)
export const up = (op: Operation, plan: Plan): string[] => typeOf(op).up(op, plan)
export const down = (op: Operation, plan: Plan): string[] => typeOf(op).down(op, plan)
export const verifyQuery = (op: Operation, plan: Plan): string | null => typeOf(op).verify(op, plan)
/** The table a step keeps to itself while others of its kind run beside it; null where it runs alone. */
export const laneOf = (op: Operation): string | null =>
  typeOf(op).sideBySide && 'table' in op ? op.table : null
export const lockOf = (op: Operation): string => typeOf(op).lock

/** The step's name in the journal: `copy_rows employees_employee acme`. Unique within a plan. */
export function stepOf(op: Operation): string {
  const { kind, ...rest } = op
  const names = ['table', 'name', 'column', 'schema', 'organization'] as const
  const parts = names
    .map(key => (rest as Record<string, unknown>)[key])
    .filter(part => typeof part === 'string')
  // Quoted where a name has a space in it: two steps of one name would be one.
  return [kind, ...parts.map(ident)].join(' ')
}
