/**
 * What a plan has beside the rest when one customer's database is scoped in place: phases, each a step forward and
 * back, and for every table by what rule its rows find their organization.
 */
import type { TableName } from '../plan/targetTable.ts'

/** In order. The old application runs unchanged until the last. */
export const phases = ['expand', 'assign', 'index', 'protect', 'enforce'] as const

export type Phase = (typeof phases)[number]

/** `phase_1` … `phase_5`, as the journal and migration_log call them. */
export const phaseName = (phase: Phase): string => `phase_${phases.indexOf(phase) + 1}`

/** How a row finds its organization. No rule: it is the default organization's. */
export type Rule =
  /** The column's text is an organization's slug, its name, or one of the values that the spec gives it. */
  | { readonly by: 'column'; readonly column: string }
  /** An SQL expression over the row `t` that gives a slug as text. */
  | { readonly by: 'sql'; readonly expression: string }
  /** A table from `key` to `organization` (a slug, a name, a given value); looked up by the row's column `on`. */
  | {
      readonly by: 'map'
      readonly table: TableName
      readonly on: string
      readonly key: string
      readonly organization: string
    }
  /** The parent row's owner is this row's: `columns` refer to the parent's `keys`. Declared or not. */
  | {
      readonly by: 'parent'
      /** The parent's `source`. */
      readonly parent: string
      readonly columns: readonly string[]
      readonly keys: readonly string[]
    }

/** A reference between two scoped tables that must stay inside one organization. */
export type ScopedReference = {
  readonly from: string
  readonly columns: readonly string[]
  readonly to: string
  readonly keys: readonly string[]
}

/** What is true of one scoped table today, and what is decided of it. `source` is the name in plan.tables. */
export type ScopedTable = {
  readonly source: string
  /** Null: its rows are the default organization's, as those are for which a rule gives nothing. */
  readonly rule: Rule | null
  /** The role that owns it today. */
  readonly owner: string
  /** Whether a foreign key checks the parent at once: then its own lock on the parent is no further one. */
  readonly waits: boolean
  /** What is replaced by a counterpart through the scope column, and goes at the end. */
  readonly replaced: Replaced
}

export type Replaced = {
  readonly foreignKeys: readonly { readonly name: string; readonly definition: string }[]
  /** Unique constraints and indexes; the definition is what follows `add constraint <name>`, or the whole statement. */
  readonly uniques: readonly {
    readonly name: string
    readonly isConstraint: boolean
    readonly definition: string
    /** A constraint that cannot stand beside the old one; null where the index that is there already is the counterpart. */
    readonly instead: { readonly name: string; readonly definition: string } | null
  }[]
  /** The primary key, and the unique index that becomes it. */
  readonly primaryKey: {
    readonly name: string
    readonly definition: string
    readonly index: string
  } | null
}

export type Grant = {
  /** `PUBLIC` for everybody. */
  readonly grantee: string
  readonly privilege: string
  /** Null: on the table. */
  readonly column: string | null
  readonly grantable: boolean
}

export type Scoping = {
  /** Slug of the organization whose rows need no rule. */
  readonly defaultOrganization: string
  /** By organization's slug: further values that rules find it by. */
  readonly values: Readonly<Record<string, readonly string[]>>
  /** In the order in which owners are found: parents first. */
  readonly tables: readonly ScopedTable[]
  readonly references: readonly ScopedReference[]
  /** `schema.name` of tables that stay everybody's. */
  readonly global: readonly string[]
  /** Roles that keep full sight until the end: they have rights today, own tables, or connect. */
  readonly roles: readonly string[]
}
