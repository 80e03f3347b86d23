/** The tenants as organizations, with their host names. */
import { literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import type { OperationType } from './operation.ts'

export type CreateOrganizations = { readonly kind: 'create_organizations' }

const ids = (plan: Plan) => plan.organizations.map(({ id }) => literal(id)).join(', ')

export const createOrganizations: OperationType<CreateOrganizations> = Object.freeze({
  describe: (_op, plan) => `create ${plan.organizations.length} organizations`,
  object: (_op, plan) => qualified(plan.coreSchema, 'organizations'),
  up: (_op, plan) => {
    const domains = plan.organizations.flatMap(({ id, domains }) =>
      domains.map(({ domain, isPrimary }) => `  (${literal(id)}, ${literal(domain)}, ${isPrimary})`),
    )
    return [
      `insert into ${qualified(plan.coreSchema, 'organizations')} (id, name, slug) values
${plan.organizations.map(({ id, name, slug }) => `  (${literal(id)}, ${literal(name)}, ${literal(slug)})`).join(',\n')}`,
      ...(domains.length === 0
        ? []
        : [
            `insert into ${qualified(plan.coreSchema, 'domains')} (organization_id, domain, is_primary) values
${domains.join(',\n')}`,
          ]),
    ]
  },
  down: (_op, plan) => [
    `delete from ${qualified(plan.coreSchema, 'domains')} where organization_id in (${ids(plan)})`,
    `delete from ${qualified(plan.coreSchema, 'organizations')} where id in (${ids(plan)})`,
  ],
  verify: (_op, plan) =>
    `select 'organization ' || wanted.slug || ' is missing' from (values
${plan.organizations.map(({ id, slug }) => `  (${literal(id)}::uuid, ${literal(slug)})`).join(',\n')}
) as wanted (id, slug)
where not exists (select from ${qualified(plan.coreSchema, 'organizations')} o where o.id = wanted.id)`,
  lock: 'row locks on organizations and domains',
})
