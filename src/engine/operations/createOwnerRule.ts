/**
 * How a table's rows find their organization, as a function of the row; and a trigger, so that the rows which the old
 * application adds from now on are owned rightly too. It comes before any row is moved: what is written behind the
 * back of a batch has passed the rule already.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan.ts'
import { defaultLiteral, followed, ownerOf, scopedOf } from '../scope/owner.ts'
import { nameOf } from '../targetTable.ts'
import type { OperationType } from './operation.ts'

export type CreateOwnerRule = { readonly kind: 'create_owner_rule'; readonly table: string }

/** At most 63 bytes, told apart by the table's place in the plan. */
export const ownerTrigger = (plan: Plan, source: string): string =>
  `tg_${plan.tables.findIndex(table => table.source === source)}__own_row`

export const createOwnerRule: OperationType<CreateOwnerRule> = Object.freeze({
  describe: (op, plan) => `assign new rows of ${nameOf(tableOf(plan, op.table))} by their rule`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))}.${ident(plan.scopeColumn)}`,
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const { rule } = scopedOf(plan, op.table)
    if (rule === null) throw new Error(`${op.table} has no rule`)
    const name = ownerTrigger(plan, op.table)
    const scope = ident(plan.scopeColumn)
    const home = defaultLiteral(plan)
    const moves = followed(rule)
    return [
      `create or replace function rowhouse.owner_of(t ${nameOf(table)}) returns uuid
  language sql stable set search_path to pg_catalog, ${ident(table.target.schema)}, pg_temp
as ${literal(`select ${ownerOf(plan, op.table)}`)}`,
      `revoke all on function rowhouse.owner_of(${nameOf(table)}) from public`,
      // It reads what the application's role may not read, and nobody can call it but a row.
      `create or replace function rowhouse.${name}() returns trigger
  language plpgsql security definer set search_path to pg_catalog, pg_temp
as ${literal(`begin
  -- A tenant's row is the context's, and the wall decides. Of the others, who says whose a row is, is believed.
  if current_setting('role') <> ${literal(plan.roles.visitor)} and (tg_op = 'UPDATE' or new.${scope} = ${home}) then
    new.${scope} := rowhouse.owner_of(new);
  end if;
  return new;
end`)}`,
      `revoke all on function rowhouse.${name}() from public`,
      `create or replace trigger ${name} before insert${moves.length > 0 ? ` or update of ${moves.map(ident).join(', ')}` : ''} on ${nameOf(table)}
  for each row execute function rowhouse.${name}()`,
    ]
  },
  down: (op, plan) => dropRule(plan, op.table),
  verify: () => null,
  lock: 'SHARE ROW EXCLUSIVE, for a moment',
})

export function dropRule(plan: Plan, source: string): string[] {
  const table = nameOf(tableOf(plan, source))
  const name = ownerTrigger(plan, source)
  return [
    `drop trigger if exists ${name} on ${table}`,
    `drop function if exists rowhouse.${name}()`,
    `drop function if exists rowhouse.owner_of(${table})`,
  ]
}
