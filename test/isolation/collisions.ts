/**
 * Uuids are another tenant's nowhere, so that a condition that forgets the wall would still find nobody else's row.
 * The wall must hold without that luck: here most rows of the victims get the keys of the attacker's, as numbers have
 * anyway, and whatever refers to them goes along. Every eighth row keeps its own, so that there are keys to aim with.
 */
import type pg from 'pg'
import { ident, literal } from '../../src/postgres/identifiers.ts'
import type { Table } from './catalog.ts'
import type { House } from './house.ts'
import { isPlanted } from './plants.ts'

export async function collide(
  admin: pg.Client,
  tables: readonly Table[],
  { attacker, victims }: House,
): Promise<void> {
  const ofUuids = tables.filter(
    table =>
      isPlanted(table) && table.columns.some(({ name, type }) => name === table.key[0] && type === 'uuid'),
  )
  if (ofUuids.length === 0) return
  const others = victims.map(({ id }) => literal(id)).join(', ')
  // Foreign keys would want an order in which this can be done.
  await admin.query('begin; set local session_replication_role to replica')
  await admin.query(
    'create temporary table collisions (scope uuid, old uuid, new uuid, primary key (scope, old)) on commit drop',
  )
  for (const { name, key, scope } of ofUuids) {
    const [one, owner] = [ident(key[0] as string), ident(scope as string)]
    const ranked = `select ${owner} as scope, ${one} as id, row_number() over (partition by ${owner} order by ${one}) as n from ${name}`
    await admin.query(
      `insert into collisions select v.scope, v.id, a.id from (${ranked}) v join (${ranked}) a using (n)
       where v.scope in (${others}) and a.scope = '${attacker.id}' and v.id <> a.id and n % 8 <> 0`,
    )
  }
  await admin.query('analyze collisions')
  for (const { name, kind, scope, core, columns } of tables) {
    if (kind !== 'r' || scope === undefined || core) continue
    for (const column of columns.filter(one => one.name !== scope && !one.generated)) {
      const own = ident(column.name)
      const theirs = `t.${ident(scope)} in (${others})`
      if (column.type === 'uuid') {
        await admin.query(
          `update ${name} t set ${own} = c.new from collisions c where ${theirs} and c.scope = t.${ident(scope)} and c.old = t.${own}`,
        )
      } else if (column.type === 'uuid[]') {
        await admin.query(
          `update ${name} t set ${own} = array(select coalesce(c.new, u.one) from unnest(t.${own}) with ordinality u (one, n)
             left join collisions c on c.scope = t.${ident(scope)} and c.old = u.one order by u.n)
           where ${theirs} and t.${own} <> '{}'`,
        )
      }
    }
  }
  // Which row of the old user table somebody is.
  for (const { name, columns } of tables.filter(({ core }) => core)) {
    if (!columns.some(column => column.name === 'legacy_id')) continue
    await admin.query(
      `update ${name} t set legacy_id = c.new from collisions c where c.scope = t.organization_id and c.old::text = t.legacy_id::text`,
    )
  }
  await admin.query('commit')
}
