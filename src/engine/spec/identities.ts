/** Which table holds the people who sign in, and in which columns: guessed from names, or as the spec says. Pure. */
import type { Table } from '../catalog/catalog.ts'
import type { SpecFile } from './specFile.ts'

/** How rows of the old user table become users: column names, null where there is none. */
export type Identities = {
  readonly table: string
  readonly email: string
  readonly password: string | null
  readonly name: readonly string[]
  readonly active: string | null
  /** Boolean columns that make the member an owner or an admin. */
  readonly owner: string | null
  readonly admin: string | null
  readonly since: string | null
  /** A boolean column that makes the user an operator, who may look across organizations. Never guessed. */
  readonly operator: string | null
  /** True: the same e-mail in several tenants is one person with several memberships; the first tenant is home. */
  readonly merge: boolean
}

/** Where frameworks keep a password's hash: Django, most others, Devise. */
const passwords = ['password', 'password_hash', 'encrypted_password']

/** Django's user table, or any table with an e-mail and a password. */
export function guessIdentities(models: ReadonlyMap<string, Table>): Identities | null {
  const table = [...models.values()].find(
    model =>
      has(model, 'email') &&
      passwords.some(name => has(model, name)) &&
      // Who they were before is told by their key.
      model.constraints.some(({ type }) => type === 'primary'),
  )
  if (table === undefined) return null
  const column = (base: string, ...names: string[]) =>
    names.find(name => table.columns.some(candidate => candidate.name === name && candidate.base === base)) ??
    null
  return {
    table: table.name,
    email: 'email',
    password: passwords.find(name => has(table, name)) ?? null,
    name:
      has(table, 'first_name') && has(table, 'last_name')
        ? ['first_name', 'last_name']
        : ['full_name', 'name'].filter(name => has(table, name)).slice(0, 1),
    active: column('bool', 'is_active'),
    owner: column('bool', 'is_superuser', 'is_owner'),
    admin: column('bool', 'is_staff', 'is_admin'),
    since: column('timestamptz', 'date_joined', 'created_at'),
    operator: null,
    merge: false,
  }
}

/** What the spec leaves out is absent, not guessed. */
export const completeIdentities = (given: NonNullable<SpecFile['identities']> | null): Identities | null =>
  given && {
    table: given.table,
    email: given.email,
    password: given.password ?? null,
    name: given.name ?? [],
    active: given.active ?? null,
    owner: given.owner ?? null,
    admin: given.admin ?? null,
    since: given.since ?? null,
    operator: given.operator ?? null,
    merge: given.merge ?? false,
  }

/** Names of tables and columns that the decision needs and the database lacks. */
export function missingIdentityColumns(
  identities: Identities,
  models: ReadonlyMap<string, Table>,
  tables: readonly { source: string; target: unknown }[],
): string[] {
  const table = models.get(identities.table)
  if (table === undefined) return [`table "${identities.table}" (identities)`]
  if (tables.find(decision => decision.source === identities.table)?.target === null) {
    return [`a folded table "${identities.table}" (identities.table is left behind)`]
  }
  const { email, password, name: names, active, owner, admin, since, operator } = identities
  const called = (column: string) => `column "${identities.table}.${column}" (identities)`
  const isBoolean = (column: string) =>
    table.columns.some(({ name, base }) => name === column && base === 'bool')
  return [
    ...[email, password, ...names, since]
      .filter(isGiven)
      .filter(column => !has(table, column))
      .map(called),
    ...[active, owner, admin, operator]
      .filter(isGiven)
      .filter(column => !isBoolean(column))
      .map(column => (has(table, column) ? `boolean ${called(column)}` : called(column))),
  ]
}

const isGiven = (column: string | null) => column !== null

const has = (table: Table, column: string) => table.columns.some(({ name }) => name === column)
