/** What is to be done for a plan, in order. Pure. */
import { ident } from '../../postgres/identifiers.ts'
import { copyOrder } from '../adopt/adoptTargets.ts'
import type { Baseline } from '../apply/baseline.ts'
import type { Core } from '../apply/core.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Keys } from '../keys/decide.ts'
import type { Operation } from '../operations/index.ts'
import { hasRows, schemaOf } from '../shapes/reading.ts'
import { type KeyRange, keyRanges } from './keyRanges.ts'
import type { Plan } from './plan.ts'
import type { PlannedTable } from './targetTable.ts'

type Draft = Omit<Plan, 'id' | 'operations'>

export type Surroundings = {
  readonly targetSchemas: readonly string[]
  readonly handOver: Baseline
  /** True where the tenancy core is not there yet. */
  readonly isFresh: boolean
  /** Of the database where the tables go. */
  readonly target: Pick<Catalog, 'schemas' | 'schemaOwners' | 'others'>
  readonly keys: Pick<Keys, 'merges'>
}

export function makeOperations(
  draft: Draft,
  catalog: Catalog,
  core: Core,
  { targetSchemas, handOver, isFresh, target, keys }: Surroundings,
): Operation[] {
  const { organizations, tables, identities } = draft
  const fill = (kind: 'merge_rows' | 'number_keys', source: string): Operation[] =>
    groupsOf(
      tables.find(table => table.source === source),
      draft,
    ).map(group => ({
      kind,
      table: source,
      organizations: group,
    }))
  const each = <T extends Operation>(make: (table: PlannedTable) => readonly T[]): T[] => tables.flatMap(make)
  const bound = copyOrder(tables) ?? []
  const copies = (table: PlannedTable) =>
    batches(table, draft, catalog).flatMap(({ schemas, ranges }) => {
      const copy = { kind: 'copy_rows' as const, table: table.source, organizations: schemas }
      return ranges.length === 0 ? [copy] : ranges.map(range => ({ ...copy, range }))
    })
  return [
    {
      kind: 'install_core',
      fresh: isFresh,
      roles: core.roles,
      migrations: core.migrations,
      uninstall: core.uninstall,
    },
    ...targetSchemas.map(schema => ({
      kind: 'create_schema' as const,
      schema,
      existed: target.schemas.includes(schema),
      ...(isUsed(target, schema, draft.roles.visitor) ? { used: true as const } : {}),
      ...(target.schemaOwners[schema] === draft.roles.owner || isUsed(target, schema, draft.roles.owner)
        ? { reached: true as const }
        : {}),
    })),
    { kind: 'create_organizations' },
    // Before the copying: what is measured is the old database, at rest. Times of two servers cannot be compared.
    ...(draft.source === null ? measured(organizations.map(({ schema }) => schema)) : []).map(
      organization => ({ kind: 'record_baseline' as const, organization }),
    ),
    ...definitions(draft, true),
    ...each(({ source, adopted }) => [
      { kind: adopted === null ? ('create_table' as const) : ('adopt_table' as const), table: source },
    ]),
    // New ids before anything is copied: whatever refers to one is read through the map.
    ...[...keys.merges.keys()].flatMap(source => fill('merge_rows', source)),
    ...each(({ source, renumbered }) => (renumbered === null ? [] : fill('number_keys', source))),
    // The largest table first; within it one organization after the other, so that an organization's rows lie together.
    ...tables
      .filter(table => table.merge === null && !bound.includes(table))
      .sort((a, b) => b.rows - a.rows || (a.source < b.source ? -1 : 1))
      .flatMap(table => copies(table)),
    ...bound.flatMap(table => copies(table).map(copy => ({ ...copy, alone: true as const }))),
    ...each(({ source }) => [{ kind: 'vacuum_table' as const, table: source }]),
    ...each(({ source, keys, checks, adopted }) =>
      missing([...keys, ...checks.filter(({ unchecked }) => unchecked)], adopted?.constraints).map(
        ({ name }) => ({
          kind: 'add_constraint' as const,
          table: source,
          name,
        }),
      ),
    ),
    ...each(({ source, indexes, adopted }) =>
      missing(indexes, adopted?.indexes).map(({ name }) => ({
        kind: 'create_index' as const,
        table: source,
        name,
      })),
    ),
    // While the tables have every row: an id that goes to quarantine is taken too, and so a person who goes there is one.
    ...each(({ source, numbered }) =>
      numbered.map(({ name }) => ({ kind: 'set_sequence' as const, table: source, column: name })),
    ),
    ...(identities === null
      ? []
      : organizations.map(({ schema }) => ({ kind: 'create_identities' as const, organization: schema }))),
    ...each(({ source, foreignKeys, adopted }) =>
      missing(foreignKeys, adopted?.constraints).map(({ name }) => ({
        kind: 'add_foreign_key' as const,
        table: source,
        name,
      })),
    ),
    ...each(({ source, foreignKeys, adopted }) =>
      foreignKeys
        .filter(
          ({ orphaned, name }) =>
            !orphaned && (!adopted?.constraints.includes(name) || adopted.unchecked.includes(name)),
        )
        .map(({ name, quarantine, keep }) => ({
          kind: 'validate_foreign_key' as const,
          table: source,
          name,
          ...(quarantine && adopted === null ? { quarantine } : {}),
          ...(keep ? { keep } : {}),
        })),
    ),
    ...code(draft),
    ...each(({ source }) => [{ kind: 'protect_table' as const, table: source }]),
    {
      kind: 'hand_over',
      filename: handOver.filename,
      hash: handOver.hash,
      previousHash: handOver.previousHash,
    },
    { kind: 'finish' },
  ]
}

