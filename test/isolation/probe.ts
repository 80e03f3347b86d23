/**
 * One attempt of one organization at the others, as SQL. It must be answered as if the others did not exist: the
 * same probe in a database that they were taken out of gives the same outcome.
 */
import type { Outcome } from './session.ts'

export type Probe = {
  /** Unique among the probes; what a leak is reported under. */
  readonly name: string
  /** The table it aims at. */
  readonly table?: string
  /** Undone afterwards; the last one's outcome counts, and gets the values. */
  readonly sql: readonly string[]
  readonly values?: readonly unknown[]
  /** SQLSTATEs of which one must come; without it, success and failure are both good. */
  readonly refused?: RegExp
  /** Its numbers are sums and counts, in which a canary means nothing. */
  readonly sums?: boolean
  /** Says other things at every run (costs, ids, times), or about the whole server: not compared, only looked through. */
  readonly varies?: boolean
  /** Needs a session that logged in as the authenticator: a disguised superuser would get further. */
  readonly login?: boolean
  /** It writes rows that carry what belongs to a victim: what comes back is the attacker's own doing. */
  readonly echoes?: boolean
}

/** An outcome as text, to be compared: rows without their order, messages, counts. */
export const outcomeText = ({ rows, rowCount, code, said, copied }: Outcome): string =>
  JSON.stringify([
    code ?? 'done',
    rowCount,
    rows.map(row => JSON.stringify(row)).sort(),
    said,
    copied.split('\n').sort(),
  ])
