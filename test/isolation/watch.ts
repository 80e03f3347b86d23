/** Finds in anything that came back what belongs to another organization. */
import type { House } from './house.ts'

export type Leak = { readonly where: string; readonly what: string }

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const times = /\d\d:\d\d:\d\d\.(\d{1,6})/g
const whole = /^-?\d+(\.\d+)?$/
/** Degrees, shares and prices: the last four of six decimals. */
const sixDecimals = /^-?\d+\.\d\d(\d{4})$/

/** What of another organization a text shows, or undefined. */
export type Watch = {
  text(text: string): string | undefined
  /** Every leaf of a value: also numbers, which mean something only when they stand alone. */
  value(value: unknown, options?: { readonly sums?: boolean }): string | undefined
}

export function watchFor({ attacker, victims, foreignIds }: House): Watch {
  const slugs = new RegExp(`\\b(${victims.map(({ slug }) => slug).join('|')})\\b`, 'i')
  const microseconds = new Set(victims.map(({ canary }) => canary.microseconds))
  const decimals = new Set(victims.map(({ canary }) => canary.decimals))
  const ranges = victims.map(({ canary }) => canary.numbers)
  // Ids and bytes of theirs: words say too little of who is meant.
  const marks = new RegExp(victims.flatMap(({ canary }) => [canary.uuid, canary.hex]).join('|'), 'i')

  const text = (given: string): string | undefined => {
    const word = attacker.canary.othersPattern.exec(given) ?? slugs.exec(given) ?? marks.exec(given)
    if (word !== null) return `"${given.slice(Math.max(0, word.index - 20), word.index + 40)}"`
    const id = given.match(uuids)?.find(one => foreignIds.has(one.toLowerCase()))
    if (id !== undefined) return `the id ${id}`
    for (const [time, part = ''] of given.matchAll(times)) {
      if (microseconds.has(Number(part.padEnd(6, '0')))) return `the time ${time}`
    }
    return undefined
  }
  const number = (given: number) => {
    // Money that goes is below zero.
    const size = Math.abs(given)
    return ranges.some(({ from, below }) => size >= from && size < below) ? `the number ${given}` : undefined
  }
  const value: Watch['value'] = (given, options = {}) => {
    if (typeof given === 'string') {
      const found = text(given)
      if (found !== undefined || options.sums === true || !whole.test(given)) return found
      const part = sixDecimals.exec(given)?.[1]
      return decimals.has(Number(part)) ? `the decimals of ${given}` : number(Number(given))
    }
    if (typeof given === 'number') return options.sums === true ? undefined : number(given)
    if (typeof given !== 'object' || given === null) return undefined
    for (const [key, inner] of Object.entries(given)) {
      const isSum = options.sums === true || /sum|variance|stddev|count|keys/i.test(key)
      const found = text(key) ?? value(inner, { sums: isSum })
      if (found !== undefined) return found
    }
    return undefined
  }
  return { text, value }
}
