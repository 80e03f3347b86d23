/** Tables that are copied in ranges of their key (plan/keyRanges.ts): of these the catalog is asked where the key parts. */

export type Size = { readonly rows: number; readonly bytes: number }

/** A table with more is copied in ranges; whichever asks for more of them counts. */
export const mostRows = 500_000
export const mostBytes = 256 * 1024 * 1024

export const isLarge = ({ rows, bytes }: Size): boolean => rows > mostRows || bytes > mostBytes
