/**
 * pg_catalog → Catalog: the only reader of what a database looks like. One read-only transaction and a handful of
 * bulk queries, whatever the number of tables. What may fail here: a login that may not read, a server too old.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident } from '../../postgres/identifiers.ts'
import { beside } from './beside.ts'
import { boundsQuery, serverQuery } from './catalogQueries.ts'
import { type FunctionAbout, otherObjectsQuery, type TriggerAbout, type ViewAbout } from './codeQueries.ts'
import { collationsQuery } from './collationsQuery.ts'
import { isLarge } from './large.ts'
import { readTables } from './tableForms.ts'
import { settingsLeft } from './tableSettings.ts'
import { typesQuery } from './typesQuery.ts'

export type Column = {
  readonly name: string
  /** As in `create table`: `character varying(32)`, `hr.color[]`. */
  readonly type: string
  /** Schema of the element's type; null for Postgres' own. */
  readonly typeSchema: string | null
  readonly notNull: boolean
  /** True where `not null` binds new rows only (Postgres 18): old ones may be empty, and so the column is not `notNull`. */
  readonly notNullUnchecked?: true
  /** True where the type is a domain that takes no null. */
  readonly required?: true
  readonly default: string | null
  readonly identity: 'always' | 'by default' | null
  /** True where the default draws from a sequence that the column owns (serial). */
  readonly serial: boolean
  /** The sequence that numbers the column: of an identity, or the one that the default draws from. Qualified. */
  readonly sequence: string | null
  /** How the sequence counts, where not one by one upwards: `by -3 from -1000 to 1`. */
  readonly counting?: string
  readonly generated: string | null
  /** True where the value is computed when it is read, and never stored (Postgres 18). */
  readonly virtual?: true
  /** Qualified; null for the type's own. */
  readonly collation: string | null
  /** `bytea`, `int8` …: the base type's name without modifiers; `.date` where somebody made a type of such a name. */
  readonly base: string
  readonly comment: string | null
  /** What `alter column` says of it besides, where that is not as usual: `set storage external`, `set statistics 500`. */
  readonly tuned?: readonly string[]
}

/** What is said of a rule or an index besides its definition. */
export type Remarks = {
  readonly comment?: string
  /** Of the index behind a key: its comment, and its options, `fillfactor=70`. */
  readonly indexComment?: string
  readonly indexOptions?: string
  /** Of an index' expressions: position, and how closely Postgres looks at it. */
  readonly statistics?: readonly (readonly [number, number])[]
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
  readonly remarks?: Remarks
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
  /** By column, what compares it with the column referred to: `operator(public.=)`, with that one on the left. */
  readonly equals: readonly string[]
  /** By column, where the two are collated differently: by which one they are compared. Absent where none is. */
  readonly collations?: readonly (string | null)[]
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
  readonly remarks?: Remarks
}

export type Table = {
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'partitioned' | 'foreign'
  readonly owner: string
  /** The planner's estimate; -1 where the table was never analyzed. */
  readonly rows: number
  readonly bytes: number
  /** A partition of a table of the same schema, or an inheriting table that is one in all but name: its rows are read there. */
  readonly partition: boolean
  readonly partitionElsewhere: boolean
  readonly rowSecurity: boolean
  /** True: its rows are lost when the server crashes. */
  readonly unlogged: boolean
  /** A parent or a child of table inheritance: reading the parent would give the children's rows again. */
  readonly inherits: boolean
  /** How many inheriting tables are part of it, where some are. */
  readonly parts?: number
  /** Whether the login may select from it and from its sequences. */
  readonly readable: boolean
  readonly comment: string | null
  /** Storage parameters, those of its TOAST table included: `fillfactor=70`, `toast.autovacuum_enabled=off`. */
  readonly options?: readonly string[] | null
  /** `full`, `nothing` or `using index …`, where it is not the primary key. */
  readonly replicaIdentity?: string | null
  /** The index that `cluster` sorts it by. */
  readonly clusteredBy?: string | null
  /** Where it or an index of it lies, when that is not where the database does. */
  readonly tablespaces?: string | null
  /** How its rows are stored, when that is not `heap`. */
  readonly accessMethod?: string | null
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  /** Valid ones that no constraint owns. */
  readonly indexes: readonly Index[]
}

