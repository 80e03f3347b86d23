/**
 * Isolation, asked as a tenant would: in each organization's sealed context the visitor sees no row of another, no row
 * more than the organization has, and without a context none at all. Fewer is the doors' business, and is told.
 */
import type pg from 'pg'
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Listener } from '../apply/events.ts'
import type { Organization, Plan } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { digest } from '../shapes/shape.ts'
import type { Mismatch } from './compareRows.ts'
import { asMember } from './member.ts'
import { sharing } from './shared.ts'
import { batch } from './totals.ts'

export type Probed = {
  readonly mismatches: readonly Mismatch[]
  /** Tables of which an owner sees fewer rows than there are: somebody narrowed their doors. */
  readonly narrowed: ReadonlySet<string>
}

/** Each connection asks for an organization of its own. */
export function probing(plan: Plan, listen: Listener) {
  const seen = new Map<string, readonly Seen[]>()
  let bare: readonly Mismatch[] = []
  return {
    work: sharing<Organization | null, pg.ClientBase>([null, ...plan.organizations], async (client, own) => {
      if (own === null) {
        bare = await withoutContext(client, plan)
        return
      }
      seen.set(own.id, (await asMember(client, plan, own, () => counted(client, plan, own))) ?? [])
      const place = { at: seen.size, of: plan.organizations.length }
      listen({ type: 'probed', organization: own.slug, place })
    }),
    /**
     * When everybody is done.
     * @param expected by table name, by organization id: how many rows there are
     */
    found(expected: ReadonlyMap<string, ReadonlyMap<string, number>>): Probed {
      const narrowed = new Set<string>()
      const mismatches = plan.organizations.flatMap(one =>
        judged(seen.get(one.id) ?? [], one, expected, narrowed),
      )
      return { mismatches: [...bare, ...mismatches], narrowed }
    },
  }
}

function judged(
  seen: readonly Seen[],
  { id, slug }: Organization,
  expected: ReadonlyMap<string, ReadonlyMap<string, number>>,
  narrowed: Set<string>,
): Mismatch[] {
  return seen.flatMap(({ table, rows, foreign }) => {
    const own = expected.get(table)?.get(id) ?? 0
    if (rows < own) narrowed.add(table)
    const reason =
      foreign > 0
        ? `a member sees ${foreign} rows of other organizations`
        : rows > own
          ? `a member sees ${rows} rows, the organization has ${own}`
          : null
    return reason === null ? [] : [{ organization: slug, table, key: null, reason }]
  })
}

type Seen = { readonly table: string; readonly rows: number; readonly foreign: number }

/** What a member may count, by table. */
async function counted(client: pg.ClientBase, plan: Plan, { id }: Organization): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let start = 0; start < plan.tables.length; start += batch) {
    const text = plan.tables
      .slice(start, start + batch)
      .map(
        table => `select ${literal(nameOf(table))} as table, count(*) as rows,
  ${table.merge === null ? `count(*) filter (where ${ident(plan.scopeColumn)} is distinct from $1)` : '0'} as foreign from ${nameOf(table)}`,
      )
      .join('\nunion all\n')
    // Prepared once for all organizations: to plan it anew for each took half as long as to count (1,000 tenants).
    const { rows } = await client.query<{ table: string; rows: string; foreign: string }>({
      name: digest(text),
      text,
      values: [id],
    })
    seen.push(
      ...rows.map(row => ({ table: row.table, rows: Number(row.rows), foreign: Number(row.foreign) })),
    )
  }
  return seen
}

/** No table may show a row; one that examines a row refuses (RH001). */
async function withoutContext(client: pg.ClientBase, plan: Plan): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  for (const table of plan.tables) {
    await client.query('begin')
    try {
      await client.query(`set local role ${plan.roles.visitor}`)
      await client.query('set local row_security to on')
      const { rows } = await client.query<{ any: boolean }>(
        `select exists (select from ${nameOf(table)}) as any`,
      )
      if (rows[0]?.any) {
        mismatches.push({
          organization: null,
          table: nameOf(table),
          key: null,
          reason: 'shows rows without a context',
        })
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'RH001') throw error
    } finally {
      await client.query('rollback').catch(() => {})
    }
  }
  return mismatches
}
