/** The plan as a value: what apply does, verify checks and cancel undoes. planner.ts makes it. */
import type { Roles } from '../../postgres/roles.ts'
import type { PlannedCode } from '../code/planned.ts'
import type { Operation } from '../operations/index.ts'
import type { Scoping } from '../scope/plan.ts'
import type { PlannedType } from '../shapes/sharedTypes.ts'
import type { Identities } from '../spec/identities.ts'
import type { Discover } from '../spec/specFile.ts'
import type { SourceAddress } from './source.ts'
import type { PlannedTable } from './targetTable.ts'
import type { TypicalQuery } from './typical.ts'

export type Organization = {
  /** A uuid of version 5 over registry and schema name. */
  readonly id: string
  /** The tenant's schema; the slug again, where tenants had none. */
  readonly schema: string
  readonly name: string
  readonly slug: string
  readonly domains: readonly { readonly domain: string; readonly isPrimary: boolean }[]
}

export type Seen = {
  /** Of the source's schemas (stamps.ts): the organizations' and these. */
  readonly stamp: string
  readonly schemas: readonly string[]
  /** Where the tenants are listed, if they are. */
  readonly registry: { readonly schema: string; readonly table: string; readonly column: string } | null
}

export type Plan = PlannedCode & {
  readonly version: 1
  /** A digest of everything below. */
  readonly id: string
  /** One schema per tenant, folded; or one customer's database, scoped in place. */
  readonly kind: 'schemas' | 'single'
  /** A digest of the source tables' shapes: apply refuses when it changed. */
  readonly fingerprint: string
  /** What the source was like just before it was read. No part of `id`: it says when, not what. */
  readonly seen?: Seen
  readonly roles: Roles
  readonly coreSchema: string
  /** Of the core's `users`: the core schema, unless that has a legacy table of the name. */
  readonly usersSchema: string
  readonly targetSchema: string
  readonly scopeColumn: string
  readonly workspace: string
  readonly keepOldFor: string
  /** Where the old schemas are; null: in the database itself. */
  readonly source: SourceAddress | null
  /** How the tenants were found; null: by looking. */
  readonly discover: Discover | null
  readonly organizations: readonly Organization[]
  readonly types: readonly PlannedType[]
  readonly tables: readonly PlannedTable[]
  readonly identities: Identities | null
  /** Tables of the tenants that stay where they are, and tenants that were left out: decided, not forgotten. */
  readonly left: readonly string[]
  readonly skipped: readonly string[]
  /** Tenants that do not fit, and why: they stay where they are. */
  readonly blocked: readonly { readonly schema: string; readonly reason: string }[]
  /** Asked before and after. */
  readonly typical: readonly TypicalQuery[]
  /** Null where schemas are folded. */
  readonly scoping: Scoping | null
  readonly operations: readonly Operation[]
}

/** The schemas that get something. */
export const schemasOf = ({
  types,
  tables,
  functions,
  views,
}: Pick<Plan, 'types' | 'tables' | 'functions' | 'views'>): string[] => [
  ...new Set([...types, ...tables, ...functions, ...views].map(({ target }) => target.schema)),
]

/** Kind and name of what is one for all now, as inspection calls it. */
export const carriedOver = ({ functions, views, triggers }: PlannedCode): ReadonlySet<string> =>
  new Set([...functions, ...views, ...triggers].map(({ source }) => source))

/** The planned table of a source name. */
export function tableOf(plan: Pick<Plan, 'tables'>, source: string): PlannedTable {
  const table = plan.tables.find(candidate => candidate.source === source)
  if (table === undefined) throw new Error(`the plan has no table ${source}`)
  return table
}

/** Asked once for each unit: looking through ten thousand each time would take minutes. */
const bySchema = new WeakMap<readonly Organization[], Map<string, Organization>>()

/** The organization of a tenant's schema. */
export function organizationOf(plan: Pick<Plan, 'organizations'>, schema: string): Organization {
  let known = bySchema.get(plan.organizations)
  if (known === undefined) {
    known = new Map(plan.organizations.map(one => [one.schema, one]))
    bySchema.set(plan.organizations, known)
  }
  const organization = known.get(schema)
  if (organization === undefined) throw new Error(`the plan has no organization for schema ${schema}`)
  return organization
}
