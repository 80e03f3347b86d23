/**
 * pg_catalog → Catalog: the only reader of what a database looks like. One read-only transaction and a handful of
 * bulk queries, whatever the number of tables. What may fail here: a login that may not read, a server too old.
 */
import type pg from 'pg'
import { RowhouseError } from '../errors.ts'
import { ident } from '../postgres/identifiers.ts'
import {
  columnsQuery,
  constraintsQuery,
  indexesQuery,
  serverQuery,
  tablesQuery,
  typesQuery,
} from './catalogQueries.ts'
import { type FunctionAbout, otherObjectsQuery, type TriggerAbout, type ViewAbout } from './codeQueries.ts'

export type Column = {
  readonly name: string
  /** As in `create table`: `character varying(32)`, `hr.color[]`. */
  readonly type: string
  /** Schema of the element's type; null for Postgres' own. */
  readonly typeSchema: string | null
  readonly notNull: boolean
  readonly default: string | null
  readonly identity: 'always' | 'by default' | null
  /** True where the default draws from a sequence that the column owns (serial). */
  readonly serial: boolean
  /** The sequence that numbers the column: of an identity, or the one that the default draws from. Qualified. */
  readonly sequence: string | null
  readonly generated: string | null
  /** Qualified; null for the type's own. */
  readonly collation: string | null
  /** `bytea`, `bigint` …: the base type's name without modifiers. */
  readonly base: string
  readonly comment: string | null
}

export type Constraint = {
  readonly name: string
  readonly type: 'primary' | 'unique' | 'foreign' | 'check' | 'exclusion'
  readonly columns: readonly string[]
  readonly definition: string
  readonly deferrable: boolean
  readonly deferred: boolean
  readonly validated: boolean
  /** Foreign keys only. */
  readonly references: ForeignReference | null
}

export type ForeignReference = {
  readonly schema: string
  readonly table: string
  readonly columns: readonly string[]
  readonly onDelete: Action
  readonly onUpdate: Action
  /** `on delete set null (column)`, Postgres 15 and later; empty means all. */
  readonly onDeleteColumns: readonly string[]
  readonly matchFull: boolean
}

export type Action = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

export type Index = {
  readonly name: string
  readonly unique: boolean
  readonly method: string
  /** As Postgres prints it, with the schema in it. */
  readonly definition: string
  readonly columns: readonly (string | null)[]
  readonly partial: boolean
  readonly valid: boolean
}

export type Table = {
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'partitioned' | 'foreign'
  readonly owner: string
  /** The planner's estimate; -1 where the table was never analyzed. */
  readonly rows: number
  readonly bytes: number
  /** A partition of a table of the same schema: its rows are read there. */
  readonly partition: boolean
  readonly partitionElsewhere: boolean
  readonly rowSecurity: boolean
  /** True: its rows are lost when the server crashes. */
  readonly unlogged: boolean
  /** A parent or a child of table inheritance: reading the parent would give the children's rows again. */
  readonly inherits: boolean
  /** Whether the login may select from it and from its sequences. */
  readonly readable: boolean
  readonly comment: string | null
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  /** Indexes that no constraint owns. */
  readonly indexes: readonly Index[]
}

/** A type that somebody made: `create type schema.name <definition>`; an enum has labels instead. */
export type UserType = {
  readonly schema: string
  readonly name: string
  readonly kind: 'enum' | 'domain' | 'composite type' | 'range'
  readonly labels: readonly string[]
  readonly definition: string
  readonly comment: string | null
}

/** Anything in a schema that is neither a table, nor part of one, nor a type: code, rights, loose sequences. */
export type OtherObject = {
  readonly schema: string
  readonly name: string
  readonly kind: string
  /** As Postgres prints it; null where it prints none. */
  readonly definition: string | null
  /** Of a function, a view or a trigger: what code/ judges it by. */
  readonly about: FunctionAbout | ViewAbout | TriggerAbout | null
}

export type Server = {
  readonly version: number
  readonly database: string
  readonly user: string
  readonly isSuperuser: boolean
  readonly mayCreateRoles: boolean
  readonly mayCreateSchemas: boolean
  /** Names of roles that exist, and of those the ones whose rights the login has. */
  readonly roles: readonly string[]
  readonly memberOf: readonly string[]
  readonly encoding: string
  /** Names of the extensions that the database has. */
  readonly extensions: readonly string[]
}

export type Catalog = {
  readonly server: Server
  readonly schemas: readonly string[]
  readonly schemaOwners: Readonly<Record<string, string>>
  readonly tables: readonly Table[]
  readonly types: readonly UserType[]
  readonly others: readonly OtherObject[]
}

type Row = Record<string, unknown> & { relation: number }

