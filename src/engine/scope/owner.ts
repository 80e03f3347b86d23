/** By what SQL a row finds its organization. The same text in the rule's function, in print and in checks. Pure. */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { organizationOf, type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { Rule, ScopedTable, Scoping } from './plan.ts'

/** What a plan has of scoping in place. */
export function scopingOf(plan: Pick<Plan, 'scoping'>): Scoping {
  if (plan.scoping === null) throw new Error('the plan folds schemas')
  return plan.scoping
}

export function scopedOf(plan: Pick<Plan, 'scoping'>, source: string): ScopedTable {
  const table = scopingOf(plan).tables.find(candidate => candidate.source === source)
  if (table === undefined) throw new Error(`the plan does not scope ${source}`)
  return table
}

/** The id of the organization whose rows need no rule. */
export const defaultOrganization = (plan: Pick<Plan, 'scoping' | 'organizations'>): string =>
  organizationOf(plan, scopingOf(plan).defaultOrganization).id

/** A uuid, or null where the rule gives nothing; `t` is the row. */
function ownerExpression(rule: Rule, plan: Pick<Plan, 'tables' | 'scopeColumn'>): string {
  const named = (text: string) =>
    `(select v.organization_id from rowhouse.owner_values v where v.value = ${text})`
  switch (rule.by) {
    case 'column':
      return named(`t.${ident(rule.column)}::text`)
    case 'sql':
      return named(`(${rule.expression})::text`)
    case 'map':
      return `(select v.organization_id from ${qualified(rule.table.schema, rule.table.name)} m join rowhouse.owner_values v on v.value = m.${ident(rule.organization)}::text
    where m.${ident(rule.key)} = t.${ident(rule.on)} order by 1 limit 1)`
    case 'parent':
      return `(select p.${ident(plan.scopeColumn)} from ${nameOf(tableOf(plan, rule.parent))} p where ${rule.columns
        .map((column, at) => `p.${ident(rule.keys[at] ?? '')} = t.${ident(column)}`)
        .join(' and ')})`
  }
}

/** Whose a row `t` is: what its rule says, else the default organization's. */
export function ownerOf(plan: Plan, source: string): string {
  const { rule } = scopedOf(plan, source)
  const home = defaultLiteral(plan)
  return rule === null ? home : `coalesce(${ownerExpression(rule, plan)}, ${home})`
}

/**
 * Whose a row `t` is whose owner follows a parent's, long after the first day: what was decided since stands where
 * there is no parent. Null where the rule is another.
 */
export function parentOwnerOf(plan: Plan, source: string): string | null {
  const { rule } = scopedOf(plan, source)
  return rule?.by === 'parent'
    ? `coalesce(${ownerExpression(rule, plan)}, t.${ident(plan.scopeColumn)})`
    : null
}

/** Tables whose rows follow this one's. */
export const followersOf = (plan: Pick<Plan, 'scoping'>, source: string) =>
  scopingOf(plan).tables.flatMap(({ source: from, rule }) =>
    rule?.by === 'parent' && rule.parent === source ? [{ source: from, ...rule }] : [],
  )

/** Columns of the row whose change may change its owner: only a parent's is followed, the others decide once. */
export const followed = (rule: Rule): readonly string[] => (rule.by === 'parent' ? rule.columns : [])

/** The constant that new rows of the old application get. */
export const defaultLiteral = (plan: Pick<Plan, 'scoping' | 'organizations'>): string =>
  `${literal(defaultOrganization(plan))}::uuid`
