/** A type that the tenants have in their schemas, once for all: an enum with everybody's labels, a domain, a composite. */
import { literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan.ts'
import type { PlannedType } from '../shapes/sharedTypes.ts'
import type { OperationType } from './operation.ts'

export type CreateType = { readonly kind: 'create_type'; readonly name: string }

const typeOf = (op: CreateType, plan: Plan): PlannedType => {
  const type = plan.types.find(({ source }) => source === op.name)
  if (type === undefined) throw new Error(`the plan has no type ${op.name}`)
  return type
}

const nameOf = ({ target }: PlannedType) => qualified(target.schema, target.name)
const commandOf = ({ kind }: PlannedType) => (kind === 'domain' ? 'domain' : 'type')

export const createType: OperationType<CreateType> = Object.freeze({
  describe: (op, plan) => `create ${typeOf(op, plan).kind} ${nameOf(typeOf(op, plan))}`,
  object: (op, plan) => nameOf(typeOf(op, plan)),
  up: (op, plan) => {
    const type = typeOf(op, plan)
    const definition =
      type.kind === 'enum' ? `as enum (${type.labels.map(literal).join(', ')})` : type.definition
    const command = commandOf(type)
    return [
      `create ${command} ${nameOf(type)} ${definition}`,
      `alter ${command} ${nameOf(type)} owner to ${plan.roles.owner}`,
      ...(type.comment === null ? [] : [`comment on ${command} ${nameOf(type)} is ${literal(type.comment)}`]),
    ]
  },
  down: (op, plan) => {
    const type = typeOf(op, plan)
    return [`drop ${commandOf(type)} if exists ${nameOf(type)}`]
  },
  verify: (op, plan) => {
    const type = typeOf(op, plan)
    const missing = `select ${literal(`type ${nameOf(type)} is missing`)} where to_regtype(${literal(nameOf(type))}) is null`
    if (type.kind !== 'enum') return missing
    return `${missing}
union all
select ${literal(`type ${nameOf(type)} lacks the label `)} || label from unnest(array[${type.labels.map(literal).join(', ')}]::text[]) as label
where not exists (select from pg_enum where enumtypid = to_regtype(${literal(nameOf(type))}) and enumlabel = label)`
  },
  lock: 'none on existing tables',
})
