/**
 * The wall around a table that the old application still uses. Whoever has rights today keeps full sight through the
 * policy `legacy_app`, made before row security is switched on; the API is walled in already. Rights of PUBLIC become
 * those of the roles that lived on them: the visitor is everybody too.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { defaultLiteral, scopingOf } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'
import { doors } from './protectTable.ts'

export type ProtectInPlace = { readonly kind: 'protect_in_place'; readonly table: string }

/** Who is seen to at planning; whoever has rights by then is found when it comes to it. */
export const keepSight = (plan: Plan, source: string): string =>
  `select rowhouse.keep_sight(${literal(nameOf(tableOf(plan, source)))}, array[${scopingOf(plan).roles.map(literal).join(', ')}]::text[])`

/** A tenant's new row is its organization's; everybody else's is the default organization's until a rule says more. */
export const defaultOfBoth = (plan: Plan, source: string): string =>
  `alter table ${nameOf(tableOf(plan, source))} alter column ${ident(plan.scopeColumn)} set default app_hidden.organization_of_new_row(${defaultLiteral(plan)})`

export const protectInPlace: OperationType<ProtectInPlace> = Object.freeze({
  describe: (op, plan) =>
    `protect ${nameOf(tableOf(plan, op.table))}, and leave the old application its sight`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const secret = `array[${table.secret.map(literal).join(', ')}]::text[]`
    const global = `array[${table.globalKeys.map(literal).join(', ')}]::text[]`
    return [
      `select rowhouse.keep_rights(${literal(plan.id)}, 'protect', ${literal(name)})`,
      keepSight(plan, op.table),
      `select app_private.build_wall(${literal(name)}, ${literal(plan.scopeColumn)})`,
      ...doors(table, plan),
      `select app_private.grant_to_visitor(${literal(name)}, ${literal(plan.scopeColumn)}, ${secret})`,
      `update app_private.protected_tables set secret_columns = ${secret}, global_keys = ${global}, grants_by_hand = false
where schema_name = ${literal(table.target.schema)} and table_name = ${literal(table.target.name)}`,
      defaultOfBoth(plan, op.table),
    ]
  },
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    return [
      `alter table ${name} alter column ${ident(plan.scopeColumn)} set default ${defaultLiteral(plan)}`,
      `do $$
declare
  policy name;
begin
  for policy in select polname from pg_catalog.pg_policy where polrelid = ${literal(name)}::regclass loop
    execute format('drop policy %I on ${name.replaceAll('%', '%%').replaceAll("'", "''")}', policy);
  end loop;
end
$$`,
      `alter table ${name} disable row level security`,
      `delete from app_private.protected_tables
where schema_name = ${literal(table.target.schema)} and table_name = ${literal(table.target.name)}`,
      `select rowhouse.restore_rights(${literal(plan.id)}, 'protect', ${literal(name)})`,
    ]
  },
  // validate_client_data_integrity() asks for the wall.
  verify: () => null,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'ACCESS EXCLUSIVE, for a moment',
})
