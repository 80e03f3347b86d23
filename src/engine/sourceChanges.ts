/**
 * What became of the source since the plan was made. A row-by-row comparison looks where the plan looked; a column, a
 * table or a tenant that came later would be left behind, and nobody would know.
 */
import type { Catalog } from './catalog.ts'
import type { Mismatch } from './compareRows.ts'
import type { Plan } from './plan.ts'
import { fingerprintOf } from './planner.ts'
import type { Registry } from './registry.ts'

/** Pure. One entry per table or tenant that the plan does not know, and one when a table it knows changed its shape. */
export function sourceChanges(catalog: Catalog, registry: Registry | null, plan: Plan): Mismatch[] {
  const decided = new Set([...plan.tables.map(({ source }) => source), ...plan.left])
  const known = new Set([
    ...plan.organizations.map(({ schema }) => schema),
    ...plan.skipped,
    ...plan.blocked.map(({ schema }) => schema),
  ])
  const tenants = new Map(plan.organizations.map(({ schema, slug }) => [schema, slug]))
  const told: Mismatch[] = []
  for (const { schema, name, partition } of catalog.tables) {
    if (partition) continue
    const slug = tenants.get(schema)
    if (slug === undefined || decided.has(name)) continue
    const reason = `table ${schema}.${name} came after the plan and was not moved`
    told.push({ organization: slug, table: `${schema}.${name}`, key: null, reason })
  }
  for (const { schema } of registry?.entries ?? []) {
    if (known.has(schema) || schema === registry?.schema) continue
    const reason = `tenant ${schema} came into ${registry?.table} after the plan and was not moved`
    told.push({ organization: null, table: null, key: null, reason })
  }
  if (fingerprintOf(catalog, plan) !== plan.fingerprint) {
    const reason =
      'a table of the source was changed or dropped after the plan: what was added to it was not moved'
    told.push({ organization: null, table: null, key: null, reason })
  }
  return told
}
