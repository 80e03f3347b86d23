/** All operations, by kind. Whoever adds one adds its file, and a line here. */
import { ident } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan.ts'
import type { Statement } from '../transfer.ts'
import { type AddConstraint, addConstraint } from './addConstraint.ts'
import { type AddForeignKey, addForeignKey } from './addForeignKey.ts'
import { type CopyRows, copyRows } from './copyRows.ts'
import { type CreateIdentities, createIdentities } from './createIdentities.ts'
import { type CreateIndex, createIndex } from './createIndex.ts'
import { type CreateOrganizations, createOrganizations } from './createOrganizations.ts'
import { type CreateSchema, createSchema } from './createSchema.ts'
import { type CreateTable, createTable } from './createTable.ts'
import { type CreateType, createType } from './createType.ts'
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
  | CreateType
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
  create_type: createType,
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
/** What runs before the operation's transaction. */
export const beforeOf = (op: Operation, plan: Plan): string[] => typeOf(op).before?.(op, plan) ?? []
export const up = (op: Operation, plan: Plan): string[] => typeOf(op).up(op, plan)
/** Null where it is the same wherever the source is. */
export const elsewhere = (op: Operation, plan: Plan): Statement[] | null =>
  plan.source === null ? null : (typeOf(op).elsewhere?.(op, plan, unitsOf(op)) ?? null)
export const down = (op: Operation, plan: Plan): string[] => typeOf(op).down(op, plan)
export const verifyQuery = (op: Operation, plan: Plan): string | null => typeOf(op).verify(op, plan)
/** What a step keeps to itself while others of its kind run beside it; null where it runs alone. */
export function laneOf(op: Operation): string | null {
  const { sideBySide } = typeOf(op)
  if (sideBySide === 'always') return stepOf(op)
  return sideBySide === 'other tables' && 'table' in op ? op.table : null
}
export const lockOf = (op: Operation): string => typeOf(op).lock

/** The journal's name for one tenant's rows of one table: what is copied exactly once. */
export const copyUnit = (table: string, schema: string): string =>
  ['copy_rows', ...[table, schema].map(ident)].join(' ')

/** One unit of the journal each: what a step's transaction does, whole or not at all. */
export const unitsOf = (op: Operation): string[] =>
  op.kind === 'copy_rows' ? op.organizations.map(schema => copyUnit(op.table, schema)) : [stepOf(op)]

/** The step's name: `create_table employees_employee`. Unique within a plan. */
export function stepOf(op: Operation): string {
  if (op.kind === 'copy_rows') {
    const [first = '', ...more] = op.organizations
    return `${copyUnit(op.table, first)}${more.length > 0 ? ` and ${more.length} more` : ''}`
  }
  const { kind, ...rest } = op
  const names = ['table', 'name', 'column', 'schema', 'organization'] as const
  const parts = names
    .map(key => (rest as Record<string, unknown>)[key])
    .filter(part => typeof part === 'string')
  // Quoted where a name has a space in it: two steps of one name would be one.
  return [kind, ...parts.map(ident)].join(' ')
}
