/** Why the old schemas may not go yet. Reads only. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { qualified } from '../../postgres/identifiers.ts'
import { readCatalog } from '../catalog/catalog.ts'
import { frameworkTables } from '../inspect/classify.ts'
import type { Plan } from '../plan/plan.ts'
import { sayAddress } from '../plan/source.ts'
import { some } from '../shapes/sharedTypes.ts'
import { lostQuarantines } from '../verify/quarantine.ts'
import { cameLater } from './cameLater.ts'
import { type PlanRecord, uncompleted } from './state.ts'

/**
 * Everything that keeps the old schemas where they are, in the order in which one would mend it: something is not proven,
 * it is too early, somebody else's objects hang on a schema, something came later, or rows would go that nobody moved. Reads
 * only. Empty: they may go.
 * @param options.left tables that the plan left may go with their rows
 */
export async function obstacles(
  client: pg.ClientBase,
  record: PlanRecord,
  { left: mayGo = false }: { readonly left?: boolean } = {},
): Promise<RowhouseError[]> {
  const { plan, appliedAt } = record
  if (plan.source !== null) {
    return [
      refusal(
        `the old schemas of plan ${plan.id} are in database ${sayAddress(plan.source)}, where nothing is ever written`,
        'take that server out of service when nobody needs it any more; there is nothing to drop here',
      ),
    ]
  }
  if (appliedAt === null) {
    return [new RowhouseError('RH124', { message: `plan ${plan.id} is unfinished`, hint: 'rowhouse apply' })]
  }
  const schemas = uncompleted(record).map(({ schema }) => schema)
  const found = [
    unproven(record, appliedAt),
    await lostQuarantines(client, plan),
    await tooEarly(client, plan, appliedAt),
    await hanging(client, schemas),
    await cameLater(client, plan, schemas),
    mayGo ? null : await leftRows(client, record),
  ]
  return found.filter(one => one !== null)
}

const refusal = (message: string, hint: string) => new RowhouseError('RH127', { message, hint })

function unproven(record: PlanRecord, appliedAt: Date): RowhouseError | null {
  const left = uncompleted(record).filter(({ id }) => {
    const found = record.verified.get(id)
    return found === undefined || found.mismatches > 0 || found.at < appliedAt
  })
  if (left.length === 0) return null
  return refusal(
    `${left.length} organizations were not verified since they were moved, or differ: ${some(left.map(({ slug }) => slug))}`,
    'rowhouse verify',
  )
}

/** By the database's clock: others may differ. */
async function tooEarly(client: pg.ClientBase, plan: Plan, appliedAt: Date): Promise<RowhouseError | null> {
  const { rows } = await client.query<{ early: boolean; until: Date }>(
    `select $1::timestamptz + $2::interval > now() as early, $1::timestamptz + $2::interval as until`,
    [appliedAt, plan.keepOldFor],
  )
  if (!rows[0]?.early) return null
  return refusal(
    `the old schemas are kept for ${plan.keepOldFor}: until ${rows[0].until.toISOString()}`,
    'wait, or plan with less: keep_old_for in the spec',
  )
}

/** Tables with rows that were left in the old schemas, and would go with them; the framework's own apart. */
async function leftRows(client: pg.ClientBase, record: PlanRecord): Promise<RowhouseError | null> {
  const left = new Set(record.plan.left.filter(name => !frameworkTables.has(name)))
  if (left.size === 0) return null
  const { tables } = await readCatalog(client)
  const schemas = new Set(uncompleted(record).map(({ schema }) => schema))
  const found: string[] = []
  for (const { schema, name } of tables.filter(table => schemas.has(table.schema) && left.has(table.name))) {
    const { rowCount } = await client.query(`select from ${qualified(schema, name)} limit 1`)
    if (rowCount === 1) found.push(`${schema}.${name}`)
  }
  if (found.length === 0) return null
  return refusal(
    `tables that the plan left where they are would go too, with their rows: ${some(found)}`,
    'move or copy them first, or say that they may go: rowhouse complete --drop-left',
  )
}

/** Everything outside of the schemas that Postgres would drop with them: followed through pg_depend, to the end. */
export async function hanging(
  client: pg.ClientBase,
  schemas: readonly string[],
): Promise<RowhouseError | null> {
  const { rows } = await client.query<{ object: string }>(hangingQuery, [schemas])
  if (rows.length === 0) return null
  return refusal(
    `other schemas have what hangs on the old ones, and would lose it: ${some(rows.map(({ object }) => object))}`,
    'drop or change those objects first',
  )
}

const inOld = (catalog: string, schema: string) =>
  `select '${catalog}'::regclass::oid, oid, 0 from ${catalog} where ${schema} in (select oid from old)`

const hangingQuery = `with recursive old as (
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
