/**
 * A function that the tenants had in their schemas, once for all: with a search path of its own, and the rights of whoever
 * calls it. The API does not show it.
 */
import { literal, qualified } from '../../postgres/identifiers.ts'
import type { PlannedFunction } from '../code/planned.ts'
import type { Plan } from '../plan/plan.ts'
import type { OperationType } from './operation.ts'

/** `name`: as inspection calls it. */
export type CreateFunction = { readonly kind: 'create_function'; readonly name: string }

const functionOf = (op: CreateFunction, plan: Plan): PlannedFunction => {
  const found = plan.functions.find(({ source }) => source === op.name)
  if (found === undefined) throw new Error(`the plan has no ${op.name}`)
  return found
}

const nameOf = ({ target }: PlannedFunction) => qualified(target.schema, target.name)
const signature = (one: PlannedFunction) => `${nameOf(one)}(${one.identity})`

export const createFunction: OperationType<CreateFunction> = Object.freeze({
  describe: (op, plan) => `create function ${signature(functionOf(op, plan))}`,
  object: (op, plan) => signature(functionOf(op, plan)),
  up: (op, plan) => {
    const one = functionOf(op, plan)
    const comment = ['@behavior -*', ...(one.comment === null ? [] : [one.comment])].join('\n')
    return [
      `create function ${nameOf(one)}${one.definition}`,
      `alter function ${signature(one)} owner to ${plan.roles.owner}`,
      `comment on function ${signature(one)} is ${literal(comment)}`,
      `revoke all on function ${signature(one)} from public`,
      // Defaults and checks run it with the rights of whoever writes the row; a trigger needs no right.
      ...(one.isTrigger ? [] : [`grant execute on function ${signature(one)} to ${plan.roles.visitor}`]),
    ]
  },
  down: (op, plan) => [`drop function if exists ${signature(functionOf(op, plan))}`],
  verify: (op, plan) => {
    const one = functionOf(op, plan)
    return `select ${literal(`function ${signature(one)} is missing, or another one`)}
where not exists (
  select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = ${literal(one.target.schema)} and p.proname = ${literal(one.target.name)}
    and replace(pg_get_function_identity_arguments(p.oid), '"', '') = replace(${literal(one.identity)}, '"', '')
    and p.prosrc = ${literal(one.body)}
    and not p.prosecdef and ${literal(`search_path=${one.searchPath}`)} = any (p.proconfig)
)`
  },
  lock: 'none on existing tables',
})