/**
 * A type that somebody made: `create type schema.name <definition>`; an enum has labels instead. A collation is made, shared
 * and used as a type is.
 */
export type UserType = {
  readonly schema: string
  readonly name: string
  readonly kind: 'enum' | 'domain' | 'composite type' | 'range' | 'collation'
  readonly labels: readonly string[]
  readonly definition: string
  /** The type that a range brings along. */
  readonly multirange?: string | null
  readonly comment: string | null
}

/** Anything in a schema that is neither a table, nor part of one, nor a type: code, rights, loose sequences, how tables are kept. */
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
  /** How it can compress values: lz4 is there where Postgres was built with it. */
  readonly compressions: readonly string[]
}

export type Catalog = {
  readonly server: Server
  readonly schemas: readonly string[]
  readonly schemaOwners: Readonly<Record<string, string>>
  readonly tables: readonly Table[]
  readonly types: readonly UserType[]
  readonly others: readonly OtherObject[]
  /** Of large tables, where it is known. */
  readonly bounds: readonly KeyBounds[]
}

/** Values of the primary key's first column between which there are about as many rows each. */
export type KeyBounds = {
  readonly schema: string
  readonly name: string
  readonly column: string
  readonly values: readonly string[]
}

/** In place the new tables need what came with it; as a source of another server it is only read. */
const oldestInPlace = 15
export const oldestSource = 12

/**
 * Reads every schema that is not Postgres' own.
 * @param oldest the first major version that will do
 * @throws RowhouseError RH104, RH106
 */
export async function readCatalog(client: pg.ClientBase, oldest: number = oldestInPlace): Promise<Catalog> {
  return readOnly(client, async () => {
    // The planner knows nothing of new schemas: with ten thousand tables its nested loops take minutes.
    await client.query('set local enable_nestloop to off')
    await client.query("set local work_mem to '64MB'")
    const [server] = await rows<Server & Pick<Catalog, 'schemas' | 'schemaOwners'>>(client, serverQuery)
    if (server === undefined) throw new Error('pg_catalog gave no server row')
    const major = Math.floor(server.version / 10000)
    if (major < oldest) throw tooOld(major, oldest)
    const made = await readTables(client, major)
    // What is asked here of each view and function goes through indexes (readTables has left nested loops on), and would
    // read whole catalogs otherwise (20,000 tables, 60 functions, a few views: 8 s, and 0.8 s so).
    const [others, tables] = await beside(rows<OtherObject>(client, otherObjectsQuery(major)), made)
    // Types are made with collations.
    const types = [
      ...(await rows<UserType>(client, collationsQuery(major))),
      ...(await rows<UserType>(client, typesQuery)),
    ]
    // The statistics of one table say nothing of its parts.
    const large = tables.filter(table => isLarge(table) && !table.parts)
    const bounds = large.length === 0 ? [] : await rows<KeyBounds>(client, boundsQuery, names(large))
    const { schemas, schemaOwners, ...about } = server
    return {
      server: about,
      schemas,
      schemaOwners,
      types,
      others: [...others, ...settingsLeft(tables)],
      tables,
      bounds,
    }
  })
}

const names = (tables: readonly Table[]) => [
  tables.map(({ schema }) => schema),
  tables.map(({ name }) => name),
]

const tooOld = (major: number, oldest: number) =>
  new RowhouseError('RH106', {
    message: `this server is Postgres ${major}; ${oldest === oldestInPlace ? 'folding in place' : 'folding into another server'} needs ${oldest} or later`,
    hint:
      oldest === oldestInPlace && major >= oldestSource
        ? 'fold it into a newer server: --from this one, --database the new one'
        : 'upgrade the server first',
  })

/**
 * Runs `work` in a read-only snapshot with an empty search path, so that Postgres prints every name in full.
 * A right that is missing becomes RH104, naming what Postgres named.
 */
export async function readOnly<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    await client.query('set local search_path to pg_catalog')
    // Set for a database, it would make every name in a definition another one.
    await client.query('set local quote_all_identifiers to off')
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

const rows = async <T>(client: pg.ClientBase, text: string, values: unknown[] = []): Promise<T[]> =>
  (await client.query(text, values)).rows as T[]
