/**
 * One tenant's table → the shared table: the same columns behind the scope column, keys and indexes led by it,
 * foreign keys through it. Pure. Names follow Postgres' own convention, because the old ones carry the old table's.
 */
import { ident, idents, qualified } from '../postgres/identifiers.ts'
import type { Constraint, ForeignReference, Index, Table } from './catalog.ts'
import type { Doors, Hop } from './doors.ts'
import { renameIn } from './shapes/names.ts'
import { orphanKey } from './shapes/orphans.ts'
import type { Reading, SharedColumn } from './shapes/reading.ts'
import type { SharedTable } from './shapes/sharedTable.ts'

export type TableName = { readonly schema: string; readonly name: string }

/** A named piece of DDL: `alter table … add constraint <name> <definition>`. */
export type NamedDefinition = { readonly name: string; readonly definition: string }

export type PlannedIndex = { readonly name: string; readonly unique: boolean; readonly using: string }

export type PlannedTable = {
  readonly source: string
  readonly target: TableName
  readonly columns: readonly SharedColumn[]
  /** Schema → how a tenant's rows read, where they are not in this shape already. */
  readonly readings: Readonly<Record<string, Reading>>
  /** The primary key's columns without the scope column: what tells rows of one tenant apart. */
  readonly key: readonly string[]
  /** Columns numbered by a sequence; `sequences`: the tenants' by schema, where a column does not own its own. */
  readonly numbered: readonly {
    readonly name: string
    readonly sequences: Readonly<Record<string, string>> | null
  }[]
  readonly checks: readonly NamedDefinition[]
  readonly keys: readonly NamedDefinition[]
  readonly indexes: readonly PlannedIndex[]
  readonly foreignKeys: readonly (NamedDefinition & {
    readonly references: string
    /** Rows lead nowhere in the source, and so they do here: the key stays not valid. */
    readonly orphaned: boolean
  })[]
  readonly secret: readonly string[]
  readonly doors: Doors
  readonly own: readonly Hop[] | null
  readonly comment: string | null
  /** Estimated rows over all tenants. */
  readonly rows: number
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
  /** Names of tables and indexes by schema, for they share one name space; grows as tables are planned. */
  readonly taken: ReadonlyMap<string, Set<string>>
}

