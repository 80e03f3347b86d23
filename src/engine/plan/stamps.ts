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

/** SQL of a catalog's rows: the schema that each is of, what it is about, its own number there, and its version. */
const ofRelations = (table: string, relation: string, part = 't.oid::int8') =>
  `select c.relnamespace, t.${relation}::int8, ${part}, t.xmin::text::int8 from ${table} t join relation c on c.oid = t.${relation}`
const ofTypes = (table: string, type: string, part: string) =>
  `select y.typnamespace, t.${type}::int8, ${part}, t.xmin::text::int8 from ${table} t join pg_type y on y.oid = t.${type}`
const ofSchemas = (table: string, schema: string) =>
  `select t.${schema}, t.oid::int8, 0::int8, t.xmin::text::int8 from ${table} t`

/**
 * A relation is written anew for much that is no change: rights, a first index, a key that leads to it from another schema,
 * which also brings triggers. So its fields are told.
 */
const fields = `relkind, relpersistence, relrowsecurity, relispartition, relreplident, relam, reltablespace, relhassubclass, reloptions, relname`

/** How an index is called decides nothing, and what it is stands in pg_index. Who may use a schema decides nothing either. */
const catalogs = [
  `select relnamespace, oid::int8, 0::int8, hashtextextended(concat_ws(' ', ${fields}), 0) from pg_class where relkind not in ('i', 'I', 't')`,
  `select c.relnamespace, c.oid::int8, 1::int8, hashtextextended(t.reloptions::text, 0)
from pg_class t join pg_class c on c.reltoastrelid = t.oid where t.relkind = 't' and t.reloptions is not null`,
  ofSchemas('pg_type', 'typnamespace'),
  ofSchemas('pg_constraint', 'connamespace'),
  ofSchemas('pg_proc', 'pronamespace'),
  ofSchemas('pg_collation', 'collnamespace'),
  ofRelations('pg_attribute', 'attrelid', 't.attnum::int8'),
  ofRelations('pg_attrdef', 'adrelid'),
  ofRelations('pg_index', 'indrelid', 't.indexrelid::int8'),
  ofRelations('pg_inherits', 'inhrelid', 't.inhparent::int8'),
  ofRelations('pg_inherits', 'inhparent', 't.inhrelid::int8'),
  `${ofRelations('pg_trigger', 'tgrelid')} where not t.tgisinternal`,
  ofRelations('pg_rewrite', 'ev_class'),
  ofRelations('pg_policy', 'polrelid'),
  'select c.relnamespace, t.seqrelid::int8, 0::int8, t.xmin::text::int8 from pg_sequence t join pg_class c on c.oid = t.seqrelid',
  ofTypes('pg_enum', 'enumtypid', 't.oid::int8'),
  ofTypes('pg_range', 'rngtypid', '0::int8'),
]

const stampsQuery = `with relation as materialized (
  select oid, relnamespace from pg_class where relkind in ('r', 'p', 'f', 'v', 'm', 'c')
), written as (
${catalogs
  .map(
    (rows, at) => `select schema, hashint8extended(object, hashint8extended(part, ${at} # version)) as hash
from (${rows}) row_${at} (schema, object, part, version)`,
  )
  .join('\nunion all\n')}
)
select n.nspname::text as schema, w.rows || ' ' || w.hash as stamp
from (select schema, count(*) as rows, sum(hash) as hash from written group by schema) w
join pg_namespace n on n.oid = w.schema
where ${ours}`

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
  plan.seen !== undefined &&
  stampOf(await readStamps(source), { ...plan, seen: plan.seen }) === plan.seen.stamp
