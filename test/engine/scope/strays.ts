/** Rows of the sell-out sample that are not their true owner's, found without asking the rules. */
import { literal, qualified } from '../../../src/postgres/identifiers.ts'
import { owners, ownersOf } from '../selloutOwners.ts'
import { change } from './customer.ts'

/** Rows by table; tables without any are left out. */
export async function strays(url: string): Promise<Record<string, number>> {
  const slugs = ownersOf(3).map(
    ({ no, name }) => `(${no}, ${literal(name === 'nobody' ? 'default-org' : name)})`,
  )
  const found: Record<string, number> = {}
  for (const [table, owner] of Object.entries(owners)) {
    const { rows } = await change(
      url,
      `select count(*)::int as n from ${qualified('public', table)} t
join organizations o on o.id = t.client_id
join (values ${slugs.join(', ')}) as truth (no, slug) on truth.no = ${owner}
where o.slug <> truth.slug`,
    )
    if (rows[0].n > 0) found[table] = rows[0].n
  }
  return found
}
