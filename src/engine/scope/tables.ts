/**
 * One table of a customer's database → what is planned of it: indexes led by the scope column, foreign keys through it,
 * and what those replace in the end. Pure. The old ones stay until then: the application lives on them.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, ForeignReference, Table } from '../catalog/catalog.ts'
import { onDelete } from '../plan/targetForeignKeys.ts'
import { plannedIndex } from '../plan/targetIndexes.ts'
import type { PlannedTable } from '../plan/targetTable.ts'
import { namer, type Suffix } from '../shapes/namer.ts'
import { isReplaced, keyText } from './keys.ts'
import type { Replaced } from './plan.ts'
import type { ScopeDecision, ScopeSpec } from './spec.ts'

export type Surroundings = {
  readonly spec: ScopeSpec
  readonly usersSchema: string
  /** By `schema.name` as the catalog has them: the tables that get a scope column. */
  readonly scoped: ReadonlyMap<string, Table>
  /** Names of tables and indexes by schema; grows. */
  readonly taken: ReadonlyMap<string, Set<string>>
  /** By `keyText`: keys of the table that foreign keys lean on which stay as they are. */
  readonly leantOn: (table: Table) => ReadonlySet<string>
}

export function scopedTable(
  model: Table,
  decision: ScopeDecision,
  { spec, scoped, taken, leantOn }: Surroundings,
): { table: PlannedTable; replaced: Replaced } {
  const scope = ident(spec.scopeColumn)
  const target = { schema: model.schema, name: model.name }
  const named = namer(model.name, model.name, taken.get(model.schema) ?? new Set())
  const here = (text: string) => text
  const scopedNames = Object.assign(
    (columns: readonly string[], suffix: Suffix) => named([spec.scopeColumn, ...columns], suffix),
    { check: named.check, index: named.index },
  )
  const of = (type: Constraint['type']) => model.constraints.filter(constraint => constraint.type === type)
  const [primary] = of('primary')
  const isGlobal = (columns: readonly (string | null)[]) =>
    decision.global.some(one => JSON.stringify(one) === JSON.stringify(columns))

  const kept = leantOn(model)
  const stays = (columns: readonly (string | null)[]) => kept.has(keyText(columns))
  const keys = of('unique').filter(({ columns, deferrable }) => !deferrable && !isGlobal(columns))
  const owned = model.indexes.filter(index => index.method === 'btree')
  const led = [
    ...(primary === undefined
      ? []
      : [
          {
            name: named([spec.scopeColumn, ...primary.columns], 'pkey'),
            unique: true,
            using: `btree (${scope}, ${idents(primary.columns)})`,
          },
        ]),
    ...keys.map(({ columns, definition }) => ({
      name: named([spec.scopeColumn, ...columns], 'key'),
      unique: true,
      using: usingOf(definition, scope, columns),
    })),
    ...owned.map(index => ({
      ...plannedIndex(index, model, `${scope}, `, scopedNames, here),
      unique: index.unique && !isGlobal(index.columns),
    })),
  ]
  const covered = new Set(
    [
      ...(primary ? [primary.columns] : []),
      ...keys.map(({ columns }) => columns),
      ...owned.filter(({ partial }) => !partial).map(({ columns }) => columns),
    ].flatMap(columns => columns.map((_, end) => JSON.stringify(columns.slice(0, end + 1)))),
  )
  const bare = primary === undefined && led.length === 0
  // A deferrable rule has no index of its own that could be led; deleting a parent scans for its children.
  const missing = [...of('foreign'), ...of('unique')].filter(
    ({ type, columns }) =>
      (type === 'foreign' || !keys.some(key => key.columns === columns)) &&
      !covered.has(JSON.stringify(columns)),
  )
  const references = model.constraints.filter(constraint => isReplaced(constraint, { spec, scoped }))
  const organizations = qualified(spec.coreSchema, 'organizations')
  const table: PlannedTable = {
    source: decision.source,
    target,
    columns: model.columns,
    readings: {},
    key: primary?.columns ?? [],
    renumbered: null,
    merge: null,
    adopted: null,
    globalKeys: [
      ...of('unique').filter(({ columns }) => isGlobal(columns) || stays(columns)),
      ...of('primary').filter(({ columns }) => stays(columns)),
      ...owned.filter(({ unique, columns }) => unique && (isGlobal(columns) || stays(columns))),
    ].map(({ name }) => name),
    numbered: model.columns
      .filter(({ sequence }) => sequence !== null)
      .map(({ name }) => ({ name, sequences: null })),
    checks: [],
    keys: [],
    indexes: [
      ...led,
      ...(bare ? [{ name: named([spec.scopeColumn], 'idx'), unique: false, using: `btree (${scope})` }] : []),
      ...uniqueBy(missing, ({ columns }) => JSON.stringify(columns)).map(({ columns }) => ({
        name: named([spec.scopeColumn, ...columns], 'idx'),
        unique: false,
        using: `btree (${scope}, ${idents(columns)})`,
      })),
    ],
    foreignKeys: [
      {
        name: named([spec.scopeColumn], 'fkey'),
        orphaned: false,
        references: organizations,
        definition: `foreign key (${scope}) references ${organizations} (id)`,
      },
      ...references.map(({ columns, references: to, deferrable, deferred, validated }) => ({
        name: named([spec.scopeColumn, ...columns], 'fkey'),
        orphaned: !validated,
        references: qualified((to as ForeignReference).schema, (to as ForeignReference).table),
        definition: throughScope(scope, columns, to as ForeignReference, deferrable, deferred),
      })),
    ],
    secret: decision.secret,
    doors: decision.doors,
    own: null,
    comment: model.comment,
    rows: Math.max(0, model.rows),
  }
  const replaced: Replaced = {
    foreignKeys: references.map(({ name, definition }) => ({ name, definition })),
    uniques: [
      ...of('unique')
        .filter(({ columns }) => !isGlobal(columns) && !stays(columns))
        .map(({ name, columns, definition, deferrable }) => ({
          name,
          isConstraint: true,
          definition,
          instead: deferrable
            ? {
                name: named([spec.scopeColumn, ...columns], 'key'),
                definition: definition.replace('(', `(${scope}, `),
              }
            : null,
        })),
      ...owned
        .filter(({ unique, columns }) => unique && !isGlobal(columns) && !stays(columns))
        .map(({ name, definition }) => ({ name, isConstraint: false, definition, instead: null })),
    ],
    primaryKey:
      primary === undefined || stays(primary.columns)
        ? null
        : { name: primary.name, definition: primary.definition, index: led[0]?.name ?? '' },
  }
  return { table, replaced }
}

/** What follows `using` for a unique constraint's counterpart. */
function usingOf(definition: string, scope: string, columns: readonly string[]): string {
  const include = /INCLUDE \(([^)]*)\)/.exec(definition)?.[0]
  const nulls = /NULLS NOT DISTINCT/.test(definition) ? ' nulls not distinct' : ''
  return `btree (${scope}, ${idents(columns)})${include ? ` ${include.replace('INCLUDE', 'include')}` : ''}${nulls}`
}

/**
 * Through the scope column; when the parent goes to another organization its children go along. In Postgres' own order,
 * so that verify can compare what it prints.
 */
const throughScope = (
  scope: string,
  columns: readonly string[],
  to: ForeignReference,
  deferrable: boolean,
  deferred: boolean,
): string =>
  [
    `foreign key (${scope}, ${idents(columns)}) references ${qualified(to.schema, to.table)} (${scope}, ${idents(to.columns)}) on update cascade`,
    onDelete(to, columns),
    deferrable ? `deferrable${deferred ? ' initially deferred' : ''}` : '',
  ]
    .filter(Boolean)
    .join(' ')

const uniqueBy = <T>(list: readonly T[], key: (one: T) => string): T[] => [
  ...new Map(list.map(one => [key(one), one])).values(),
]
