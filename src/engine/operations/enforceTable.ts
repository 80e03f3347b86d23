/**
 * The end of the old application's sight: the table belongs to the role that nobody logs in as, new rows are the
 * context's, and keys that reach across organizations go. A role that kept its rights would see no row, silently; so
 * they go too, and it gets an error.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { scopedOf } from '../scope/owner.ts'
import { createOwnerRule, dropRule } from './createOwnerRule.ts'
import type { OperationType } from './operation.ts'
import { defaultOfBoth, keepSight } from './protectInPlace.ts'

export type EnforceTable = { readonly kind: 'enforce_table'; readonly table: string }

/** Keys through the scope column that refer to the table. */
const leaning = (plan: Plan, name: string) =>
  plan.tables.flatMap(table =>
    table.foreignKeys
      .slice(1)
      .filter(({ references }) => references === name)
      .map(key => ({ table: nameOf(table), key })),
  )

export const enforceTable: OperationType<EnforceTable> = Object.freeze({
  describe: (op, plan) => `hand ${nameOf(tableOf(plan, op.table))} over: context is required`,
  object: (op, plan) => nameOf(tableOf(plan, op.table)),
  up: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const { rule, replaced } = scopedOf(plan, op.table)
    const { primaryKey } = replaced
    return [
      `alter table ${name} alter column ${ident(plan.scopeColumn)} set default app_hidden.current_organization_id()`,
      ...(rule === null ? [] : dropRule(plan, op.table)),
      `drop policy if exists legacy_app on ${name}`,
      `alter table ${name} owner to ${plan.roles.owner}`,
      `select rowhouse.keep_rights(${literal(plan.id)}, 'enforce', ${literal(name)})`,
      `select rowhouse.take_rights(${literal(name)})`,
    ]
      .concat(
        replaced.uniques.flatMap(({ name: unique, isConstraint, instead }) => [
          isConstraint
            ? `alter table ${name} drop constraint if exists ${ident(unique)}`
            : `drop index if exists ${qualified(table.target.schema, unique)}`,
          ...(instead === null
            ? []
            : [`alter table ${name} add constraint ${ident(instead.name)} ${instead.definition}`]),
        ]),
      )
      .concat(
        primaryKey === null
          ? []
          : [
              `alter table ${name} drop constraint ${ident(primaryKey.name)},
  add constraint ${ident(primaryKey.index)} primary key using index ${ident(primaryKey.index)}`,
            ],
      )
  },
  down: (op, plan) => {
    const table = tableOf(plan, op.table)
    const name = nameOf(table)
    const { rule, replaced, owner } = scopedOf(plan, op.table)
    const { primaryKey } = replaced
    const led = table.indexes.find(({ name: index }) => index === primaryKey?.index)
    return [
      ...(primaryKey === null || led === undefined
        ? []
        : [
            // Foreign keys lean on the index: they make room, and come back without looking at rows they have seen.
            ...leaning(plan, name).map(
              ({ table: from, key }) => `alter table ${from} drop constraint if exists ${ident(key.name)}`,
            ),
            `alter table ${name} drop constraint if exists ${ident(primaryKey.index)}`,
            `create unique index if not exists ${ident(primaryKey.index)} on ${name} using ${led.using}`,
            `alter table ${name} add constraint ${ident(primaryKey.name)} ${primaryKey.definition}`,
            ...leaning(plan, name).flatMap(({ table: from, key }) => [
              `alter table ${from} add constraint ${ident(key.name)} ${key.definition} not valid`,
              ...(key.orphaned ? [] : [`alter table ${from} validate constraint ${ident(key.name)}`]),
            ]),
          ]),
      ...replaced.uniques.flatMap(({ name: unique, isConstraint, definition, instead }) => [
        ...(instead === null ? [] : [`alter table ${name} drop constraint if exists ${ident(instead.name)}`]),
        isConstraint ? `alter table ${name} add constraint ${ident(unique)} ${definition}` : definition,
      ]),
      `alter table ${name} owner to ${ident(owner)}`,
      `select rowhouse.restore_rights(${literal(plan.id)}, 'enforce', ${literal(name)})`,
      keepSight(plan, op.table),
      ...(rule === null ? [] : createOwnerRule.up({ kind: 'create_owner_rule', table: op.table }, plan)),
      defaultOfBoth(plan, op.table),
    ]
  },
  verify: () => null,
  inUse: (op, plan) => {
    const name = nameOf(tableOf(plan, op.table))
    return [...new Set([name, ...leaning(plan, name).map(({ table }) => table)])]
  },
  lock: 'ACCESS EXCLUSIVE, for a moment',
})
