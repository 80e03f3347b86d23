/** What must hold before anything starts: rights, and people who can sign in. Whatever is missing is said at once, with the SQL that mends it. */
import type pg from 'pg'
import { RowhouseError } from '../errors.ts'
import { ident, literal, qualified } from '../postgres/identifiers.ts'
import type { Roles } from '../postgres/roles.ts'
import { type Catalog, readOnly } from './catalog.ts'
import type { Core } from './core.ts'
import { type Plan, tableOf } from './plan.ts'
import { readsPlainly, sourceName } from './shapes/reading.ts'

/**
 * @throws RowhouseError RH104: the message names what is missing, the hint is SQL for a superuser
 */
export function requireRights(
  catalog: Catalog,
  roles: Roles,
  core: Core,
  sources: ReadonlySet<string>,
): void {
  const { server } = catalog
  if (server.isSuperuser) return
  const missing: string[] = []
  const remedies: string[] = []
  const login = ident(server.user)

  const needed = [roles.owner, roles.definer, roles.auditor, roles.bridge]
  const absent = Object.values(roles).filter(role => !server.roles.includes(role))
  const foreign = needed.filter(role => !absent.includes(role) && !server.memberOf.includes(role))
  if (absent.length > 0 && !server.mayCreateRoles) {
    missing.push(`create the roles ${absent.join(', ')}`)
    remedies.push(core.roles)
  } else if (foreign.length > 0) {
    missing.push(`become ${foreign.join(', ')}`)
    remedies.push(`grant ${foreign.map(ident).join(', ')} to ${login};`)
  }
  if (!server.mayCreateSchemas) {
    missing.push(`create schemas in database "${server.database}"`)
    remedies.push(`grant create on database ${ident(server.database)} to ${login};`)
  }
  const unreadable = catalog.tables.filter(table => sources.has(table.schema) && !table.readable)
  if (unreadable.length > 0) {
    const [first] = unreadable
    missing.push(`read ${unreadable.length} tables (${first ? qualified(first.schema, first.name) : ''} …)`)
    for (const schema of new Set(unreadable.map(table => table.schema))) {
      remedies.push(
        `grant usage on schema ${ident(schema)} to ${login}; grant select on all tables in schema ${ident(schema)} to ${login}; grant select on all sequences in schema ${ident(schema)} to ${login};`,
      )
    }
  }
  if (missing.length === 0) return
  throw new RowhouseError('RH104', {
    message: `the login ${login} may not ${missing.join(', and may not ')}`,
    hint: `as a superuser in database "${server.database}":\n${remedies.join('\n')}`,
  })
}

/** Tenants asked in one statement. */
const batch = 100

/**
 * Two people of one tenant with the same address cannot both sign in with it: said before anything is copied.
 * @throws RowhouseError RH115, naming tenants and addresses
 */
export async function refuseDuplicateLogins(client: pg.ClientBase, plan: Plan): Promise<void> {
  const { identities, organizations } = plan
  if (identities === null) return
  const table = tableOf(plan, identities.table)
  const email = ident(identities.email)
  const address = identities.merge ? `lower(${email})` : email
  const found: { schema: string; address: string }[] = []
  for (let start = 0; start < organizations.length; start += batch) {
    const text = organizations
      .filter(({ schema }) => readsPlainly(table, schema, [identities.email]))
      .slice(start, start + batch)
      .map(
        ({ schema }) =>
          `select ${literal(schema)} as schema, min(${address}::text) as address from ${sourceName(table, schema)} where ${email} <> '' group by ${address} having count(*) > 1`,
      )
      .join('\nunion all\n')
    if (text === '') break
    const { rows } = await readOnly(client, () => client.query<{ schema: string; address: string }>(text))
    found.push(...rows)
  }
  if (found.length === 0) return
  const named = found.slice(0, 5).map(({ schema, address }) => `${schema}.${identities.table}: ${address}`)
  throw new RowhouseError('RH115', {
    message: `${found.length} addresses belong to several people of one tenant: ${named.join(', ')}${found.length > 5 ? ' …' : ''}`,
    hint: 'give each an address of its own, or make no users for now: identities: null in the spec',
  })
}
