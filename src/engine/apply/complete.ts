/**
 * The end of the road: the old schemas go, one at a time, each with its row in the journal by the transaction that drops
 * it. What may fail here: it is too early, something is not proven, or somebody else's objects hang on a schema (RH127).
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { type Catalog, type OtherObject, readCatalog, type Table } from '../catalog/catalog.ts'
import { nameIn } from '../code/groups.ts'
import type { LeftIndex } from '../code/needed.ts'
import { frameworkTables } from '../inspect/classify.ts'
import { carriedOver, type Organization, type Plan } from '../plan/plan.ts'
import { sayAddress } from '../plan/source.ts'
import { nameOf } from '../plan/targetTable.ts'
import { readsFromItself, sourceName } from '../shapes/reading.ts'
import { indexText } from '../shapes/shape.ts'
import { some } from '../shapes/sharedTypes.ts'
import { requireQuarantined } from '../verify/quarantine.ts'
import { textSettings } from '../verify/rowHash.ts'
import { sourceTotalsOf, type Total } from '../verify/totals.ts'
import { refuseLater } from './cameLater.ts'
import type { Listener } from './events.ts'
import type { PlanRecord } from './state.ts'

/** The journal's name for a schema that is gone. */
export const dropUnit = (schema: string): string => `drop_schema ${ident(schema)}`

/** The journal's name for what an organization's old tables had when they were found equal: count and sum by new table. */
export const verifiedUnit = (schema: string): string => `verified ${ident(schema)}`

/** Organizations whose old schema is still there. */
export const uncompleted = ({ plan, done }: PlanRecord): Organization[] =>
  plan.organizations.filter(({ schema }) => !done.has(dropUnit(schema)))

/**
 * @param now of the database, so that clocks that differ do not matter
 * @throws RowhouseError RH124 (unfinished), RH127 (too early, not verified, something hangs on a schema)
 */
export async function requireCompletable(client: pg.ClientBase, record: PlanRecord): Promise<void> {
  const { plan, appliedAt, verified } = record
  if (plan.source !== null) {
    throw new RowhouseError('RH127', {
      message: `the old schemas of plan ${plan.id} are in database ${sayAddress(plan.source)}, where nothing is ever written`,
      hint: 'take that server out of service when nobody needs it any more; there is nothing to drop here',
    })
  }
  if (appliedAt === null) {
    throw new RowhouseError('RH124', { message: `plan ${plan.id} is unfinished`, hint: 'rowhouse apply' })
  }
  const left = uncompleted(record)
  const unproven = left.filter(({ id }) => {
    const found = verified.get(id)
    return found === undefined || found.mismatches > 0 || found.at < appliedAt
  })
  if (unproven.length > 0) {
    throw new RowhouseError('RH127', {
      message: `${unproven.length} organizations were not verified since they were moved, or differ: ${some(unproven.map(({ slug }) => slug))}`,
      hint: 'rowhouse verify',
    })
  }
  await requireQuarantined(client, plan)
  const { rows } = await client.query<{ early: boolean; until: Date }>(
    `select $1::timestamptz + $2::interval > now() as early, $1::timestamptz + $2::interval as until`,
    [appliedAt, plan.keepOldFor],
  )
  if (rows[0]?.early) {
    throw new RowhouseError('RH127', {
      message: `the old schemas are kept for ${plan.keepOldFor}: until ${rows[0].until.toISOString()}`,
      hint: 'wait, or plan with less: keep_old_for in the spec',
    })
  }
  const others = await dependents(
    client,
    left.map(({ schema }) => schema),
  )
  if (others.length > 0) throw hangs(others)
  await refuseLater(
    client,
    plan,
    left.map(({ schema }) => schema),
  )
}

const hangs = (objects: readonly string[]) =>
  new RowhouseError('RH127', {
    message: `other schemas have what hangs on the old ones, and would lose it: ${some(objects)}`,
    hint: 'drop or change those objects first',
  })

