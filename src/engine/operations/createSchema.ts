/** The schema of the folded tables. */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { OperationType } from './operation.ts'

export type CreateSchema = {
  readonly kind: 'create_schema'
  readonly schema: string
  readonly existed: boolean
  /** Tenants could use it before: undoing leaves that. */
  readonly used?: true
  /** So could the owner role. */
  readonly reached?: true
}

export const createSchema: OperationType<CreateSchema> = Object.freeze({
  describe: op => `create schema ${op.schema}`,
  object: op => op.schema,
  up: (op, { roles }) => [
    `create schema if not exists ${ident(op.schema)}`,
    // Foreign keys are checked with the rights of the tables' owner, whoever writes.
    ...(op.existed
      ? op.reached
        ? []
        : [`grant usage, create on schema ${ident(op.schema)} to ${roles.owner}`]
      : [`alter schema ${ident(op.schema)} owner to ${roles.owner}`]),
    `grant usage on schema ${ident(op.schema)} to ${roles.visitor}`,
  ],
  down: (op, { roles }) =>
    op.existed
      ? [
          ...(op.used ? [] : [`revoke usage on schema ${ident(op.schema)} from ${roles.visitor}`]),
          ...(op.reached ? [] : [`revoke usage, create on schema ${ident(op.schema)} from ${roles.owner}`]),
        ]
      : [`drop schema if exists ${ident(op.schema)}`],
  verify: op =>
    `select 'schema ${op.schema.replaceAll("'", "''")} is missing' where to_regnamespace(${literal(ident(op.schema))}) is null`,
  lock: 'none',
})