/** Reads every schema that is not Postgres' own. @throws RowhouseError RH104, RH106 */
export async function readCatalog(client: pg.ClientBase): Promise<Catalog> {
  return readOnly(client, async () => {
    // The planner knows nothing of new schemas: with ten thousand tables its nested loops take minutes.
    await client.query('set local enable_nestloop to off')
    const [server] = await rows<Server & Pick<Catalog, 'schemas' | 'schemaOwners'>>(client, serverQuery)
    if (server === undefined) throw new Error('pg_catalog gave no server row')
    if (server.version < 150000) {
      throw new RowhouseError('RH106', {
        message: `this server is Postgres ${Math.floor(server.version / 10000)}; folding in place needs 15 or later`,
        hint: 'upgrade the server first',
      })
    }
    const tables = await rows<Row & Omit<Table, 'columns' | 'constraints' | 'indexes'>>(client, tablesQuery)
    const listed = await rows<Row & Column & { number: number }>(client, columnsQuery)
    const nameOf = namesByNumber(listed)
    const columns = byRelation(listed.map(({ number: _, ...column }) => column as Row & Column))
    const constraints = byRelation(
      (await rows<Numbered<Constraint>>(client, constraintsQuery)).map(one => namedConstraint(one, nameOf)),
    )
    const indexes = byRelation(
      (await rows<Numbered<Index>>(client, indexesQuery)).map(one => ({
        ...one,
        columns: one.columns.map(number => (number > 0 ? nameOf(one.relation, number) : null)),
      })),
    )
    const types = await rows<UserType>(client, typesQuery)
    const others = await rows<OtherObject>(client, otherObjectsQuery)
    const { schemas, schemaOwners, ...about } = server
    return {
      server: about,
      schemas,
      schemaOwners,
      types,
      others,
      tables: tables.map(({ relation, ...table }) => ({
        ...table,
        columns: columns.get(relation) ?? [],
        constraints: constraints.get(relation) ?? [],
        indexes: indexes.get(relation) ?? [],
      })),
    }
  })
}

/**
 * Runs `work` in a read-only snapshot with an empty search path, so that Postgres prints every name in full.
 * A right that is missing becomes RH104, naming what Postgres named.
 */
export async function readOnly<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    await client.query('set local search_path to pg_catalog')
    // Compiling takes longer than any of these queries.
    await client.query('set local jit to off')
    // Sizes and definitions wait for whoever rebuilds a table; nobody wants to wait for that without being told.
    await client.query("set local lock_timeout to '10s'")
    return await work()
  } catch (error) {
    if ((error as { code?: string }).code === '42501') {
      await client.query('rollback')
      const [who] = await rows<{ login: string }>(client, 'select current_user as login')
      const login = ident(who?.login ?? '')
      throw new RowhouseError('RH104', {
        message: `the login ${login} may not read what it must: ${(error as Error).message}`,
        hint: `as a superuser: grant pg_read_all_data to ${login}`,
        cause: error,
      })
    }
    throw error
  } finally {
    await client.query('rollback').catch(() => {})
  }
}

const rows = async <T>(client: pg.ClientBase, text: string): Promise<T[]> =>
  (await client.query(text)).rows as T[]

type NameOf = (relation: number, number: number) => string

/** With numbers where columns are named, as pg_constraint and pg_index have them. */
type Numbered<T> = Omit<T, 'columns' | 'references'> & {
  readonly relation: number
  readonly columns: readonly number[]
  readonly references?:
    | (Omit<ForeignReference, 'columns' | 'onDeleteColumns'> & {
        readonly relation: number
        readonly columns: readonly number[]
        readonly onDeleteColumns: readonly number[]
      })
    | null
}

/** One look-up for all, instead of a sub-select for each of a hundred thousand keys. */
function namesByNumber(columns: readonly (Row & { name: string; number: number })[]): NameOf {
  const names = new Map<number, Map<number, string>>()
  for (const { relation, number, name } of columns) {
    const known = names.get(relation)
    if (known) known.set(number, name)
    else names.set(relation, new Map([[number, name]]))
  }
  return (relation, number) => names.get(relation)?.get(number) ?? ''
}

function namedConstraint(one: Numbered<Constraint>, nameOf: NameOf): Row & Constraint {
  const { references, columns, ...rest } = one
  const { relation: there = 0, ...about } = references ?? {}
  return {
    ...rest,
    columns: columns.map(number => nameOf(one.relation, number)),
    references: references
      ? ({
          ...about,
          columns: references.columns.map(number => nameOf(there, number)),
          onDeleteColumns: references.onDeleteColumns.map(number => nameOf(one.relation, number)),
        } as ForeignReference)
      : null,
  } as Row & Constraint
}

function byRelation<T>(all: readonly (Row & T)[]): Map<number, T[]> {
  const grouped = new Map<number, T[]>()
  for (const { relation, ...rest } of all) {
    const list = grouped.get(relation)
    if (list) list.push(rest as unknown as T)
    else grouped.set(relation, [rest as unknown as T])
  }
  return grouped
}
