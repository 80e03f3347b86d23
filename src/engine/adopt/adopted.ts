/** What a target table brings that was there before the plan. */
import type { SharedColumn } from '../shapes/reading.ts'

export type Adopted = {
  /** Columns that the tenants do not have. */
  readonly extra: readonly SharedColumn[]
  /** Names of planned constraints and indexes that it has already. */
  readonly constraints: readonly string[]
  readonly indexes: readonly string[]
  /** Foreign keys of those that were never checked. */
  readonly unchecked: readonly string[]
  /** Planned tables (old names) that rows must be in before they can be referred to from here. */
  readonly after: readonly string[]
  /** The scope column has no default yet. */
  readonly lacksDefault: boolean
  readonly owner: string
  readonly rowSecurity: boolean
  /** It has policies, or row security: its doors are somebody's, and stay. */
  readonly hasDoors: boolean
  /** The wall stands already. */
  readonly isProtected: boolean
}