export function targetTable(
  { model, readings, sequences }: SharedTable,
  target: TableName,
  { secret, doors, own }: Pick<PlannedTable, 'secret' | 'doors' | 'own'>,
  rows: number,
  context: TargetContext,
): PlannedTable {
  const named = namer(model.name, target.name, context.taken.get(target.schema) ?? new Set())
  const scope = ident(context.scopeColumn)
  const of = (type: Constraint['type']) => model.constraints.filter(constraint => constraint.type === type)
  const here = (text: string) => renameIn(text, model.schema, context.rename)
  const hereOrNull = (text: string | null) => (text === null ? null : here(text))
  const scoped = (definition: string) => lowercaseHead(here(definition).replace('(', `(${scope}, `))

  const primary = of('primary')[0]
  const keys = [
    ...of('primary').map(({ definition }) => ({ name: named([], 'pkey'), definition: scoped(definition) })),
    ...of('unique').map(({ columns, definition }) => ({
      name: named(columns, 'key'),
      definition: scoped(definition),
    })),
    ...of('exclusion').map(({ name, definition }) => ({
      name: named.index(name),
      definition: here(definition).replace(/^EXCLUDE USING (\w+) \(/, `exclude using $1 (${scope} with =, `),
    })),
  ]
  const indexes = model.indexes
    .filter(index => index.valid)
    .map(index => plannedIndex(index, model, scope, named, here))
  const foreignKeys = of('foreign').map(({ name: old, columns, references, deferrable, deferred }) => {
    const to = references as ForeignReference
    const folded = to.schema === model.schema ? context.targets.get(to.table) : undefined
    return {
      name: named(columns, 'fkey'),
      orphaned: context.orphans.has(orphanKey(model.name, old)),
      references: folded ? qualified(folded.schema, folded.name) : qualified(to.schema, to.table),
      definition: [
        folded
          ? `foreign key (${scope}, ${idents(columns)}) references ${qualified(folded.schema, folded.name)} (${scope}, ${idents(to.columns)})`
          : `foreign key (${idents(columns)}) references ${qualified(to.schema, to.table)} (${idents(to.columns)})`,
        // In Postgres' own order, so that verify can compare what it prints.
        to.onUpdate === 'no action' ? '' : `on update ${to.onUpdate}`,
        onDelete(to, columns),
        deferrable ? `deferrable${deferred ? ' initially deferred' : ''}` : '',
      ]
        .filter(Boolean)
        .join(' '),
    }
  })
  const covered = new Set([
    ...[...of('primary'), ...of('unique')].flatMap(constraint => prefixes(constraint.columns)),
    ...model.indexes
      .filter(index => !index.partial && index.method === 'btree')
      .flatMap(index => prefixes(index.columns)),
  ])
  // Every foreign key gets an index: deleting a parent would scan the children otherwise, and the API only shows
  // relations that an index serves.
  const missing = of('foreign').filter(constraint => !covered.has(JSON.stringify(constraint.columns)))
  return {
    source: model.name,
    target,
    columns: model.columns.map(column => ({
      ...column,
      ...((column as SharedColumn).viaText && { sourceType: column.type }),
      type: here(column.type),
      default: hereOrNull(column.default),
      generated: hereOrNull(column.generated),
    })),
    readings,
    key: primary?.columns ?? [],
    numbered: model.columns
      .filter(({ sequence }) => sequence !== null)
      .map(({ name }) => ({ name, sequences: sequences[name] ?? null })),
    checks: of('check').map(({ name, definition }) => ({
      name: named.check(name),
      definition: lowercaseHead(here(definition).replace(/ NOT VALID$/, '')),
    })),
    keys,
    indexes: [
      ...indexes,
      ...missing.map(({ columns }) => ({
        name: named(columns, 'idx'),
        unique: false,
        using: `btree (${scope}, ${idents(columns)})`,
      })),
    ],
    foreignKeys: [
      {
        name: named([context.scopeColumn], 'fkey'),
        orphaned: false,
        references: qualified(context.organizations.schema, context.organizations.name),
        definition: `foreign key (${scope}) references ${qualified(context.organizations.schema, context.organizations.name)} (id)`,
      },
      ...foreignKeys,
    ],
    secret,
    doors,
    own,
    comment: model.comment,
    rows,
  }
}

/** `[a, b]` → `[a]`, `[a, b]`: what an index on (a, b) also serves. */
const prefixes = (columns: readonly (string | null)[]): string[] =>
  columns.map((_, end) => JSON.stringify(columns.slice(0, end + 1)))

/** `on delete set null` would also null the scope column: Postgres 15 can name the columns to null. */
function onDelete(to: ForeignReference, columns: readonly string[]): string {
  if (to.onDelete === 'no action') return ''
  if (!to.onDelete.startsWith('set')) return `on delete ${to.onDelete}`
  return `on delete ${to.onDelete} (${idents(to.onDeleteColumns.length > 0 ? to.onDeleteColumns : columns)})`
}

/** Only btree indexes are led by the scope column: a uuid has no gin or gist operators without extensions. */
function plannedIndex(
  index: Index,
  model: Table,
  scope: string,
  named: Namer,
  here: (text: string) => string,
): PlannedIndex {
  const head = `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${ident(index.name)} ON ${qualified(model.schema, model.name)} USING ${index.method} (`
  const start = index.definition.startsWith(head)
    ? head.length
    : index.definition.indexOf(` USING ${index.method} (`) + ` USING ${index.method} (`.length
  const rest = index.definition.slice(start)
  const plain = index.columns.every(column => column !== null) && !index.partial && !/_ops/.test(rest)
  return {
    name: plain ? named(index.columns as string[], 'idx') : named.index(index.name),
    unique: index.unique,
    using: `${index.method} (${index.method === 'btree' ? `${scope}, ` : ''}${here(rest)}`,
  }
}

const lowercaseHead = (definition: string) =>
  definition.replace(/^(PRIMARY KEY|UNIQUE NULLS NOT DISTINCT|UNIQUE|CHECK)/, head => head.toLowerCase())

type Namer = {
  (columns: readonly string[], suffix: 'pkey' | 'key' | 'idx' | 'fkey'): string
  check(name: string): string
  index(name: string): string
}

/**
 * Names in Postgres' convention, at most 63 bytes: of constraints unique within the table, of indexes within the schema.
 * @param relations names of tables and indexes in the target schema
 */
function namer(source: string, target: string, relations: Set<string>): Namer {
  const constraints = new Set<string>()
  const unique = (wanted: string): string => {
    for (let number = 0; ; number++) {
      const suffix = number === 0 ? '' : String(number)
      const name = cut(wanted, 63 - suffix.length) + suffix
      if (!constraints.has(name) && !relations.has(name)) {
        constraints.add(name)
        return name
      }
    }
  }
  const index = (name: string) => {
    relations.add(name)
    return name
  }
  const named = (columns: readonly string[], suffix: 'pkey' | 'key' | 'idx' | 'fkey') => {
    const name = unique(`${cut([target, ...columns].join('_'), 62 - suffix.length)}_${suffix}`)
    return suffix === 'fkey' ? name : index(name)
  }
  named.check = (name: string) => unique(renamed(name, source, target))
  named.index = (name: string) => index(unique(renamed(name, source, target)))
  return named
}

/** A name that began with the old table's begins with the new one's. */
const renamed = (name: string, source: string, target: string) =>
  name.startsWith(source) ? target + name.slice(source.length) : name

/** At most `bytes` of UTF-8, on a character's border. */
function cut(text: string, bytes: number): string {
  let result = text
  while (Buffer.byteLength(result) > bytes) result = [...result].slice(0, -1).join('')
  return result
}