/**
 * What tables are made of: types, and functions for their defaults and checks.
 * @param adopting false: on an empty database nothing is there
 */
export const definitions = (
  { types, functions }: Pick<Draft, 'types' | 'functions'>,
  adopting: boolean,
): Operation[] => {
  const made = (early: boolean) =>
    functions
      .filter(({ beforeTypes }) => beforeTypes === early)
      .map(({ source }) => ({ kind: 'create_function' as const, name: source }))
  return [
    ...made(true),
    ...types.map(({ source, adopted }) => ({
      kind: adopting && adopted ? ('adopt_type' as const) : ('create_type' as const),
      name: source,
    })),
    ...made(false),
  ]
}

/** What looks at filled tables: nothing of it may run while they are filled. */
export const code = ({ triggers, views }: Pick<Draft, 'triggers' | 'views'>): Operation[] => [
  ...triggers.map(({ table, name }) => ({ kind: 'create_trigger' as const, table, name })),
  ...views.map(({ source }) => ({ kind: 'create_view' as const, name: source })),
]

const missing = <T extends { readonly name: string }>(
  planned: readonly T[],
  there: readonly string[] = [],
): readonly T[] => planned.filter(({ name }) => !there.includes(name))

/** Whether the role was given the use of the schema before. */
const isUsed = ({ others }: Pick<Catalog, 'others'>, schema: string, role: string): boolean =>
  others.some(
    other =>
      other.schema === schema &&
      other.kind === 'grant' &&
      other.name === `to ${ident(role)}` &&
      /(^|; )[^;]*\busage\b[^;]* on the schema(;|$)/.test(other.definition ?? ''),
  )

/** Small tenants share a transaction: a commit each would take longer than their rows. */
const batchRows = 50_000
/** Each takes locks on a table and its indexes, and the server's lock table is finite. */
const batchTenants = 100

/** Tenants whose keys are read in one transaction, in order. */
function groupsOf(
  table: PlannedTable | undefined,
  { organizations }: Pick<Draft, 'organizations'>,
): string[][] {
  const present = organizations.filter(({ schema }) => table !== undefined && hasRows(table, schema))
  return Array.from({ length: Math.ceil(present.length / batchTenants) }, (_, at) =>
    present.slice(at * batchTenants, (at + 1) * batchTenants).map(({ schema }) => schema),
  )
}

/** Tenants that are copied together, in order; a large one is alone, and has ranges of its key. */
function batches(
  table: PlannedTable,
  { organizations }: Draft,
  catalog: Catalog,
): { schemas: string[]; ranges: KeyRange[] }[] {
  const sizes = new Map(
    catalog.tables
      .filter(({ name }) => name === table.source)
      // Never analyzed: a hundred bytes to a row.
      .map(({ schema, rows, bytes }) => [schema, { rows: rows < 0 ? bytes / 100 : rows, bytes }]),
  )
  const bounds = new Map(
    catalog.bounds.filter(({ name }) => name === table.source).map(one => [one.schema, one]),
  )
  const groups: { schemas: string[]; ranges: KeyRange[]; rows: number }[] = []
  for (const { schema } of organizations) {
    if (!hasRows(table, schema)) continue
    const place = schemaOf(table, schema)
    const size = sizes.get(place) ?? { rows: 0, bytes: 0 }
    // The keys of a table that was there are checked at each commit, and one that refers to itself leads anywhere.
    const ranges = table.adopted === null ? keyRanges(size, bounds.get(place)) : []
    const last = groups.at(-1)
    const isFull = last === undefined || last.schemas.length === batchTenants || last.ranges.length > 0
    if (isFull || ranges.length > 0 || last.rows + size.rows > batchRows) {
      groups.push({ schemas: [schema], ranges, rows: size.rows })
    } else {
      last.schemas.push(schema)
      last.rows += size.rows
    }
  }
  return groups
}

/** Asking every tenant of a thousand would take longer than moving them. */
const mostMeasured = 20

/** All, or as many as that, evenly spread. */
export function measured(schemas: readonly string[]): string[] {
  if (schemas.length <= mostMeasured) return [...schemas]
  return Array.from(
    { length: mostMeasured },
    (_, at) => schemas[Math.floor((at * schemas.length) / mostMeasured)] as string,
  )
}
