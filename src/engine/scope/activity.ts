/**
 * Who would lose access by the last phase, and whether they are still at work. pg_stat_statements counts calls and
 * keeps no times, so we count, and compare with what we counted an hour ago.
 */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'

export type Activity = {
  /** Roles that have rights on the tables now, and will have none. */
  readonly losing: readonly string[]
  /** Role → why it counts as at work. */
  readonly active: ReadonlyMap<string, string>
  /** Why it is not known who is at work; null where it is. */
  readonly unknown: string | null
}

/** Everybody with rights on a scoped table now, but superusers and the house's own. */
async function losing(client: pg.ClientBase, plan: Plan): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select distinct r.rolname as role
from unnest($1::text[]) as t (name)
join pg_class c on c.oid = to_regclass(t.name)
join lateral (
  select a.grantee as oid from aclexplode(c.relacl) a union select c.relowner
  union select a.grantee from pg_attribute k, aclexplode(k.attacl) a where k.attrelid = c.oid
) g on true
join pg_roles r on r.oid = g.oid
where not r.rolsuper and not r.rolname = any ($2)
order by 1`,
    [plan.tables.map(nameOf), Object.values(plan.roles)],
  )
  return rows.map(({ role }) => role)
}

/** Calls by role, or null where pg_stat_statements is not there or not to be read. */
async function calls(client: pg.ClientBase, roles: readonly string[]): Promise<Map<string, string> | null> {
  const { rows: where } = await client.query<{ schema: string }>(
    `select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`,
  )
  const [place] = where
  if (place === undefined) return null
  try {
    const { rows } = await client.query<{ role: string; calls: string }>(
      `select r.rolname as role, coalesce(sum(s.calls), 0)::bigint::text as calls
from pg_roles r left join ${ident(place.schema)}.pg_stat_statements s
  on s.userid = r.oid and s.dbid = (select oid from pg_database where datname = current_database())
where r.rolname = any ($1) group by 1`,
      [roles],
    )
    return new Map(rows.map(({ role, calls: count }) => [role, count]))
  } catch {
    // Installed and not loaded, or not for us to read.
    return null
  }
}

/** Looks, and writes down what it saw for the next look. The plan must have been begun. */
export async function observe(client: pg.ClientBase, plan: Plan): Promise<Activity> {
  const roles = await losing(client, plan)
  const active = new Map<string, string>()
  const { rows: connected } = await client.query<{ role: string; sessions: string }>(
    `select usename as role, count(*) as sessions from pg_stat_activity
where datname = current_database() and usename = any ($1) group by 1`,
    [roles],
  )
  for (const { role, sessions } of connected) active.set(role, `${sessions} sessions are connected`)
  const counted = await calls(client, roles)
  if (counted === null) {
    return { losing: roles, active, unknown: 'pg_stat_statements is not installed, or not readable' }
  }
  const { rows: before } = await client.query<{ role: string; since: string | null; known: boolean }>(
    `select role_name as role, bool_or(seen_at < now() - interval '1 hour') as known,
  max(calls) filter (where seen_at < now() - interval '1 hour')::text as since
from rowhouse.activity where plan_id = $1 group by 1`,
    [plan.id],
  )
  const known = new Map(before.map(row => [row.role, row]))
  for (const [role, now] of counted) {
    const then = known.get(role)
    if (active.has(role)) continue
    if (!then?.known) active.set(role, 'it was not watched for an hour yet')
    else if (BigInt(then.since ?? 0) !== BigInt(now)) active.set(role, 'it sent statements in the last hour')
  }
  await client.query(
    `insert into rowhouse.activity (plan_id, role_name, calls)
select p.id, seen.role, seen.calls from rowhouse.plans p, unnest($2::text[], $3::bigint[]) as seen (role, calls) where p.id = $1
on conflict do nothing`,
    [plan.id, [...counted.keys()], [...counted.values()]],
  )
  return { losing: roles, active, unknown: null }
}