/** Tables with rows that were left in the old schemas, and would go with them; the framework's own apart. */
export async function leftRows(client: pg.ClientBase, record: PlanRecord): Promise<string[]> {
  const { tables } = await readCatalog(client)
  const schemas = new Set(uncompleted(record).map(({ schema }) => schema))
  const left = new Set(record.plan.left.filter(name => !frameworkTables.has(name)))
  const found: string[] = []
  for (const { schema, name } of tables.filter(table => schemas.has(table.schema) && left.has(table.name))) {
    const { rowCount } = await client.query(`select from ${qualified(schema, name)} limit 1`)
    if (rowCount === 1) found.push(`${schema}.${name}`)
  }
  return found
}

/** Everything outside of the schemas that Postgres would drop with them: followed through pg_depend, to the end. */
async function dependents(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ object: string }>(hanging, [schemas])
  return rows.map(({ object }) => object)
}

const inOld = (catalog: string, schema: string) =>
  `select '${catalog}'::regclass::oid, oid, 0 from ${catalog} where ${schema} in (select oid from old)`

const hanging = `with recursive old as (
  select oid from pg_catalog.pg_namespace where nspname = any ($1)
), reached (classid, objid, objsubid) as (
  (${[
    inOld('pg_catalog.pg_class', 'relnamespace'),
    inOld('pg_catalog.pg_type', 'typnamespace'),
    inOld('pg_catalog.pg_proc', 'pronamespace'),
    inOld('pg_catalog.pg_collation', 'collnamespace'),
    inOld('pg_catalog.pg_operator', 'oprnamespace'),
    inOld('pg_catalog.pg_opclass', 'opcnamespace'),
    inOld('pg_catalog.pg_opfamily', 'opfnamespace'),
    inOld('pg_catalog.pg_ts_config', 'cfgnamespace'),
    inOld('pg_catalog.pg_ts_dict', 'dictnamespace'),
    inOld('pg_catalog.pg_extension', 'extnamespace'),
  ].join('\n  union all ')})
  union
  select d.classid, d.objid, d.objsubid
  from pg_catalog.pg_depend d join reached r on d.refclassid = r.classid and d.refobjid = r.objid
  where d.deptype in ('n', 'a', 'i', 'P', 'S', 'x')
), placed as (
  select r.*, coalesce(c.relnamespace, t.typnamespace, p.pronamespace, k.relnamespace, f.relnamespace, w.relnamespace,
    g.relnamespace, o.relnamespace) as namespace, g.tgisinternal as is_internal
  from reached r
  left join pg_catalog.pg_class c on r.classid = 'pg_catalog.pg_class'::regclass and c.oid = r.objid
  left join pg_catalog.pg_type t on r.classid = 'pg_catalog.pg_type'::regclass and t.oid = r.objid
  left join pg_catalog.pg_proc p on r.classid = 'pg_catalog.pg_proc'::regclass and p.oid = r.objid
  left join (select k.oid, c.relnamespace from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid) k
    on r.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = r.objid
  left join (select d.oid, c.relnamespace from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid) f
    on r.classid = 'pg_catalog.pg_attrdef'::regclass and f.oid = r.objid
  left join (select w.oid, c.relnamespace from pg_catalog.pg_rewrite w join pg_catalog.pg_class c on c.oid = w.ev_class) w
    on r.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = r.objid
  left join (select g.oid, g.tgisinternal, c.relnamespace from pg_catalog.pg_trigger g join pg_catalog.pg_class c on c.oid = g.tgrelid) g
    on r.classid = 'pg_catalog.pg_trigger'::regclass and g.oid = r.objid
  left join (select o.oid, c.relnamespace from pg_catalog.pg_policy o join pg_catalog.pg_class c on c.oid = o.polrelid) o
    on r.classid = 'pg_catalog.pg_policy'::regclass and o.oid = r.objid
)
select distinct pg_catalog.pg_describe_object(classid, objid, objsubid) as object
from placed
-- A foreign key's own triggers go with it, wherever they are.
where namespace is not null and namespace not in (select oid from old) and is_internal is not true
  and namespace <> 'pg_toast'::regnamespace
order by 1`

/**
 * Drops one organization's old schema and says so in the journal, in one transaction: nobody can write to it, or build on
 * it, between the last look and the drop.
 * @param observer another connection: it sees until the end what is being dropped
 * @throws RowhouseError RH127 where its rows are not those that were verified, something came later, or hangs on it
 */
