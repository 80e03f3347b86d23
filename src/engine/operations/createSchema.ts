/** The schema of the folded tables. */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { OperationType } from './operation.ts'

export type CreateSchema = {
  readonly kind: 'create_schema'
  readonly schema: string
  readonly existed: boolean
}

export const createSchema: OperationType<CreateSchema> = Object.freeze({
  describe: op => `create schema ${op.schema}`,
  object: op => op.schema,
  up: (op, { roles }) => [
    `create schema if not exists ${ident(op.schema)}`,
    ...(op.existed ? [] : [`alter schema ${ident(op.schema)} owner to ${roles.owner}`]),
    `grant usage on schema ${ident(op.schema)} to ${roles.visitor}`,
  ],
  down: (op, { roles, coreSchema, usersSchema }) =>
    // Where the core is, the visitor may look as long as the core is there.
    [coreSchema, usersSchema].includes(op.schema)
      ? []
      : op.existed
        ? [`revoke usage on schema ${ident(op.schema)} from ${roles.visitor}`]
        : [`drop schema if exists ${ident(op.schema)}`],
  verify: op =>
    `select 'schema ${op.schema.replaceAll("'", "''")} is missing' where to_regnamespace(${literal(ident(op.schema))}) is null`,
  lock: 'none',
})
