/** The decisions for one customer's database, every key with a value: what the file says, else what inspection found. */
import type { Doors } from '../doors.ts'
import type { Identities } from '../identities.ts'
import type { Rule } from './plan.ts'

export type ScopeDecision = {
  /** `users` in the main schema, `schema.users` elsewhere. */
  readonly source: string
  readonly schema: string
  readonly name: string
  /** False: stays everybody's. */
  readonly scoped: boolean
  /** Null: the default organization's. */
  readonly rule: Rule | null
  readonly otherwiseDefault: boolean
  readonly secret: readonly string[]
  readonly doors: Exclude<Doors, 'private'>
  readonly global: readonly (readonly string[])[]
}

export type ScopeSpec = {
  readonly kind: 'single'
  readonly scopeColumn: string
  readonly coreSchema: string
  readonly workspace: string
  readonly defaultOrganization: { readonly slug: string; readonly name: string }
  readonly organizations: readonly {
    readonly slug: string
    readonly name: string
    readonly match: readonly string[]
  }[]
  readonly root: string | null
  /** In the order in which owners are found: parents before their children. */
  readonly tables: readonly ScopeDecision[]
  readonly compositeKeys: boolean
  readonly accept: readonly string[]
  readonly identities: Identities | null
}
