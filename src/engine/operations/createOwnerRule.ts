/**
 * How a table's rows find their organization, as a function of the row; and a trigger, so that the rows which the old
 * application adds from now on are owned rightly too. It comes before any row is moved: what is written behind the
 * back of a batch has passed the rule already. Where the old application gives a row to somebody else, the rows that
 * follow it go along, whether a foreign key says so or not.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { defaultLiteral, followed, followersOf, ownerOf, scopedOf } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'

export type CreateOwnerRule = { readonly kind: 'create_owner_rule'; readonly table: string }

/** At most 63 bytes, told apart by the table's place in the plan. */
const numbered = (plan: Plan, source: string, task: string): string =>
  `tg_${plan.tables.findIndex(table => table.source === source)}__${task}`

/**
 * While the parent is on its way to somebody else, its owner is not known. Only where the foreign key would wait for
 * that anyhow: nobody is to wait who did not wait before.
 */
function waiting(plan: Plan, source: string): string {
  const { rule, waits } = scopedOf(plan, source)
  if (rule?.by !== 'parent' || !waits) return ''
  const same = rule.columns.map((column, at) => `p.${ident(rule.keys[at] ?? '')} = new.${ident(column)}`)
  return `
    perform from ${nameOf(tableOf(plan, rule.parent))} p where ${same.join(' and ')} for key share;`
}

export const createOwnerRule: OperationType<CreateOwnerRule> = Object.freeze({
  describe: (op, plan) => `assign new rows of ${nameOf(tableOf(plan, op.table))} by their rule`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))}.${ident(plan.scopeColumn)}`,
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const { rule } = scopedOf(plan, op.table)
    if (rule === null) throw new Error(`${op.table} has no rule`)
    const name = numbered(plan, op.table, 'own_row')
    const scope = ident(plan.scopeColumn)
    const home = defaultLiteral(plan)
    const moves = followed(rule)
    const lead = leading(plan, op.table)
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
  if current_setting('role') <> ${literal(plan.roles.visitor)} and (tg_op = 'UPDATE' or new.${scope} = ${home}) then${waiting(plan, op.table)}
    new.${scope} := rowhouse.owner_of(new);
  end if;
  return new;
end`)}`,
      `revoke all on function rowhouse.${name}() from public`,
      ...lead.functions,
      // They lock the table, so they come last.
      `create or replace trigger ${name} before insert${moves.length > 0 ? ` or update of ${moves.map(ident).join(', ')}` : ''} on ${nameOf(table)}
  for each row execute function rowhouse.${name}()`,
      ...lead.triggers,
    ]
  },
  down: (op, plan) => dropRule(plan, op.table),
  verify: () => null,
  inUse: (op, plan) => [nameOf(tableOf(plan, op.table))],
  lock: 'SHARE ROW EXCLUSIVE, for a moment',
})

/** The rows that follow the table's go along when one of its own goes. Nothing where none follow. */
function leading(plan: Plan, source: string): { functions: string[]; triggers: string[] } {
  const followers = followersOf(plan, source)
  if (followers.length === 0) return { functions: [], triggers: [] }
  const name = numbered(plan, source, 'lead_rows')
  const scope = ident(plan.scopeColumn)
  const updates = followers.map(
    ({ source: from, columns, keys }) => `
    update ${nameOf(tableOf(plan, from))} t set ${scope} = new.${scope}
    where ${columns.map((column, at) => `t.${ident(column)} = new.${ident(keys[at] ?? '')}`).join(' and ')} and t.${scope} <> new.${scope};`,
  )
  return {
    functions: [
      `create or replace function rowhouse.${name}() returns trigger
  language plpgsql security definer set search_path to pg_catalog, pg_temp
as ${literal(`begin
  -- A tenant's row goes nowhere. Where rows are assigned, those that follow have their own turn.
  if current_setting('role') <> ${literal(plan.roles.visitor)} and coalesce(current_setting('rowhouse.assigning', true), '') = '' then${updates.join('')}
  end if;
  return null;
end`)}`,
      `revoke all on function rowhouse.${name}() from public`,
    ],
    triggers: [
      `create or replace trigger ${name} after update on ${nameOf(tableOf(plan, source))}
  for each row when (old.${scope} <> new.${scope}) execute function rowhouse.${name}()`,
    ],
  }
}

export function dropRule(plan: Plan, source: string): string[] {
  const table = nameOf(tableOf(plan, source))
  return [
    ...['own_row', 'lead_rows'].flatMap(task => [
      `drop trigger if exists ${numbered(plan, source, task)} on ${table}`,
      `drop function if exists rowhouse.${numbered(plan, source, task)}()`,
    ]),
    `drop function if exists rowhouse.owner_of(${table})`,
  ]
}