async function dropOld(
  client: pg.ClientBase,
  observer: pg.ClientBase,
  { plan }: PlanRecord,
  { schema, id, slug }: Organization,
  staying: readonly OtherObject[],
): Promise<void> {
  const tables = plan.tables.filter(table => readsFromItself(table, schema))
  await client.query('begin')
  try {
    await client.query("set local lock_timeout to '5s'; set local jit to off")
    for (const setting of ['set local search_path to pg_catalog', ...textSettings])
      await client.query(setting)
    for (const table of tables)
      await client.query(`lock table ${sourceName(table, schema)} in access exclusive mode`)
    const { rows } = await client.query<{ details: Record<string, [string, string]> }>(
      'select details from rowhouse.journal where plan_id = $1 and step = $2',
      [plan.id, verifiedUnit(schema)],
    )
    const known = rows[0]?.details ?? {}
    for (const table of tables) {
      const [now] = (await client.query<Total>(sourceTotalsOf(table, [{ schema, id }]))).rows
      const [count, sum] = known[nameOf(table)] ?? []
      if ((now?.count ?? '0') === count && (now?.sum ?? '0') === sum) continue
      throw new RowhouseError('RH127', {
        message: `${sourceName(table, schema)} was written to since organization ${slug} was verified`,
        hint: 'see what came: rowhouse verify; stop what still writes there',
      })
    }
    const others = await dependents(client, [schema])
    if (others.length > 0) throw hangs(others)
    await client.query(`drop schema ${ident(schema)} cascade`)
    // Nobody makes anything in it from here on: a table that came in the last moment is dropped too, and still seen there.
    await refuseLater(observer, plan, [schema])
    // What went with the schema and was not carried over: the report has its definitions from here.
    await client.query(
      `insert into rowhouse.journal (plan_id, step, operation, organization_id, object, details)
values ($1, $2, 'drop_schema', $3, $4, $5)`,
      [plan.id, dropUnit(schema), id, schema, JSON.stringify(staying.map(({ about: _, ...other }) => other))],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Code, rights, loose sequences and indexes of the old schemas that are not one for all now. */
export function notCarriedOver(
  { others, tables }: Pick<Catalog, 'others' | 'tables'>,
  plan: Plan,
): OtherObject[] {
  const schemas = new Set(plan.organizations.map(({ schema }) => schema))
  const collations = plan.types.filter(({ kind }) => kind === 'collation')
  const carried = new Set([...carriedOver(plan), ...collations.map(({ source }) => `collation ${source}`)])
  const left = new Map(plan.tables.map(({ source, leftIndexes = [] }) => [source, leftIndexes]))
  return [
    ...others.filter(other => schemas.has(other.schema) && !carried.has(`${other.kind} ${nameIn(other)}`)),
    ...tables
      .filter(({ schema, name }) => schemas.has(schema) && (left.get(name) ?? []).length > 0)
      .flatMap(table => indexesLeft(table, left.get(table.name) ?? [])),
  ]
}

/** The reason stands in front of the definition, as a comment. */
const indexesLeft = ({ schema, name, indexes }: Table, left: readonly LeftIndex[]): OtherObject[] =>
  indexes.flatMap(index => {
    const same = left.find(({ text }) => text === indexText(index.definition, schema))
    if (same === undefined) return []
    const definition = `-- ${same.why}\n${index.definition}`
    return [{ schema, name: `${index.name} on ${name}`, kind: 'index', definition, about: null }]
  })

/**
 * One after the other; what `before` does for a schema (a dump) is done before that schema goes.
 * @param observer another connection to the same database
 * @returns how many were dropped
 */
export async function completeAll(
  client: pg.ClientBase,
  observer: pg.ClientBase,
  record: PlanRecord,
  before: (organization: Organization) => Promise<void>,
  listen: Listener,
): Promise<number> {
  const left = uncompleted(record)
  const staying = Map.groupBy(notCarriedOver(await readCatalog(client), record.plan), ({ schema }) => schema)
  for (const [index, organization] of left.entries()) {
    await before(organization)
    await dropOld(client, observer, record, organization, staying.get(organization.schema) ?? [])
    const place = { at: index + 1, of: left.length }
    listen({ type: 'schema-dropped', schema: organization.schema, place })
  }
  return left.length
}
