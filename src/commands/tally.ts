/** Rows copied so far, per table and in all: how many of how many, how fast, how much longer. */
import type { Event } from '../engine/apply/events.ts'

export type Tally = {
  count(event: Event): void
  /** `hr.employees 400 of about 600; in all 520 of about 900 rows, 61,000 rows/s, 2 s left` */
  describe(table: string): string
}

/** @param now milliseconds, from any clock that only goes forward */
export function makeTally(now: () => number = () => performance.now()): Tally {
  let expected: Readonly<Record<string, number>> = {}
  let copied: Record<string, number> = {}
  let begun = now()
  return {
    count(event) {
      if (event.type === 'plan-begun') {
        expected = event.toCopy
        copied = {}
        begun = now()
      }
      if (event.type === 'step-done' && event.table !== null) {
        copied[event.table] = (copied[event.table] ?? 0) + (event.rows ?? 0)
      }
    },
    describe(table) {
      const done = sum(copied)
      // Statistics can be old: never "700 of about 600".
      const all = Math.max(sum(expected), done)
      const seconds = Math.max((now() - begun) / 1000, 0.001)
      const left = done === 0 ? '' : `, ${duration(((all - done) * seconds) / done)} left`
      const here = copied[table] ?? 0
      const ofTable = Math.max(Math.round(expected[table] ?? 0), here)
      return `${table} ${number(here)} of about ${number(ofTable)}; in all ${number(done)} of about ${number(all)} rows, ${number(done / seconds)} rows/s${left}`
    },
  }
}

const sum = (of: Readonly<Record<string, number>>) =>
  Object.values(of).reduce((total, rows) => total + rows, 0)

const number = (of: number) => Math.round(of).toLocaleString('en-US')

/** `8 s`, `3 min`, `2 h 5 min` */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
