/** Who the tenants of a sample are, and their passwords: known before, and without, any database. */
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

/** The schemas of the first tenants, in the order they are built. */
export const tenantSchemas = (tenants: number): readonly string[] =>
  Array.from({ length: tenants }, (_, index) => sampleTenant(index + 1).schema)

/**
 * The hash of tenant `no`'s password as Django stores it; all its users share it, because computing one is slow on
 * purpose. The salt carries the canary, so that a leaked hash is recognised too; 22 characters, as Django's have.
 */
export async function samplePassword(no: number, seed: number, iterations: number): Promise<string> {
  const salt = `${canaryOf(no).word}${createHash('sha256').update(`${seed}/${no}`).digest('hex').slice(0, 12)}`
  const digest = await promisify(pbkdf2)(sampleTenant(no).password, salt, iterations, 32, 'sha256')
  return `pbkdf2_sha256$${iterations}$${salt}$${digest.toString('base64')}`
}
