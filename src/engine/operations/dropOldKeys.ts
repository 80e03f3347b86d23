/**
 * Foreign keys that do not contain the scope column go, before the primary keys that they lean on: a refusal by one of
 * them would tell a tenant that another's row exists. Their counterparts through the scope column hold since long.
 */
import { ident } from '../../postgres/identifiers.ts'
import { tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { scopedOf } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'

export type DropOldKeys = { readonly kind: 'drop_old_keys'; readonly table: string }

export const dropOldKeys: OperationType<DropOldKeys> = Object.freeze({
  describe: (op, plan) =>
    `drop the foreign keys of ${nameOf(tableOf(plan, op.table))} that reach across organizations`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) =>
    scopedOf(plan, op.table).replaced.foreignKeys.map(
      key => `alter table ${nameOf(tableOf(plan, op.table))} drop constraint if exists ${ident(key.name)}`,
    ),
  down: (op, plan) =>
    scopedOf(plan, op.table).replaced.foreignKeys.flatMap(key => {
      const table = nameOf(tableOf(plan, op.table))
      const isValid = !key.definition.endsWith(' NOT VALID')
      return [
        `alter table ${table} add constraint ${ident(key.name)} ${key.definition}${isValid ? ' not valid' : ''}`,
        ...(isValid ? [`alter table ${table} validate constraint ${ident(key.name)}`] : []),
      ]
    }),
  verify: () => null,
  inUse: (op, plan) => {
    const table = tableOf(plan, op.table)
    return [...new Set([nameOf(table), ...table.foreignKeys.slice(1).map(({ references }) => references)])]
  },
  lock: 'ACCESS EXCLUSIVE, for a moment',
})
