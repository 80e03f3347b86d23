/**
 * What must hold before anything starts: rights, and people who can sign in. Whatever is missing is said at once, with the
 * SQL that mends it.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Roles } from '../../postgres/roles.ts'
import type { Core } from '../apply/core.ts'
import { type Catalog, readOnly } from '../catalog/catalog.ts'
import { readsPlainly, sourceName } from '../shapes/reading.ts'
import { type Plan, tableOf } from './plan.ts'

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
  const unread = unreadable(catalog, sources)
  missing.push(...unread.missing)
  remedies.push(...unread.remedies)
  if (missing.length > 0) throw lacksRights(catalog, missing, remedies)
}

/** The same of a source on another server: nothing but reading. @throws RowhouseError RH104 */
export function requireReadable(catalog: Catalog, sources: ReadonlySet<string>): void {
  const { missing, remedies } = unreadable(catalog, sources)
  if (missing.length > 0) throw lacksRights(catalog, missing, remedies)
}

function unreadable(
  { server, tables }: Catalog,
  sources: ReadonlySet<string>,
): { missing: string[]; remedies: string[] } {
  const login = ident(server.user)
  const unread = tables.filter(table => sources.has(table.schema) && !table.readable)
  const [first] = unread
  if (first === undefined) return { missing: [], remedies: [] }
  return {
    missing: [`read ${unread.length} tables (${qualified(first.schema, first.name)} …)`],
    remedies: [...new Set(unread.map(table => table.schema))].map(
      schema =>
        `grant usage on schema ${ident(schema)} to ${login}; grant select on all tables in schema ${ident(schema)} to ${login}; grant select on all sequences in schema ${ident(schema)} to ${login};`,
    ),
  }
}

const lacksRights = ({ server }: Catalog, missing: readonly string[], remedies: readonly string[]) =>
  new RowhouseError('RH104', {
    message: `the login ${ident(server.user)} may not ${missing.join(', and may not ')}`,
    hint: `as a superuser in database "${server.database}":\n${remedies.join('\n')}`,
  })

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
