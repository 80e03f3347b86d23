/**
 * What became of the source since the plan was made. A row-by-row comparison looks where the plan looked; a column, a
 * table or a tenant that came later would be left behind, and nobody would know.
 */
import type pg from 'pg'
import { type Catalog, oldestSource, readCatalog } from '../catalog/catalog.ts'
import { mayHaveRegistry, type Registry, readRegistry, readTenants } from '../inspect/registry.ts'
import type { Plan } from '../plan/plan.ts'
import { fingerprintOf } from '../plan/planner.ts'
import { isAsPlanned } from '../plan/stamps.ts'
import type { Mismatch } from './compareRows.ts'

/** One entry per table or tenant that the plan does not know, and one when a table it knows changed its shape. */
export async function sourceChanges(source: pg.ClientBase, plan: Plan): Promise<Mismatch[]> {
  if (plan.seen !== undefined && (await isAsPlanned(source, plan))) {
    const { registry } = plan.seen
    if (registry !== null) {
      const { schema, table } = registry
      return newTenants({ schema, table: `${schema}.${table}` }, await readTenants(source, registry), plan)
    }
    // Found by looking, and somebody may have begun to list them since.
    const tenants = plan.organizations.map(one => one.schema)
    if (plan.discover !== null || !(await mayHaveRegistry(source, tenants))) return []
  }
  const catalog = await readCatalog(source, plan.source === null ? undefined : oldestSource)
  const registry = await readRegistry(source, catalog, plan.discover ?? undefined)
  const listed = (registry?.entries ?? []).map(({ schema }) => schema)
  return [...changedTables(catalog, plan), ...(registry === null ? [] : newTenants(registry, listed, plan))]
}

/** The registry's own schema may be listed in it. */
function newTenants(
  registry: Pick<Registry, 'schema' | 'table'>,
  listed: readonly string[],
  plan: Plan,
): Mismatch[] {
  const known = new Set([
    ...plan.organizations.map(({ schema }) => schema),
    ...plan.skipped,
    ...plan.blocked.map(({ schema }) => schema),
  ])
  return listed
    .filter(schema => !known.has(schema) && schema !== registry.schema)
    .map(schema => ({
      organization: null,
      table: null,
      key: null,
      reason: `tenant ${schema} came into ${registry.table} after the plan and was not moved`,
    }))
}

function changedTables(catalog: Catalog, plan: Plan): Mismatch[] {
  const decided = new Set([...plan.tables.map(({ source }) => source), ...plan.left])
  const tenants = new Map(plan.organizations.map(({ schema, slug }) => [schema, slug]))
  const told: Mismatch[] = []
  for (const { schema, name, partition } of catalog.tables) {
    if (partition) continue
    const slug = tenants.get(schema)
    if (slug === undefined || decided.has(name)) continue
    const reason = `table ${schema}.${name} came after the plan and was not moved`
    told.push({ organization: slug, table: `${schema}.${name}`, key: null, reason })
  }
  if (fingerprintOf(catalog, plan) !== plan.fingerprint) {
    const reason =
      'a table of the source was changed or dropped after the plan: what was added to it was not moved'
    told.push({ organization: null, table: null, key: null, reason })
  }
  return told
}
