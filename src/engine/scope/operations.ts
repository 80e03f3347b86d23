/** What is to be done to scope a database in place, in order, each with its phase. Pure. */
import type { Baseline } from '../apply/baseline.ts'
import type { Core } from '../apply/core.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Operation } from '../operations/index.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { scopingOf } from './owner.ts'
import type { Phase } from './plan.ts'

type Draft = Omit<Plan, 'id' | 'operations'>

export function scopeOperations(
  draft: Draft,
  catalog: Catalog,
  core: Core,
  handOver: Baseline,
  isFresh: boolean,
): Operation[] {
  const { tables, identities } = draft
  const scoping = scopingOf(draft)
  const each = <T extends Operation>(make: (table: PlannedTable) => readonly T[]): T[] => tables.flatMap(make)
  const ruled = scoping.tables.filter(({ rule }) => rule !== null).map(({ source }) => source)
  const following = (pass: 'follow' | 'last') =>
    scoping.tables
      .filter(({ rule }) => rule?.by === 'parent')
      .map(({ source }) => ({ kind: 'assign_rows' as const, table: source, pass }))
  const sync = (after: Phase): Operation[] =>
    identities === null ? [] : [{ kind: 'sync_identities', after }]
  const schemas = [...new Set(tables.map(({ target }) => target.schema))]
  const list: Record<Phase, Operation[]> = {
    expand: [
      {
        kind: 'install_core',
        fresh: isFresh,
        roles: core.roles,
        migrations: core.migrations,
        uninstall: core.uninstall,
      },
      { kind: 'create_organizations' },
      ...each(({ source }) => [{ kind: 'add_scope_column' as const, table: source }]),
      ...each(({ source, foreignKeys }) => [
        { kind: 'validate_foreign_key' as const, table: source, name: foreignKeys[0]?.name ?? '' },
      ]),
      ...sync('expand'),
    ],
    assign:
      ruled.length === 0
        ? []
        : [
            { kind: 'create_owner_values' },
            // All rules before any row: a parent that moves while its child is written is noticed by the child's pass.
            ...ruled.map(table => ({ kind: 'create_owner_rule' as const, table })),
            ...ruled.map(table => ({ kind: 'assign_rows' as const, table, pass: 'first' as const })),
            ...ruled.map(table => ({ kind: 'assign_rows' as const, table, pass: 'settle' as const })),
            ...sync('assign'),
          ],
    index: [
      ...each(({ source, indexes }) =>
        indexes.map(({ name }) => ({ kind: 'create_led_index' as const, table: source, name })),
      ),
      ...each(({ source, foreignKeys }) =>
        foreignKeys.slice(1).map(({ name }) => ({ kind: 'add_foreign_key' as const, table: source, name })),
      ),
      // From here on no row can be written beside its parent; what was, is found before the keys are believed.
      ...following('follow'),
      ...each(({ source, foreignKeys }) =>
        foreignKeys
          .slice(1)
          .filter(({ orphaned }) => !orphaned)
          .map(({ name }) => ({ kind: 'validate_foreign_key' as const, table: source, name })),
      ),
    ],
    protect: [
      ...schemas.map(schema => ({
        kind: 'create_schema' as const,
        schema,
        existed: catalog.schemas.includes(schema),
        // Where the core is, its rights are the core's.
        ...([draft.coreSchema, draft.usersSchema].includes(schema)
          ? { used: true as const, reached: true as const }
          : {}),
      })),
      ...sync('protect'),
      ...each(({ source }) => [{ kind: 'protect_in_place' as const, table: source }]),
    ],
    enforce: [
      ...following('last'),
      ...sync('enforce'),
      ...scoping.tables
        .filter(({ replaced }) => replaced.foreignKeys.length > 0)
        .map(({ source }) => ({ kind: 'drop_old_keys' as const, table: source })),
      ...each(({ source }) => [{ kind: 'enforce_table' as const, table: source }]),
      { kind: 'hand_over', ...handOver },
      ...each(({ source }) => [{ kind: 'vacuum_table' as const, table: source }]),
      { kind: 'finish' },
    ],
  }
  return Object.entries(list).flatMap(([phase, operations]) =>
    operations.map(operation => ({ ...operation, phase: phase as Phase })),
  )
}
