/** The texts by which rules find organizations: slugs, names, and what the spec gives beside them. */
import { literal } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { scopingOf } from '../scope/owner.ts'
import type { OperationType } from './operation.ts'

export type CreateOwnerValues = { readonly kind: 'create_owner_values' }

/** Text → organization's id; the first to claim a text has it (the spec refuses two). */
function valuesOf(plan: Plan): Map<string, string> {
  const values = new Map<string, string>()
  for (const { id, slug, name } of plan.organizations) {
    for (const value of [slug, name, ...(scopingOf(plan).values[slug] ?? [])])
      if (!values.has(value)) values.set(value, id)
  }
  return values
}

export const createOwnerValues: OperationType<CreateOwnerValues> = Object.freeze({
  describe: (_op, plan) => `learn by which texts ${plan.organizations.length} organizations are found`,
  object: () => 'rowhouse.owner_values',
  up: (_op, plan) => [
    `insert into rowhouse.owner_values (value, organization_id) values
${[...valuesOf(plan)].map(([value, id]) => `  (${literal(value)}, ${literal(id)})`).join(',\n')}`,
  ],
  down: () => ['delete from rowhouse.owner_values'],
  verify: () => null,
  lock: 'none on existing tables',
})
