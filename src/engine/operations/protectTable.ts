/**
 * Wall, grants and doors: the same statements that the workspace's policy file has, so that the database begins as the
 * file says. From here on the doors are the workspace's.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import type { Hop } from '../spec/doors.ts'
import type { OperationType } from './operation.ts'

export type ProtectTable = { readonly kind: 'protect_table'; readonly table: string }

type Rules = Pick<Plan, 'tables' | 'roles'>

export const protectTable: OperationType<ProtectTable> = Object.freeze({
  describe: (op, plan) =>
    `${tableOf(plan, op.table).merge === null ? 'protect' : 'share'} ${nameOf(tableOf(plan, op.table))}`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    // What it was told to keep secret it still keeps.
    if (table.adopted?.isProtected) return [`select app_private.protect(${literal(nameOf(table))})`]
    return [protectCall(table, plan), ...(table.adopted?.hasDoors ? [] : doors(table, plan))]
  },
  down: (op, plan) => unprotect(tableOf(plan, op.table), plan),
  // The checks in db/checks hold it; install_core asks for them all.
  verify: () => null,
  lock: 'ACCESS EXCLUSIVE on the new table',
})

/** Only a table that was there before outlives the plan, and it goes back to what it was. */
function unprotect(table: PlannedTable, { roles }: Rules): string[] {
  const { adopted, target } = table
  if (adopted === null || adopted.isProtected) return []
  const name = nameOf(table)
  const sequences = [...table.columns, ...adopted.extra].flatMap(({ serial, sequence }) =>
    serial && sequence !== null ? [sequence] : [],
  )
  return [
    ...(adopted.hasDoors ? [] : [`select app_private.close_doors(${literal(name)})`]),
    `drop policy if exists organization_isolation on ${name}`,
    ...(adopted.rowSecurity ? [] : [`alter table ${name} disable row level security`]),
    `revoke all on ${name} from ${roles.visitor}`,
    ...sequences.map(sequence => `revoke all on sequence ${sequence} from ${roles.visitor}`),
    `delete from app_private.protected_tables where schema_name = ${literal(target.schema)} and table_name = ${literal(target.name)}`,
    ...(adopted.owner === roles.owner ? [] : [`alter table ${name} owner to ${ident(adopted.owner)}`]),
  ]
}

/** `select app_private.protect('hr.employees')`, as a DBA would type it; share() where rows are everybody's. */
export function protectCall(table: PlannedTable, plan: Pick<Plan, 'scopeColumn'>): string {
  const secret =
    table.secret.length === 0 ? [] : [`secret_columns => array[${table.secret.map(literal).join(', ')}]`]
  const scope = plan.scopeColumn === 'organization_id' ? [] : [`scope_column => ${literal(plan.scopeColumn)}`]
  const global =
    table.globalKeys.length === 0 ? [] : [`global_keys => array[${table.globalKeys.map(literal).join(', ')}]`]
  return table.merge === null
    ? `select app_private.protect(${[literal(nameOf(table)), ...secret, ...scope, ...global].join(', ')})`
    : `select app_private.share(${[literal(nameOf(table)), ...secret].join(', ')})`
}

/** The doors of a table, by what the spec says of it (doors.ts), and before them the end of all others. */
export function doors(table: PlannedTable, plan: Rules): string[] {
  if (table.merge !== null) return []
  const name = nameOf(table)
  const close = `select app_private.close_doors(${literal(name)})`
  const door = (policy: string, command: string, condition: string) =>
    `create policy ${policy} on ${name} for ${command} to ${plan.roles.visitor}\n  ${condition}`
  const writing = (who: string, may: string) => [
    door(`insert_${who}`, 'insert', `with check ((select app_hidden.${may}()))`),
    door(`update_${who}`, 'update', `using ((select app_hidden.${may}()))`),
    door(`delete_${who}`, 'delete', `using ((select app_hidden.${may}()))`),
  ]
  switch (table.doors) {
    case 'members':
      return [close, door('select_member', 'select', 'using (true)'), ...writing('member', 'can_write')]
    case 'administrators':
      return [
        close,
        door('select_member', 'select', 'using (true)'),
        ...writing('administrator', 'can_administer'),
      ]
    case 'private': {
      // One policy, the cheap question first: two would be asked both, the costly one perhaps before.
      const own = table.own === null ? '' : `\n    or ${ownCondition(table.own, plan)}`
      return [
        close,
        door('select_concerned', 'select', `using ((select app_hidden.can_administer())${own})`),
        ...writing('administrator', 'can_administer'),
      ]
    }
  }
}

/** `employee_id in (select id from hr.employees where user_id = <the acting user's old id>)`, as long as the way is. */
function ownCondition([hop, ...rest]: readonly Hop[], plan: Rules): string {
  if (hop === undefined) throw new Error('a way to the person has at least one step')
  const next = tableOf(plan, hop.table)
  if (rest.length > 0) {
    return `${ident(hop.column)} in (select ${ident(hop.key)} from ${nameOf(next)} where ${ownCondition(rest, plan)})`
  }
  // The cast is inside the sub-select: outside it would keep the comparison from the index, for it is not leakproof.
  const type = next.columns.find(column => column.name === hop.key)?.type ?? 'text'
  return `${ident(hop.column)} = (select app_hidden.current_legacy_id()::${type})`
}
