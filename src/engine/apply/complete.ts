/**
 * The end of the road: the old schemas go, one at a time, each with its row in the journal by the transaction that drops
 * it. What may fail here: what was found to be none of `obstacles` (completable.ts) is one by now.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident } from '../../postgres/identifiers.ts'
import { type OtherObject, readCatalog } from '../catalog/catalog.ts'
import { notCarriedOver } from '../plan/notCarriedOver.ts'
import type { Organization } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { readsFromItself, sourceName } from '../shapes/reading.ts'
import { textSettings } from '../verify/rowHash.ts'
import { sourceTotalsOf, type Total } from '../verify/totals.ts'
import { cameLater } from './cameLater.ts'
import { hanging } from './completable.ts'
import type { Listener } from './events.ts'
import { dropUnit, type PlanRecord, uncompleted, verifiedUnit } from './state.ts'

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
    const others = await hanging(client, [schema])
    if (others !== null) throw others
    await client.query(`drop schema ${ident(schema)} cascade`)
    // Nobody makes anything in it from here on: a table that came in the last moment is dropped too, and still seen there.
    const later = await cameLater(observer, plan, [schema])
    if (later !== null) throw later
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
