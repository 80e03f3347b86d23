/**
 * A table that is there, in the place of one to be made: looked at once more before anything is put into it, and given the
 * little that it lacks. Undoing takes that back, and never the table.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Adopted } from '../adopt/adopted.ts'
import { hasStrangeRows, strangeRows } from '../adopt/adoptTargets.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { type NamedDefinition, nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { columnFaults, createTable, heldChecks } from './createTable.ts'
import type { OperationType } from './operation.ts'
import { remarksOfRule } from './remarks.ts'

export type AdoptTable = { readonly kind: 'adopt_table'; readonly table: string }

const adoptedOf = (table: PlannedTable): Adopted => {
  if (table.adopted === null) throw new Error(`${table.source} is not adopted`)
  return table.adopted
}

const missingChecks = (table: PlannedTable): readonly NamedDefinition[] =>
  heldChecks(table).filter(({ name }) => !adoptedOf(table).constraints.includes(name))

export const adoptTable: OperationType<AdoptTable> = Object.freeze({
  describe: (op, plan) => `adopt table ${nameOf(tableOf(plan, op.table))}, which is there and fits`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    return [
      look(table, plan),
      ...(adoptedOf(table).lacksDefault
        ? [
            `alter table ${name} alter column ${ident(plan.scopeColumn)} set default app_hidden.current_organization_id()`,
          ]
        : []),
      ...missingChecks(table).flatMap(check => [
        `alter table ${name} add constraint ${ident(check.name)} ${check.definition}`,
        ...remarksOfRule(table, check),
      ]),
    ]
  },
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    return [
      ...missingChecks(table).map(
        check => `alter table ${name} drop constraint if exists ${ident(check.name)}`,
      ),
      ...(adoptedOf(table).lacksDefault
        ? [`alter table ${name} alter column ${ident(plan.scopeColumn)} drop default`]
        : []),
    ]
  },
  verify: (op, plan) => createTable.verify({ kind: 'create_table', table: op.table }, plan),
  lock: 'ACCESS EXCLUSIVE on the table',
})

/** Since the plan was made somebody may have changed the table, or filled it. */
function look(table: PlannedTable, plan: Plan): string {
  const body = `
declare
  fault text := (select q.fault from (${columnFaults(table, plan)}) q (fault) limit 1);
begin
  lock table ${nameOf(table)} in share row exclusive mode;
  if fault is null and ${strangeRows(table, plan)} then
    fault := ${literal(`${nameOf(table)} ${hasStrangeRows}`)};
  end if;
  if fault is not null then
    raise exception using errcode = 'RH125', message = fault, hint = 'undo what was begun and plan anew: rowhouse cancel';
  end if;
end
`
  let tag = '$look$'
  while (body.includes(tag)) tag = tag.replace(/\$$/, '_$')
  return `do ${tag}${body}${tag}`
}
