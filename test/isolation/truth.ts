/** What is true, asked as a superuser in plain SQL, past every wall. */
import type pg from 'pg'
import { ident } from '../../src/postgres/identifiers.ts'
import type { Catalog, Table } from './catalog.ts'
import type { House } from './house.ts'

/** Table → hash of every row that is not the attacker's: whatever the attacker does, it stays. */
export async function checksums(
  admin: pg.Client,
  tables: readonly Table[],
  house: House,
): Promise<Map<string, string>> {
  const sums = new Map<string, string>()
  for (const { name, scope, kind } of tables) {
    if (kind !== 'r') continue
    const others = scope === undefined ? 'true' : `${ident(scope)} is distinct from '${house.attacker.id}'`
    const { rows } = await admin.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '') as sum
       from ${name} t where ${others}`,
    )
    sums.set(name, rows[0]?.sum ?? '')
  }
  return sums
}

/** Takes every row of the victims away: what is left cannot know of them. */
export async function forgetVictims(
  admin: pg.Client,
  { tables, core }: Catalog,
  house: House,
): Promise<void> {
  const victims = house.victims.map(({ id }) => id)
  await admin.query('begin; set local session_replication_role to replica')
  await admin.query(
    `delete from app_private.user_secrets s using ${core.users}.users u
     where u.id = s.user_id and u.organization_id = any ($1)`,
    [victims],
  )
  for (const { name, scope, kind } of tables) {
    if (kind === 'r' && scope !== undefined) {
      await admin.query(`delete from ${name} where ${ident(scope)} = any ($1)`, [victims])
    }
  }
  await admin.query('commit')
}
