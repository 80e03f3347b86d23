/** Roles, schemas, the tenancy core and the engine's journal: the committed migrations of this project. */
import { literal } from '../../postgres/identifiers.ts'
import type { OperationType } from './operation.ts'

export type InstallCore = {
  readonly kind: 'install_core'
  /** False where the core was there before: undoing leaves it. */
  readonly fresh: boolean
  readonly roles: string
  readonly migrations: readonly CoreMigration[]
  readonly uninstall: string
}

/** One file of migrations/committed, with the roles' names filled in. Hashes are graphile-migrate's. */
export type CoreMigration = {
  readonly filename: string
  readonly hash: string
  readonly previousHash: string | null
  readonly sql: string
}

/** graphile-migrate's own bookkeeping, as its version 2 makes it, so that it takes over from here. */
const bookkeeping = [
  'create schema if not exists graphile_migrate',
  `create table if not exists graphile_migrate.migrations (
  hash text primary key,
  previous_hash text references graphile_migrate.migrations,
  filename text not null,
  date timestamptz not null default now()
)`,
  `create table if not exists graphile_migrate.current (
  filename text primary key default 'current.sql',
  content text not null,
  date timestamptz not null default now()
)`,
]

export const recordMigration = (
  migration: Pick<CoreMigration, 'filename' | 'hash' | 'previousHash'>,
): string =>
  `insert into graphile_migrate.migrations (hash, previous_hash, filename)
values (${literal(migration.hash)}, ${literal(migration.previousHash)}, ${literal(migration.filename)})`

export const installCore: OperationType<InstallCore> = Object.freeze({
  describe: () => 'install roles, schemas and the tenancy core',
  object: () => null,
  up: op => [
    op.roles,
    ...bookkeeping,
    ...(op.fresh ? op.migrations : []).flatMap(migration => [migration.sql, recordMigration(migration)]),
  ],
  down: op => (op.fresh ? [op.uninstall] : []),
  verify: () => "select check_name || ' ' || object || ': ' || detail from app_private.isolation_faults",
  lock: 'none on existing tables',
})
