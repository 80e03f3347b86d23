/** All operations, by kind. Whoever adds one adds its file, and a line here. */
import { ident } from '../../postgres/identifiers.ts'
import type { Statement } from '../apply/transfer.ts'
import type { KeyRange } from '../plan/keyRanges.ts'
import type { Plan } from '../plan/plan.ts'
import type { Phase } from '../scope/plan.ts'
import { type AddConstraint, addConstraint } from './addConstraint.ts'
import { type AddForeignKey, addForeignKey } from './addForeignKey.ts'
import { type AddScopeColumn, addScopeColumn } from './addScopeColumn.ts'
import { type AdoptTable, adoptTable } from './adoptTable.ts'
import { type AdoptType, adoptType } from './adoptType.ts'
import { type AssignRows, assignRows } from './assignRows.ts'
import { type CopyRows, copyRows } from './copyRows.ts'
import { type CreateFunction, createFunction } from './createFunction.ts'
import { type CreateIdentities, createIdentities } from './createIdentities.ts'
import { type CreateIndex, createIndex } from './createIndex.ts'
import { type CreateLedIndex, createLedIndex } from './createLedIndex.ts'
import { type CreateOrganizations, createOrganizations } from './createOrganizations.ts'
import { type CreateOwnerRule, createOwnerRule } from './createOwnerRule.ts'
import { type CreateOwnerValues, createOwnerValues } from './createOwnerValues.ts'
import { type CreateSchema, createSchema } from './createSchema.ts'
import { type CreateTable, createTable } from './createTable.ts'
import { type CreateTrigger, createTrigger } from './createTrigger.ts'
import { type CreateType, createType } from './createType.ts'
import { type CreateView, createView } from './createView.ts'
import { type DropOldKeys, dropOldKeys } from './dropOldKeys.ts'
import { type EnforceTable, enforceTable } from './enforceTable.ts'
import { type Finish, finish } from './finish.ts'
import { type HandOver, handOver } from './handOver.ts'
import { type InstallCore, installCore } from './installCore.ts'
import { type MergeRows, mergeRows } from './mergeRows.ts'
import { type NumberKeys, numberKeys } from './numberKeys.ts'
import type { OperationType } from './operation.ts'
import { type ProtectInPlace, protectInPlace } from './protectInPlace.ts'
import { type ProtectTable, protectTable } from './protectTable.ts'
import { type RecordBaseline, recordBaseline } from './recordBaseline.ts'
import { type SetSequence, setSequence } from './setSequence.ts'
import { type SyncIdentities, syncIdentities } from './syncIdentities.ts'
import { type VacuumTable, vacuumTable } from './vacuumTable.ts'
import { type ValidateForeignKey, validateForeignKey } from './validateForeignKey.ts'

/** `phase`: of a database that is scoped in place. */
export type Operation = { readonly phase?: Phase } & (
  | InstallCore
  | AddScopeColumn
  | SyncIdentities
  | CreateOwnerValues
  | CreateOwnerRule
  | AssignRows
  | CreateLedIndex
  | ProtectInPlace
  | DropOldKeys
  | EnforceTable
  | CreateSchema
  | CreateOrganizations
  | RecordBaseline
  | CreateType
  | AdoptType
  | CreateFunction
  | CreateTable
  | NumberKeys
  | MergeRows
  | AdoptTable
  | CopyRows
  | VacuumTable
  | AddConstraint
  | CreateIndex
  | AddForeignKey
  | ValidateForeignKey
  | SetSequence
  | CreateIdentities
  | CreateTrigger
  | CreateView
  | ProtectTable
  | HandOver
  | Finish
)

export type Kind = Operation['kind']

const types: { readonly [K in Kind]: OperationType<Extract<Operation, { kind: K }>> } = Object.freeze({
  install_core: installCore,
  create_schema: createSchema,
  create_organizations: createOrganizations,
  record_baseline: recordBaseline,
  create_type: createType,
  adopt_type: adoptType,
  create_function: createFunction,
  create_table: createTable,
  number_keys: numberKeys,
  merge_rows: mergeRows,
  adopt_table: adoptTable,
  copy_rows: copyRows,
  vacuum_table: vacuumTable,
  add_constraint: addConstraint,
  create_index: createIndex,
  add_foreign_key: addForeignKey,
  validate_foreign_key: validateForeignKey,
  set_sequence: setSequence,
  create_identities: createIdentities,
  create_trigger: createTrigger,
  create_view: createView,
  protect_table: protectTable,
  hand_over: handOver,
  finish,
  add_scope_column: addScopeColumn,
  sync_identities: syncIdentities,
  create_owner_values: createOwnerValues,
  create_owner_rule: createOwnerRule,
  assign_rows: assignRows,
  create_led_index: createLedIndex,
  protect_in_place: protectInPlace,
  drop_old_keys: dropOldKeys,
  enforce_table: enforceTable,
})

