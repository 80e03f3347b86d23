/**
 * The end of the road: the old schemas go, one at a time, each with its row in the journal by the transaction that drops
 * it. What may fail here: it is too early, something is not proven, or somebody else's objects hang on a schema (RH127).
 */
import type pg from 'pg'
import { RowhouseError } from '../errors.ts'
import { ident, literal } from '../postgres/identifiers.ts'
import { readOnly } from './catalog.ts'
import type { Listener } from './events.ts'
import type { Organization } from './plan.ts'
import type { PlanRecord } from './state.ts'

/** The journal's name for a schema that is gone. */
export const dropUnit = (schema: string): string => `drop_schema ${ident(schema)}`

/** Organizations whose old schema is still there. */
export const uncompleted = ({ plan, done }: PlanRecord): Organization[] =>
  plan.organizations.filter(({ schema }) => !done.has(dropUnit(schema)))

/**
 * @param now of the database, so that clocks that differ do not matter
 * @throws RowhouseError RH124 (unfinished), RH127 (too early, not verified, something hangs on a schema)
 */
export async function requireCompletable(client: pg.ClientBase, record: PlanRecord): Promise<void> {
  const { plan, appliedAt, verified } = record
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
  const hanging = await dependents(
    client,
    left.map(({ schema }) => schema),
  )
  if (hanging.length > 0) {
    throw new RowhouseError('RH127', {
      message: `other schemas have what hangs on the old ones, and would lose it: ${some(hanging)}`,
      hint: 'drop or change those objects first',
    })
  }
}

const some = (names: readonly string[]) =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`

/** Foreign keys, views and columns outside of the schemas that need something inside. */
async function dependents(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await readOnly(client, () =>
    client.query<{ object: string }>(
      `with old as (select oid from pg_namespace where nspname = any ($1))
select distinct object from (
  select format('foreign key %I of %s', k.conname, k.conrelid::regclass) as object
  from pg_constraint k join pg_class here on here.oid = k.conrelid join pg_class there on there.oid = k.confrelid
  where k.contype = 'f' and there.relnamespace in (select oid from old) and here.relnamespace not in (select oid from old)
  union all
  select format('view %s', v.oid::regclass)
  from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  join pg_class v on v.oid = r.ev_class
  join pg_class t on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid
  where t.relnamespace in (select oid from old) and v.relnamespace not in (select oid from old)
  union all
  select format('column %s.%I', c.oid::regclass, a.attname)
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
  where t.typnamespace in (select oid from old) and c.relnamespace not in (select oid from old)
    and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')
) found order by 1`,
      [schemas],
    ),
  )
  return rows.map(({ object }) => object)
}

/**
 * Drops one organization's old schema and says so in the journal, in one transaction.
 * @returns false where it was gone already
 */
export async function dropOld(
  client: pg.ClientBase,
  { plan }: PlanRecord,
  { schema, id }: Organization,
): Promise<void> {
  await client.query('begin')
  try {
    await client.query("set local lock_timeout to '5s'")
    // Everything in it, and nothing outside: requireCompletable looked.
    await client.query(`drop schema if exists ${ident(schema)} cascade`)
    await client.query(`insert into rowhouse.journal (plan_id, step, operation, organization_id, object)
values (${literal(plan.id)}, ${literal(dropUnit(schema))}, 'drop_schema', ${literal(id)}, ${literal(schema)})`)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** One after the other; what `before` does for a schema (a dump) is done before that schema goes. */
export async function completeAll(
  client: pg.ClientBase,
  record: PlanRecord,
  before: (organization: Organization) => Promise<void>,
  listen: Listener,
): Promise<number> {
  const left = uncompleted(record)
  for (const [index, organization] of left.entries()) {
    await before(organization)
    await dropOld(client, record, organization)
    const place = { at: index + 1, of: left.length }
    listen({ type: 'schema-dropped', schema: organization.schema, place })
  }
  return left.length
}
