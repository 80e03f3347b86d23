/** The systems that are walked through: what the walk has to know of each and cannot read from its catalog. */
import { maximumTenants } from '../../src/engine/sample/canary.ts'
import { sampleTenant, tenantSchemas } from '../../src/engine/sample/tenants.ts'

export type System = {
  readonly name: string
  /** The finished database, by its name in test/helpers/templates.ts. */
  readonly template: string
  /** Where the shared tables are. */
  readonly schema: string
  /** Where the house's own are, and where its people are, which need not be the same. */
  readonly core: Core
  /** Which canary an organization carries, by its slug. */
  readonly noOf: (slug: string) => number
  /** Schemas of the old system in which nobody but the owner may look. */
  readonly old: readonly string[]
  /** Whether two organizations can have rows with the same key. */
  readonly keysCollide: boolean
  /**
   * Of calls to the API that are alike (one list, other fields and operators) every so many is made. The house and the
   * server are the same everywhere: one system is walked whole, of the others every table, relation and mutation.
   */
  readonly everyCall: number
}

/** Another one makes other calls and other changes: `ROWHOUSE_TEST_ROUND=2 npm test -- test/isolation`. */
export const round = Number(process.env.ROWHOUSE_TEST_ROUND ?? 0)

export type Core = { readonly schema: string; readonly users: string }

const folded = (name: string): System => ({
  name,
  template: `${name}-folded`,
  schema: name,
  core: { schema: 'app_public', users: 'app_public' },
  noOf,
  old: tenantSchemas(3),
  keysCollide: true,
  everyCall: 3,
})

/** Whole; with ROWHOUSE_TEST_EVERY=3, like the others. */
export const hr: System = {
  ...folded('hr'),
  template: 'hr-whole-folded',
  everyCall: Number(process.env.ROWHOUSE_TEST_EVERY ?? 1),
}

/** One schema for all; what belongs to no company is the default organization's, with the last canary that there is. */
const sellout: System = {
  name: 'sellout',
  template: 'sellout-scoped',
  schema: 'public',
  core: { schema: 'public', users: 'app_public' },
  noOf: slug => (slug === 'default-org' ? maximumTenants : noOf(slug)),
  old: [],
  keysCollide: false,
  everyCall: 3,
}

export const systems: readonly System[] = [hr, folded('finance'), sellout]

function noOf(slug: string): number {
  for (let no = 1; no < 100; no++) if (sampleTenant(no).schema === slug) return no
  throw new Error(`"${slug}" is no tenant of the sample`)
}

/** Names of the house's own tables, wherever they are. */
const own =
  /^(organizations|users|user_organizations|domains|legacy_identities|audit_log|operators|user_secrets)$/

/** Whether a table is the house's own, and not the system's: `app_public.users`. */
export function isCore({ schema, users }: Core, table: string): boolean {
  const [place, name = ''] = table.split('.')
  if (place?.startsWith('app_') || place === 'rowhouse') return true
  return own.test(name) && place === (name === 'users' ? users : schema)
}
