/** Choices that the same seed makes again (mulberry32). */
export type Random = {
  /** 0 ≤ n < below, whole. */
  below(below: number): number
  chance(part: number): boolean
  of<T>(from: readonly T[]): T
  /** As many as there are, at most. */
  some<T>(from: readonly T[], count: number): T[]
}

export function randomFrom(seed: number): Random {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (most: number) => Math.floor(next() * most)
  return {
    below,
    chance: part => next() < part,
    of: from => {
      const one = from[below(from.length)]
      if (one === undefined) throw new Error('nothing to choose from')
      return one
    },
    some: (from, count) => {
      const left = [...from]
      return Array.from({ length: Math.min(count, left.length) }, () =>
        left.splice(below(left.length), 1),
      ).flat()
    },
  }
}
