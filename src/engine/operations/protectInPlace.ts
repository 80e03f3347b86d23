/**
 * The wall around a table that the old application still uses. Whoever has rights today keeps full sight through the
 * policy `legacy_app`, made before row security is switched on; the API is walled in already. Rights of PUBLIC become
 * those of the roles that lived on them: the visitor is everybody too.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan.ts'
import { defaultLiteral, scopedOf, scopingOf } from '../scope/owner.ts'
import type { Grant, ScopedTable } from '../scope/plan.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'
import { doors } from './protectTable.ts'

export type ProtectInPlace = { readonly kind: 'protect_in_place'; readonly table: string }

/** `grant select (email) on public.users to app with grant option`. */
export const grantStatement = (
  table: string,
  { grantee, privilege, column, grantable }: Grant,
  to = grantee,
): string =>
  `grant ${privilege}${column === null ? '' : ` (${ident(column)})`} on ${table} to ${to === 'PUBLIC' ? 'public' : ident(to)}${grantable ? ' with grant option' : ''}`

const ofEverybody = ({ grants }: ScopedTable) => grants.filter(({ grantee }) => grantee === 'PUBLIC')

/** Roles that take over what PUBLIC had. */
const heirs = (plan: Plan, table: ScopedTable) =>
  ofEverybody(table).length === 0 ? [] : scopingOf(plan).roles.filter(role => role !== table.owner)

export const protectInPlace: OperationType<ProtectInPlace> = Object.freeze({
  describe: (op, plan) =>
    `protect ${nameOf(tableOf(plan, op.table))}, and leave the old application its sight`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const scoped = scopedOf(plan, op.table)
    const scope = ident(plan.scopeColumn)
    const roles = [...new Set([scoped.owner, ...scopingOf(plan).roles])].map(ident).join(', ')
    const secret = `array[${table.secret.map(literal).join(', ')}]::text[]`
    const global = `array[${table.globalKeys.map(literal).join(', ')}]::text[]`
    return [
      `create policy legacy_app on ${name} to ${roles} using (true) with check (true)`,
      ...heirs(plan, scoped).flatMap(role =>
        ofEverybody(scoped).map(grant => grantStatement(name, grant, role)),
      ),
      `select app_private.build_wall(${literal(name)}, ${literal(plan.scopeColumn)})`,
      ...doors(table, plan),
      `select app_private.grant_to_visitor(${literal(name)}, ${literal(plan.scopeColumn)}, ${secret})`,
      `update app_private.protected_tables set secret_columns = ${secret}, global_keys = ${global}, grants_by_hand = false
where schema_name = ${literal(table.target.schema)} and table_name = ${literal(table.target.name)}`,
      // A tenant's new row is its organization's; everybody else's is the default organization's until a rule says more.
      `alter table ${name} alter column ${scope} set default
  case when current_setting('role') = ${literal(plan.roles.visitor)} then app_hidden.current_organization_id() else ${defaultLiteral(plan)} end`,
    ]
  },
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const scoped = scopedOf(plan, op.table)
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
      `revoke all on table ${name} from ${plan.roles.visitor}`,
      ...table.columns.flatMap(({ sequence }) =>
        sequence === null ? [] : [`revoke all on sequence ${sequence} from ${plan.roles.visitor}`],
      ),
      `delete from app_private.protected_tables
where schema_name = ${literal(table.target.schema)} and table_name = ${literal(table.target.name)}`,
      // As they were: what was given to others goes first, it may be theirs too.
      ...heirs(plan, scoped).flatMap(role =>
        ofEverybody(scoped)
          .filter(
            ({ privilege, column }) =>
              !scoped.grants.some(
                own => own.grantee === role && own.privilege === privilege && own.column === column,
              ),
          )
          .map(
            ({ privilege, column }) =>
              `revoke ${privilege}${column === null ? '' : ` (${ident(column)})`} on ${name} from ${ident(role)}`,
          ),
      ),
      ...ofEverybody(scoped).map(grant => grantStatement(name, grant)),
    ]
  },
  // validate_client_data_integrity() asks for the wall.
  verify: () => null,
  lock: 'ACCESS EXCLUSIVE, for a moment',
})
