/** Counts failed logins, so that guessing takes years. In memory, of this process, and bounded. */
import { RowhouseError } from '../errors.ts'

export type Attempts = {
  /**
   * Counts an attempt before its outcome is known: parallel guesses count too.
   * @throws RowhouseError RH429; `secondsLeft` says how long
   */
  begin(address: string, email: string, organization: string): void
  succeeded(address: string, email: string, organization: string): void
}

export class TooManyAttempts extends RowhouseError {
  readonly secondsLeft: number

  constructor(secondsLeft: number) {
    super('RH429', {
      message: 'too many failed logins from this address for this e-mail',
      hint: `wait ${secondsLeft} seconds`,
    })
    this.secondsLeft = secondsLeft
  }
}

type Options = {
  readonly limit?: number
  readonly seconds?: number
  readonly most?: number
  readonly now?: () => number
}

/** @param options limit (10) attempts in a window of seconds (900); at most `most` (10,000) pairs are remembered */
export function countAttempts(options: Options = {}): Attempts {
  const { limit = 10, seconds = 900, most = 10_000, now = () => Date.now() / 1000 } = options
  const counts = new Map<string, { count: number; readonly until: number }>()
  // The organization is part of it: who may sign in to one must not win guesses at another. Letters that Postgres would
  // fold into each other count as one, or each spelling would be a counter of its own.
  const keyOf = (address: string, email: string, organization: string) =>
    `${address} ${organization.slice(0, 63)} ${email.slice(0, 254).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()}`

  return {
    begin(address, email, organization) {
      const key = keyOf(address, email, organization)
      const known = counts.get(key)
      const entry = known !== undefined && known.until > now() ? known : { count: 0, until: now() + seconds }
      if (entry.count >= limit) throw new TooManyAttempts(Math.ceil(entry.until - now()))
      entry.count += 1
      // Put last: when there are too many, the first are those whose window ends first.
      counts.delete(key)
      counts.set(key, entry)
      for (const oldest of counts.keys()) {
        if (counts.size <= most) break
        counts.delete(oldest)
      }
    },
    succeeded(address, email, organization) {
      counts.delete(keyOf(address, email, organization))
    },
  }
}
