/**
 * Whether anything in a schema was changed, without looking at what is there: each change of a definition writes its row in
 * Postgres' catalogs anew, and the row then says which transaction did (xmin; a freeze leaves it as it was). Schemas with the same stamp are as they were; one with another may be, and is
 * looked at. A quarter of the time that reading them takes (20,000 tables). Reads only.
 */
import type pg from 'pg'
import { readOnly } from '../catalog/catalog.ts'
import { ours } from '../catalog/catalogQueries.ts'
import { digest } from '../shapes/shape.ts'
import type { Plan, Seen } from './plan.ts'

type Planned = Pick<Plan, 'organizations'> & { readonly seen: Pick<Seen, 'schemas'> }

/** By schema. */
export type Stamps = ReadonlyMap<string, string>

/** A catalog's rows: SQL of the schema that each is of, of what it is about, of its own number there, and of its version. */
type Rows = {
  readonly schema: string
  readonly object: string
  readonly part?: string
  /** Default: who wrote it. */
  readonly version?: string
  readonly from: string
}

const ofRelations = (table: string, relation: string, part = 't.oid', where = ''): Rows => ({
  schema: 'c.relnamespace',
  object: `t.${relation}`,
  part,
  from: `${table} t join pg_class c on c.oid = t.${relation} and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')${where}`,
})
const ofTypes = (table: string, type: string, part: string): Rows => ({
  schema: 'y.typnamespace',
  object: `t.${type}`,
  part,
  from: `${table} t join pg_type y on y.oid = t.${type}`,
})
const ofSchemas = (table: string, schema: string): Rows => ({
  schema: `t.${schema}`,
  object: 't.oid',
  from: `${table} t`,
})

/**
 * A relation is written anew for much that is no change: rights, a first index, a key that leads to it from another schema,
 * which also brings triggers. So its fields are told. How an index is called decides nothing, and what it is stands in
 * pg_index; who may use a schema decides nothing either.
 */
const relations: readonly Rows[] = [
  {
    schema: 'relnamespace',
    object: 'oid',
    version: `concat_ws(' ', relkind, relpersistence, relrowsecurity, relispartition, relreplident, relam, reltablespace,
      relhassubclass, reloptions, relname)`,
    from: `pg_class where relkind not in ('i', 'I', 't')`,
  },
  {
    schema: 'c.relnamespace',
    object: 'c.oid',
    version: 't.reloptions::text',
    from: `pg_class t join pg_class c on c.reltoastrelid = t.oid where t.relkind = 't' and t.reloptions is not null`,
  },
]

const catalogs: readonly Rows[] = [
  ...relations,
  ofSchemas('pg_type', 'typnamespace'),
  ofSchemas('pg_constraint', 'connamespace'),
  ofSchemas('pg_proc', 'pronamespace'),
  ofSchemas('pg_collation', 'collnamespace'),
  ofRelations('pg_attribute', 'attrelid', 't.attnum', ' where t.attnum > 0'),
  ofRelations('pg_attrdef', 'adrelid'),
  ofRelations('pg_index', 'indrelid', 't.indexrelid'),
  ofRelations('pg_inherits', 'inhrelid', 't.inhparent'),
  ofRelations('pg_inherits', 'inhparent', 't.inhrelid'),
  ofRelations('pg_trigger', 'tgrelid', 't.oid', ' where not t.tgisinternal'),
  ofRelations('pg_rewrite', 'ev_class'),
  ofRelations('pg_policy', 'polrelid'),
  {
    schema: 'c.relnamespace',
    object: 't.seqrelid',
    from: 'pg_sequence t join pg_class c on c.oid = t.seqrelid',
  },
  ofTypes('pg_enum', 'enumtypid', 't.oid'),
  ofTypes('pg_range', 'rngtypid', '0'),
]

/** Each catalog by itself, so that Postgres may read it with several processes. */
const stampsQuery = `select n.nspname::text as schema, sum(w.rows) || ' ' || sum(w.hash) as stamp
from (
${catalogs
  .map(
    ({ schema, object, part = '0', version = 't.xmin::text', from }, at) =>
      `select ${schema} as schema, count(*) as rows, sum(hashtextextended(${version}, ((${part})::int8 << 32) # ${object}::int8 # ${(at + 1) * 1_000_000_007})) as hash
from ${from} group by 1`,
  )
  .join('\nunion all\n')}
) w
join pg_namespace n on n.oid = w.schema
where ${ours}
group by 1`

/** Of every schema that is not Postgres' own. */
export async function readStamps(client: pg.ClientBase): Promise<Stamps> {
  return readOnly(client, async () => {
    await client.query('set local enable_nestloop to off')
    const { rows } = await client.query<{ schema: string; stamp: string }>(stampsQuery)
    return new Map(rows.map(({ schema, stamp }) => [schema, stamp]))
  })
}

/**
 * Of all schemas that were there when the plan was made: what a tenant's tables are made of may be anywhere, and be called
 * otherwise by now. What was not there yet can be named by nothing but what is new itself.
 */
export const stampOf = (stamps: Stamps, { organizations, seen }: Planned): string =>
  digest(
    [...organizations.map(({ schema }) => schema), ...seen.schemas]
      .sort()
      .map(schema => [schema, stamps.get(schema) ?? null]),
  )

/** Nothing that the plan was made of was changed since; false where only looking tells. */
export const isAsPlanned = async (source: pg.ClientBase, plan: Plan): Promise<boolean> =>
  // An earlier version kept no schemas.
  plan.seen?.schemas !== undefined &&
  stampOf(await readStamps(source), { ...plan, seen: plan.seen }) === plan.seen.stamp