/** The operation's type; the cast says what the table above holds for each kind. */
const typeOf = (op: Operation) => types[op.kind] as OperationType<Operation>

export const describe = (op: Operation, plan: Plan): string => typeOf(op).describe(op, plan)
export const objectOf = (op: Operation, plan: Plan): string | null => typeOf(op).object(op, plan)
/** What runs before the operation's transaction. */
export const beforeOf = (op: Operation, plan: Plan): string[] => typeOf(op).before?.(op, plan) ?? []
export const forNowOf = (op: Operation, plan: Plan): string[] => typeOf(op).forNow?.(op, plan) ?? []
/** Tables that the operation locks while the old application uses them. */
export const inUseOf = (op: Operation, plan: Plan): string[] => typeOf(op).inUse?.(op, plan) ?? []
export const up = (op: Operation, plan: Plan): string[] => typeOf(op).up(op, plan)
/** Null where it is the same wherever the source is. */
export const elsewhere = (op: Operation, plan: Plan): Statement[] | null =>
  plan.source === null ? null : (typeOf(op).elsewhere?.(op, plan, unitsOf(op)) ?? null)
export const down = (op: Operation, plan: Plan): string[] => typeOf(op).down(op, plan)
export const verifyQuery = (op: Operation, plan: Plan): string | null => typeOf(op).verify(op, plan)
/** What a step keeps to itself while others of its kind run beside it; null where it runs alone. */
export function laneOf(op: Operation): string | null {
  const { sideBySide } = typeOf(op)
  if (op.kind === 'copy_rows' && op.alone === true) return null
  if (sideBySide === 'always') return stepOf(op)
  return sideBySide === 'other tables' && 'table' in op ? op.table : null
}
export const lockOf = (op: Operation): string => typeOf(op).lock

/** The journal's name for one tenant's rows of one table, or a range of them: what is copied exactly once. */
const copyUnit = (table: string, schema: string, range?: KeyRange): string =>
  ['copy_rows', ...[table, schema].map(ident), ...partOf(range)].join(' ')

const partOf = (range?: KeyRange): string[] => (range === undefined ? [] : [`${range.part}/${range.of}`])

const rangeOf = (op: Operation): KeyRange | undefined => (op.kind === 'copy_rows' ? op.range : undefined)

/** How much of its tenants' rows of the table it brings: a range, by how many there are. */
export const shareOf = (op: Operation): number => 1 / (rangeOf(op)?.of ?? 1)

/** The units of one tenant's rows of one table, by both. */
export function copyUnits({ operations }: Pick<Plan, 'operations'>) {
  const units = new Map<string, string[]>()
  for (const op of operations.filter(bringsRows)) {
    for (const [at, unit] of unitsOf(op).entries()) {
      const whole = copyUnit(op.table, op.organizations[at] ?? '')
      units.set(whole, [...(units.get(whole) ?? []), unit])
    }
  }
  return (table: string, schema: string): readonly string[] => units.get(copyUnit(table, schema)) ?? []
}

/** Whether it fills a table, a tenant's rows at a time. */
export const bringsRows = (op: Operation): op is CopyRows | MergeRows =>
  op.kind === 'copy_rows' || op.kind === 'merge_rows'

/** One unit of the journal each: what a step's transaction does, whole or not at all. */
export const unitsOf = (op: Operation): string[] =>
  bringsRows(op) ? op.organizations.map(schema => copyUnit(op.table, schema, rangeOf(op))) : [stepOf(op)]

/** The step's name: `create_table employees_employee`. Unique within a plan. */
export function stepOf(op: Operation): string {
  if ('organizations' in op) {
    const [first = '', ...more] = op.organizations
    return `${[op.kind, ...[op.table, first].map(ident), ...partOf(rangeOf(op))].join(' ')}${more.length > 0 ? ` and ${more.length} more` : ''}`
  }
  const { kind, phase: _, ...rest } = op
  const names = ['table', 'name', 'column', 'schema', 'organization', 'pass', 'after'] as const
  const parts = names
    .map(key => (rest as Record<string, unknown>)[key])
    .filter(part => typeof part === 'string')
  // Quoted where a name has a space in it: two steps of one name would be one.
  return [kind, ...parts.map(ident)].join(' ')
}
