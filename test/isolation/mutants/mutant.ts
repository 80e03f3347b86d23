/** One change to a database that breaks the isolation in one place, and which probes are about it. */
import type { Role } from '../house.ts'
import type { Probe } from '../probe.ts'

export type Mutant = {
  readonly name: string
  /** What many tables have alike. Absent: it is the only one of its kind. */
  readonly kind?: string
  readonly sql: readonly string[]
  /** What a rollback does not undo. */
  readonly undo?: string
  /** The probes that are about it; all the others would only cost time. */
  readonly focus: (probe: Probe) => boolean
  /** Who notices it. Default: a member. */
  readonly role?: Role
  /** What it makes is not in the catalog that the probes were made from. */
  readonly isNew?: boolean
}

export const about = (name: string) => (probe: Probe) => probe.table === name
export const aboutIts = (name: string, pattern: RegExp) => (probe: Probe) =>
  probe.table === name && pattern.test(probe.name)
export const named = (pattern: RegExp) => (probe: Probe) => pattern.test(probe.name)
