/**
 * A view that the tenants had, once for all, with the scope column in front: over each organization's part of its tables, and with
 * the rights of whoever looks, so that the wall stands before every table behind it.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { PlannedView } from '../code/planned.ts'
import type { Plan } from '../plan/plan.ts'
import type { OperationType } from './operation.ts'

/** `name`: as inspection calls it. */
export type CreateView = { readonly kind: 'create_view'; readonly name: string }

const viewOf = (op: CreateView, plan: Plan): PlannedView => {
  const found = plan.views.find(({ source }) => source === op.name)
  if (found === undefined) throw new Error(`the plan has no ${op.name}`)
  return found
}

const nameOf = ({ target }: PlannedView) => qualified(target.schema, target.name)

export const createView: OperationType<CreateView> = Object.freeze({
  describe: (op, plan) => {
    const view = viewOf(op, plan)
    return `create view ${nameOf(view)}${view.secret ? ', for the owner alone: it reads a secret column' : ''}`
  },
  object: (op, plan) => nameOf(viewOf(op, plan)),
  up: (op, plan) => {
    const view = viewOf(op, plan)
    const options = ['security_invoker=true', ...view.options].join(', ')
    return [
      `create view ${nameOf(view)} with (${options}) as\n${view.query}`,
      `alter view ${nameOf(view)} owner to ${plan.roles.owner}`,
      ...(view.comment === null ? [] : [`comment on view ${nameOf(view)} is ${literal(view.comment)}`]),
      // The API reads as if there were one tenant.
      `comment on column ${nameOf(view)}.${ident(plan.scopeColumn)} is '@behavior -*'`,
      `revoke all on ${nameOf(view)} from public`,
      ...(view.secret ? [] : [`grant select on ${nameOf(view)} to ${plan.roles.visitor}`]),
    ]
  },
  down: (op, plan) => [`drop view if exists ${nameOf(viewOf(op, plan))}`],
  verify: (op, plan) => {
    const view = viewOf(op, plan)
    return `select ${literal(`view ${nameOf(view)} is missing, has other columns or its owner's rights`)}
where not exists (
  select from pg_class c
  where c.oid = to_regclass(${literal(nameOf(view))}) and c.relkind = 'v' and 'security_invoker=true' = any (c.reloptions)
    and array[${view.columns.map(literal).join(', ')}]::text[] = (
      select array_agg(a.attname::text order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
    )
)`
  },
  lock: 'ACCESS SHARE on the new tables',
})
