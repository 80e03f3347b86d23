/**
 * Passwords as Django keeps them: `pbkdf2_sha256$iterations$salt$hash`. Checking one takes the same work whether
 * or not there is such a user: time must not tell.
 */
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Node's pbkdf2: password, salt, iterations, bytes, digest → key. */
export type Derive = (...of: [string, string, number, number, string]) => Promise<Buffer>

/** Django 5's number is 1,000,000; a hash that asks for far more is a way to keep the server busy. */
const mostIterations = 5_000_000

type Hash = { readonly iterations: number; readonly salt: string; readonly hash: Buffer }

/** @returns undefined for another algorithm, and for the unusable passwords that Django marks with `!` */
export function parseHash(text: string): Hash | undefined {
  const [, iterations, salt, hash] =
    /^pbkdf2_sha256\$(\d{1,8})\$([^$]+)\$([A-Za-z0-9+/]{43}=)$/.exec(text) ?? []
  if (iterations === undefined || salt === undefined || hash === undefined) return undefined
  const count = Number(iterations)
  return count < 1 || count > mostIterations
    ? undefined
    : { iterations: count, salt, hash: Buffer.from(hash, 'base64') }
}

/**
 * @param usualIterations what most hashes of this database take: the work done where there is no hash to check
 * @param derive the work itself
 */
export function passwordChecker(
  usualIterations: number,
  derive: Derive = promisify(pbkdf2),
): (password: string, hash: string | null) => Promise<boolean> {
  const nobody: Hash = {
    iterations: usualIterations,
    salt: randomBytes(16).toString('hex'),
    hash: randomBytes(32),
  }
  return async (password, text) => {
    const known = text === null ? undefined : parseHash(text)
    const { iterations, salt, hash } = known ?? nobody
    const derived = await derive(password, salt, iterations, 32, 'sha256')
    return timingSafeEqual(derived, hash) && known !== undefined
  }
}
