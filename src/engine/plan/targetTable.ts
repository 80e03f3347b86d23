/**
 * One tenant's table → the shared table: the same columns behind the scope column, keys and indexes led by it,
 * foreign keys through it. Pure. Names follow Postgres' own convention, because the old ones carry the old table's.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Adopted } from '../adopt/adopted.ts'
import type { Constraint, Remarks } from '../catalog/catalog.ts'
import { keptOptions, tunedFor } from '../catalog/tableSettings.ts'
import type { LeftIndex } from '../code/needed.ts'
import type { Keys } from '../keys/decide.ts'
import { type Global, isGlobal } from '../keys/globals.ts'
import type { IdMap } from '../keys/idMap.ts'
import { isEnforced } from '../shapes/constraints.ts'
import { drawnFrom, isIdentity } from '../shapes/drawing.ts'
import { namer } from '../shapes/namer.ts'
import { renameIn } from '../shapes/names.ts'
import type { Orphans } from '../shapes/orphans.ts'
import type { Reading, SharedColumn } from '../shapes/reading.ts'
import { remarksOf } from '../shapes/remarks.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import type { Doors, Hop } from '../spec/doors.ts'
import { fullMatches, type PlannedForeignKey, plannedForeignKeys } from './targetForeignKeys.ts'
import { moreKeys, plannedIndex, prefixes } from './targetIndexes.ts'

export type TableName = { readonly schema: string; readonly name: string }

/** A named piece of DDL: `alter table … add constraint <name> <definition>`. */
export type NamedDefinition = {
  readonly name: string
  readonly definition: string
  readonly remarks?: Remarks
}

/** `unchecked`: never held against the old rows; it binds what comes, and is added when the rows are there. */
export type PlannedCheck = NamedDefinition & { readonly unchecked?: true }

export type PlannedIndex = {
  readonly name: string
  readonly unique: boolean
  readonly using: string
  readonly remarks?: Remarks
}

export type PlannedTable = {
  readonly source: string
  readonly target: TableName
  readonly columns: readonly SharedColumn[]
  /** Schema → how a tenant's rows read, where they are not in this shape already. */
  readonly readings: Readonly<Record<string, Reading>>
  /** The primary key's columns without the scope column: what tells rows of one tenant apart. */
  readonly key: readonly string[]
  /** The key column whose ids are renumbered; null where they stay. */
  readonly renumbered: string | null
  /** Not null: the rows are everybody's, by this natural key, and there is no scope column. */
  readonly merge: readonly string[] | null
  /** Indexes that are unique over all organizations, because the spec says so. */
  readonly globalKeys: readonly string[]
  /** Columns numbered by a sequence; `sequences`: the tenants' by schema, where a column does not own its own. */
  readonly numbered: readonly {
    readonly name: string
    readonly sequences: Readonly<Record<string, string>> | null
  }[]
  readonly checks: readonly PlannedCheck[]
  readonly keys: readonly NamedDefinition[]
  readonly indexes: readonly PlannedIndex[]
  /** Indexes of the old tables that have none here. */
  readonly leftIndexes?: readonly LeftIndex[]
  readonly foreignKeys: readonly PlannedForeignKey[]
  readonly secret: readonly string[]
  readonly doors: Doors
  readonly own: readonly Hop[] | null
  readonly comment: string | null
  /** Storage parameters. */
  readonly options?: readonly string[]
  /** What it brings, where it was there before the plan. */
  readonly adopted: Adopted | null
  /** Estimated rows over all tenants. */
  readonly rows: number
  /** Where more of its rows stand, read from the database: never part of a plan. */
  readonly quarantine?: { readonly name: string; readonly reason: string }
}

/** `hr.employees`, quoted where it must be. */
export const nameOf = ({ target }: Pick<PlannedTable, 'target'>): string =>
  qualified(target.schema, target.name)

export type TargetContext = {
  readonly scopeColumn: string
  /** Where each folded source table goes. */
  readonly targets: ReadonlyMap<string, TableName>
  readonly organizations: TableName
  /** What a type of the tenants' schema is called now. */
  readonly rename: (object: string) => string
  /** Foreign keys with rows that lead nowhere. */
  readonly orphans: ReadonlySet<string>
  /** How the server can compress values. */
  readonly compressions: readonly string[]
  readonly keys: Pick<Keys, 'numbered' | 'merges' | 'maps'>
  /** Names of tables and indexes by schema, for they share one name space; grows as tables are planned. */
  readonly taken: ReadonlyMap<string, Set<string>>
}

