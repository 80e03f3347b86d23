/**
 * A large table of one tenant is copied in ranges of its key, each a unit of its own, so that several connections share
 * it and a crash costs one range. Bounds are what the planner's statistics know already; ranges reach from each bound to
 * the next, the first and the last without end, and so have every row once however old the statistics are. Pure.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { KeyBounds } from '../catalog/catalog.ts'
import { mostBytes, mostRows, type Size } from '../catalog/large.ts'

/** `from <= column < to`; null: without end. */
export type KeyRange = {
  readonly column: string
  readonly from: string | null
  readonly to: string | null
  /** Which it is, counted from 1, of how many. */
  readonly part: number
  readonly of: number
}

/** Empty where one unit will do, or nobody knows where to part it. */
export function keyRanges(size: Size, bounds: KeyBounds | undefined): KeyRange[] {
  const values = bounds === undefined ? [] : ascending(bounds.values)
  const wanted = Math.ceil(Math.max(size.rows / mostRows, size.bytes / mostBytes))
  const parts = Math.min(wanted, values.length + 1)
  if (bounds === undefined || parts < 2) return []
  const cuts = Array.from({ length: parts - 1 }, (_, at) => {
    const place = Math.round(((at + 1) * (values.length + 1)) / parts) - 1
    return values[place] as string
  })
  return [null, ...cuts].map((from, at) => ({
    column: bounds.column,
    from,
    to: cuts[at] ?? null,
    part: at + 1,
    of: parts,
  }))
}

/** In Postgres' order, each once: integers by value, uuids by their digits. A range the wrong way round would be none. */
function ascending(values: readonly string[]): string[] {
  const numbers = values.every(value => /^-?\d+$/.test(value))
  const inOrder = numbers
    ? [...values].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0))
    : [...values].sort()
  return inOrder.filter((value, at) => value !== inOrder[at - 1])
}

/** SQL: the row aliased `of` is in the range. */
export const isInRange = ({ column, from, to }: KeyRange, of: string): string =>
  [
    from === null ? '' : `${of}.${ident(column)} >= ${literal(from)}`,
    to === null ? '' : `${of}.${ident(column)} < ${literal(to)}`,
  ]
    .filter(Boolean)
    .join(' and ')

/** `3 of 8, 1000 <= id < 2000`, for people. */
export const sayRange = ({ column, from, to, part, of }: KeyRange): string =>
  `part ${part} of ${of}: ${from === null ? '' : `${from} <= `}${column}${to === null ? '' : ` < ${to}`}`
