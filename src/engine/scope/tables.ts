/**
 * One table of a customer's database → what is planned of it: indexes led by the scope column, foreign keys through it,
 * and what those replace in the end. Pure. The old ones stay until then: the application lives on them.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, ForeignReference, Table } from '../catalog.ts'
import { namer, type Suffix } from '../shapes/namer.ts'
import { onDelete, type PlannedTable, plannedIndex, type TableName } from '../targetTable.ts'
import type { Replaced } from './plan.ts'
import type { ScopeDecision, ScopeSpec } from './spec.ts'

export type Surroundings = {
  readonly spec: ScopeSpec
  readonly usersSchema: string
  /** By `schema.name` as the catalog has them: the tables that get a scope column. */
  readonly scoped: ReadonlyMap<string, Table>
  /** Names of tables and indexes by schema; grows. */
  readonly taken: ReadonlyMap<string, Set<string>>
  /** True where a foreign key of a table that stays everybody's leans on this one's keys. */
  readonly isLeantOn: (table: Table) => boolean
}

export const placeOf = ({ schema, name }: TableName): string => JSON.stringify([schema, name])

export function scopedTable(
  model: Table,
  decision: ScopeDecision,
  { spec, scoped, taken, isLeantOn }: Surroundings,
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

  const keys = of('unique').filter(({ columns, deferrable }) => !deferrable && !isGlobal(columns))
  const owned = model.indexes.filter(index => index.valid && index.method === 'btree')
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
  const references = of('foreign').filter(
    ({ references: to, columns }) =>
      spec.compositeKeys &&
      to !== null &&
      scoped.has(placeOf({ schema: to.schema, name: to.table })) &&
      !to.onUpdate.startsWith('set') &&
      !to.matchFull &&
      leadable(scoped.get(placeOf({ schema: to.schema, name: to.table })) as Table, to, spec) &&
      columns.length > 0,
  )
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
      ...of('unique').filter(({ columns }) => isGlobal(columns)),
      ...owned.filter(index => index.unique && isGlobal(index.columns)),
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
  const leantOn = isLeantOn(model) || !spec.compositeKeys
  const replaced: Replaced = {
    foreignKeys: references.map(({ name, definition }) => ({ name, definition })),
    uniques: leantOn
      ? []
      : [
          ...keys.map(({ name, definition }) => ({ name, isConstraint: true, definition })),
          ...owned
            .filter(index => index.unique && !isGlobal(index.columns))
            .map(({ name, definition }) => ({ name, isConstraint: false, definition })),
        ],
    primaryKey:
      primary === undefined || leantOn
        ? null
        : {
            name: primary.name,
            definition: primary.definition,
            index: led[0]?.name ?? '',
          },
  }
  return { table, replaced }
}

/** What follows `using` for a unique constraint's counterpart. */
function usingOf(definition: string, scope: string, columns: readonly string[]): string {
  const include = /INCLUDE \(([^)]*)\)/.exec(definition)?.[0]
  const nulls = /NULLS NOT DISTINCT/.test(definition) ? ' nulls not distinct' : ''
  return `btree (${scope}, ${idents(columns)})${include ? ` ${include.replace('INCLUDE', 'include')}` : ''}${nulls}`
}

/** Whether what the key leans on has a unique counterpart that is led by the scope column. */
function leadable(parent: Table, { columns }: ForeignReference, { tables }: ScopeSpec): boolean {
  const wanted = JSON.stringify(columns)
  const decision = tables.find(({ schema, name }) => schema === parent.schema && name === parent.name)
  return (
    !decision?.global.some(one => JSON.stringify(one) === wanted) &&
    (parent.constraints.some(
      ({ type, columns: own, deferrable }) =>
        (type === 'primary' || type === 'unique') && !deferrable && JSON.stringify(own) === wanted,
    ) ||
      parent.indexes.some(
        ({ unique, partial, valid, columns: own }) =>
          unique && !partial && valid && JSON.stringify(own) === wanted,
      ))
  )
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
