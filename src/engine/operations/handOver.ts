/**
 * The rules pass to the DBA: the workspace's baseline migration is recorded as applied, because the operations before
 * did what it says. The files themselves are written by the same step (workspace.ts).
 */
import { literal } from '../../postgres/identifiers.ts'
import { recordMigration } from './installCore.ts'
import type { OperationType } from './operation.ts'

export type HandOver = {
  readonly kind: 'hand_over'
  readonly filename: string
  readonly hash: string
  readonly previousHash: string | null
  /** The migration, where it cannot be made from the plan again: it has tables that the plan leaves alone. */
  readonly text?: string
}

export const handOver: OperationType<HandOver> = Object.freeze({
  describe: (_op, plan) => `write the workspace ${plan.workspace}`,
  object: (_op, plan) => plan.workspace,
  up: op => [recordMigration(op)],
  down: op => [`delete from graphile_migrate.migrations where hash = ${literal(op.hash)}`],
  verify: op =>
    `select ${literal(`migration ${op.filename} is not recorded`)}
where not exists (select from graphile_migrate.migrations where hash = ${literal(op.hash)})`,
  lock: 'none',
})
