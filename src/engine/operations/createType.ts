/** A type that the tenants have in their schemas, once for all: an enum with everybody's labels, a domain, a composite, a collation. */
import { literal, qualified } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedType } from '../shapes/sharedTypes.ts'
import type { OperationType } from './operation.ts'

export type CreateType = { readonly kind: 'create_type'; readonly name: string }

const typeOf = (op: CreateType, plan: Plan): PlannedType => {
  const type = plan.types.find(({ source }) => source === op.name)
  if (type === undefined) throw new Error(`the plan has no type ${op.name}`)
  return type
}

const nameOf = ({ target }: PlannedType) => qualified(target.schema, target.name)
export const commandOf = (kind: PlannedType['kind']): string =>
  kind === 'domain' || kind === 'collation' ? kind : 'type'

/** What it makes of a text, every version tells otherwise; whether equal texts are equal bytes, none. */
const collationFault = (type: PlannedType): string =>
  `select ${literal(`collation ${nameOf(type)} is missing, or another one`)} where not exists (
  select from pg_collation where oid = to_regcollation(${literal(nameOf(type))}) and collisdeterministic = ${!type.definition.includes('deterministic = false')}
)`

export const createType: OperationType<CreateType> = Object.freeze({
  describe: (op, plan) => `create ${typeOf(op, plan).kind} ${nameOf(typeOf(op, plan))}`,
  object: (op, plan) => nameOf(typeOf(op, plan)),
  up: (op, plan) => {
    const type = typeOf(op, plan)
    const definition =
      type.kind === 'enum' ? `as enum (${type.labels.map(literal).join(', ')})` : type.definition
    const command = commandOf(type.kind)
    return [
      `create ${command} ${nameOf(type)} ${definition}`,
      `alter ${command} ${nameOf(type)} owner to ${plan.roles.owner}`,
      ...(type.comment === null ? [] : [`comment on ${command} ${nameOf(type)} is ${literal(type.comment)}`]),
    ]
  },
  down: (op, plan) => {
    const type = typeOf(op, plan)
    return [`drop ${commandOf(type.kind)} if exists ${nameOf(type)}`]
  },
  verify: (op, plan) => {
    const type = typeOf(op, plan)
    if (type.kind === 'collation') return collationFault(type)
    const missing = `select ${literal(`type ${nameOf(type)} is missing`)} where to_regtype(${literal(nameOf(type))}) is null`
    if (type.kind !== 'enum') return missing
    return `${missing}
union all
select ${literal(`type ${nameOf(type)} lacks the label `)} || label from unnest(array[${type.labels.map(literal).join(', ')}]::text[]) as label
where not exists (select from pg_enum where enumtypid = to_regtype(${literal(nameOf(type))}) and enumlabel = label)`
  },
  lock: 'none on existing tables',
})
