/** Who the tenants of a sample are, and how to log in to them: known before, and without, any database. */
import { createHash, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { canaryOf } from './canary.ts'

/** Names with letters, quotes and words that need care, in order; further tenants are numbered. */
const known: readonly (readonly [schema: string, name: string])[] = [
  ['acme', 'Müller & Söhne'],
  ['globex', "L'Étoile du Nord"],
  ['initech', 'Initech "Global"'],
  ['umbrella-corp', '雨傘 Corp'],
  ['order', 'Order; Select & Co'],
  ['hooli', 'Hooli\\XYZ'],
]

/** Schema (also the slug) and display name of tenant `no`, counted from 1. */
export function sampleTenant(no: number): { schema: string; name: string; password: string } {
  const [schema, name] = known[no - 1] ?? [`tenant${String(no).padStart(4, '0')}`, `Tenant No ${no}`]
  return { schema, name, password: `rowhouse-${schema}` }
}

/** Logins of the first tenants' administrators, as `POST /auth/login` takes them. */
export function sampleLogins(count = 3): { email: string; password: string; organization: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const { schema, password } = sampleTenant(index + 1)
    return { email: `admin.${canaryOf(index + 1).word}1@${schema}.example`, password, organization: schema }
  })
}

/**
 * The hash of tenant `no`'s password as Django stores it; all its users share it, because computing one is slow on
 * purpose. The salt carries the canary, so that a leaked hash is recognised too; 22 characters, as Django's have.
 */
export async function samplePassword(no: number, seed: number, iterations: number): Promise<string> {
  const salt = `${canaryOf(no).word}${createHash('sha256').update(`${seed}/${no}`).digest('hex').slice(0, 12)}`
  const digest = await promisify(pbkdf2)(sampleTenant(no).password, salt, iterations, 32, 'sha256')
  return `pbkdf2_sha256$${iterations}$${salt}$${digest.toString('base64')}`
}
