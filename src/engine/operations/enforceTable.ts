/**
 * The end of the old application's sight: the table belongs to the role that nobody logs in as, new rows are the
 * context's, and keys that reach across organizations go. A role that kept its rights would see no row, silently; so
 * they go too, and it gets an error.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Plan, tableOf } from '../plan.ts'
import { defaultLiteral, scopedOf, scopingOf } from '../scope/owner.ts'
import { nameOf } from '../targetTable.ts'
import { createOwnerRule, dropRule } from './createOwnerRule.ts'
import type { OperationType } from './operation.ts'
import { grantStatement } from './protectInPlace.ts'

export type EnforceTable = { readonly kind: 'enforce_table'; readonly table: string }

/** Everybody with rights on the table today but its owner. */
const grantees = (plan: Plan, source: string): string[] => {
  const { owner, grants } = scopedOf(plan, source)
  const named = grants.map(({ grantee }) => grantee)
  const heirs = named.includes('PUBLIC') ? scopingOf(plan).roles : []
  return [...new Set([...named, ...heirs])].filter(role => role !== owner && role !== 'PUBLIC')
}

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
    const { rule, replaced, owner } = scopedOf(plan, op.table)
    const { primaryKey } = replaced
    const old = [...new Set([...grantees(plan, op.table), owner])].map(ident).join(', ')
    return [
      `alter table ${name} alter column ${ident(plan.scopeColumn)} set default app_hidden.current_organization_id()`,
      ...(rule === null ? [] : dropRule(plan, op.table)),
      `drop policy if exists legacy_app on ${name}`,
      `alter table ${name} owner to ${plan.roles.owner}`,
      `revoke all on table ${name} from ${old}`,
    ]
      .concat(
        replaced.uniques.map(unique =>
          unique.isConstraint
            ? `alter table ${name} drop constraint if exists ${ident(unique.name)}`
            : `drop index if exists ${qualified(table.target.schema, unique.name)}`,
        ),
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
    const { rule, replaced, owner, grants } = scopedOf(plan, op.table)
    const { primaryKey } = replaced
    const roles = [...new Set([owner, ...scopingOf(plan).roles])].map(ident).join(', ')
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
      ...replaced.uniques.map(unique =>
        unique.isConstraint
          ? `alter table ${name} add constraint ${ident(unique.name)} ${unique.definition}`
          : unique.definition,
      ),
      `alter table ${name} owner to ${ident(owner)}`,
      ...grants.filter(({ grantee }) => grantee !== 'PUBLIC').map(grant => grantStatement(name, grant)),
      ...(grants.some(({ grantee }) => grantee === 'PUBLIC')
        ? scopingOf(plan)
            .roles.filter(role => role !== owner)
            .flatMap(role =>
              grants
                .filter(({ grantee }) => grantee === 'PUBLIC')
                .map(grant => grantStatement(name, grant, role)),
            )
        : []),
      `create policy legacy_app on ${name} to ${roles} using (true) with check (true)`,
      ...(rule === null ? [] : createOwnerRule.up({ kind: 'create_owner_rule', table: op.table }, plan)),
      `alter table ${name} alter column ${ident(plan.scopeColumn)} set default
  case when current_setting('role') = ${literal(plan.roles.visitor)} then app_hidden.current_organization_id() else ${defaultLiteral(plan)} end`,
    ]
  },
  verify: () => null,
  lock: 'ACCESS EXCLUSIVE, for a moment',
})