export function targetTable(
  { model, readings, sequences, leftIndexes }: SharedTable,
  target: TableName,
  {
    secret,
    doors,
    own,
    global,
    orphans,
  }: Pick<PlannedTable, 'secret' | 'doors' | 'own'> & {
    readonly global: readonly Global[]
    readonly orphans: Orphans
  },
  rows: number,
  context: TargetContext,
): PlannedTable {
  const named = namer(model.name, target.name, context.taken.get(target.schema) ?? new Set())
  const scope = ident(context.scopeColumn)
  const merge = context.keys.merges.get(model.name) ?? null
  const renumbered = context.keys.numbered.get(model.name) ?? null
  /** What leads keys and indexes: nothing where rows are everybody's. */
  const lead = merge === null ? `${scope}, ` : ''
  const of = (type: Constraint['type']) => model.constraints.filter(constraint => constraint.type === type)
  const here = (text: string) => renameIn(text, model.schema, context.rename)
  const hereOrNull = (text: string | null) => (text === null ? null : here(text))
  const unscoped = (definition: string) => lowercaseHead(here(definition))
  const scoped = (definition: string) => unscoped(definition).replace('(', `(${lead}`)

  const drawing = (column: SharedColumn): Partial<SharedColumn> => {
    if (column.sequence === null || isIdentity(column)) return {}
    const draws = qualified(target.schema, named([column.name], 'numbers'))
    return { draws, default: drawnFrom(column, draws) }
  }

  const primary = of('primary')[0]
  const keys = [
    ...of('primary').map(one => ({
      name: named([], 'pkey'),
      definition: scoped(one.definition),
      ...remarksOf(one),
    })),
    ...of('unique').map(one => ({
      name: named(one.columns, 'key'),
      definition: isGlobal(one, global) ? unscoped(one.definition) : scoped(one.definition),
      isGlobal: isGlobal(one, global),
      ...remarksOf(one),
    })),
    ...of('exclusion').map(one => ({
      name: named.index(one.name),
      definition: here(one.definition).replace(
        /^EXCLUDE USING (\w+) \(/,
        `exclude using $1 (${merge === null ? `${scope} with =, ` : ''}`,
      ),
      ...remarksOf(one),
    })),
    ...moreKeys(model, renumbered, merge?.by ?? null, named),
  ]
  const indexes = model.indexes.map(index => ({
    ...plannedIndex(index, model, isGlobal(index, global) && index.unique ? '' : lead, named, here),
    isGlobal: isGlobal(index, global) && index.unique,
  }))
  const foreignKeys = plannedForeignKeys(model, orphans, named, context)
  const options = keptOptions(model)
  const covered = new Set([
    ...[...of('primary'), ...of('unique')]
      .filter(one => !isGlobal(one, global))
      .flatMap(constraint => prefixes(constraint.columns)),
    ...model.indexes
      .filter(
        index => !index.partial && index.method === 'btree' && !(index.unique && isGlobal(index, global)),
      )
      .flatMap(index => prefixes(index.columns)),
  ])
  // Every foreign key gets an index: deleting a parent would scan the children otherwise, and the API only shows
  // relations that an index serves.
  const missing = of('foreign').filter(constraint => !covered.has(JSON.stringify(constraint.columns)))
  return {
    source: model.name,
    target,
    columns: model.columns.map(({ tuned, ...column }) => ({
      ...column,
      ...tunedFor(tuned, context.compressions),
      ...((column as SharedColumn).viaText && {
        sourceType: (column as SharedColumn).sourceType ?? column.type,
      }),
      type: here(column.type),
      collation: hereOrNull(column.collation),
      default: hereOrNull(column.default),
      ...drawing(column),
      generated: hereOrNull(column.generated),
      ...idsOf(context.keys.maps.get(model.name)?.get(column.name), context.targets),
    })),
    readings,
    key: primary?.columns ?? merge?.by ?? [],
    renumbered,
    merge: merge?.by ?? null,
    globalKeys: [...keys, ...indexes].flatMap(one => ('isGlobal' in one && one.isGlobal ? [one.name] : [])),
    numbered: model.columns
      .filter(({ sequence }) => sequence !== null)
      .map(({ name }) => ({ name, sequences: sequences[name] ?? null })),
    checks: [
      ...of('check').map(rule => ({
        name: named.check(rule.name),
        definition: lowercaseHead(here(rule.definition).replace(/ NOT VALID$/, '')),
        ...(rule.validated || !isEnforced(rule) ? {} : { unchecked: true as const }),
        ...remarksOf(rule),
      })),
      ...fullMatches(model, named),
    ],
    keys: keys.map(one => ({ name: one.name, definition: one.definition, ...remarksOf(one) })),
    indexes: [
      ...indexes.map(({ isGlobal: _, ...index }) => index),
      ...missing.map(({ columns }) => ({
        name: named(columns, 'idx'),
        unique: false,
        using: `btree (${lead}${idents(columns)})`,
      })),
    ],
    ...(leftIndexes && { leftIndexes }),
    foreignKeys: [
      ...(merge === null
        ? [
            {
              name: named([context.scopeColumn], 'fkey'),
              orphaned: false,
              references: qualified(context.organizations.schema, context.organizations.name),
              definition: `foreign key (${scope}) references ${qualified(context.organizations.schema, context.organizations.name)} (id)`,
            },
          ]
        : []),
      ...foreignKeys,
    ],
    secret,
    doors,
    own,
    comment: model.comment,
    ...(options.length > 0 ? { options } : {}),
    adopted: null,
    rows,
  }
}

/** With the name of the merged table that a type column's ids are of. */
function idsOf(ids: IdMap | undefined, targets: TargetContext['targets']): { readonly ids?: IdMap } {
  if (ids === undefined) return {}
  const says = 'by' in ids ? ids.says : undefined
  const target = targets.get(says?.table ?? '')
  return says === undefined || target === undefined
    ? { ids }
    : { ids: { ...ids, says: { ...says, target: qualified(target.schema, target.name) } } as IdMap }
}

const lowercaseHead = (definition: string) =>
  definition.replace(/^(PRIMARY KEY|UNIQUE NULLS NOT DISTINCT|UNIQUE|CHECK)/, head => head.toLowerCase())
