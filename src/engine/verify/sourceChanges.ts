/**
 * What became of the source since the plan was made. A row-by-row comparison looks where the plan looked; a column, a
 * table or a tenant that came later would be left behind, and nobody would know.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident } from '../../postgres/identifiers.ts'
import { type Catalog, oldestSource, readCatalog, readOnly } from '../catalog/catalog.ts'
import { houseSchemas } from '../inspect/classify.ts'
import { mayHaveRegistry, readRegistry, readTenants } from '../inspect/registry.ts'
import { findTenants } from '../inspect/tenants.ts'
import type { Plan } from '../plan/plan.ts'
import { fingerprintOf } from '../plan/planner.ts'
import { isAsPlanned } from '../plan/stamps.ts'
import type { Mismatch } from './compareRows.ts'

/** One entry per table or tenant that the plan does not know, and one when a table it knows changed its shape. */
export async function sourceChanges(source: pg.ClientBase, plan: Plan): Promise<Mismatch[]> {
  if (plan.seen !== undefined && (await isAsPlanned(source, plan))) {
    const { registry } = plan.seen
    if (registry !== null) {
      const came = unknown(await readTenants(source, registry), plan, registry.schema)
      return came.map(schema => listedLater(schema, `${registry.schema}.${registry.table}`))
    }
    // Found by looking: somebody may have begun to list them since, or made another schema like theirs.
    const tenants = plan.organizations.map(({ schema }) => schema)
    const mayBeListed = plan.discover === null && (await mayHaveRegistry(source, tenants))
    if (!mayBeListed && !(await mayHaveOthers(source, plan))) return []
  }
  const catalog = await readCatalog(source, plan.source === null ? undefined : oldestSource)
  const registry = await readRegistry(source, catalog, plan.discover ?? undefined)
  const came =
    registry === null
      ? unknown(tenantsNow(catalog, plan), plan).map(madeLater)
      : unknown(
          registry.entries.map(({ schema }) => schema),
          plan,
          registry.schema,
        ).map(schema => listedLater(schema, registry.table))
  return [...changedTables(catalog, plan), ...came]
}

const knownSchemas = ({ organizations, skipped, blocked }: Plan): Set<string> =>
  new Set([...organizations.map(({ schema }) => schema), ...skipped, ...blocked.map(({ schema }) => schema)])

/** @param shared the registry's own schema, which may be listed in it */
function unknown(schemas: readonly string[], plan: Plan, shared?: string): string[] {
  const known = knownSchemas(plan)
  return schemas.filter(schema => !known.has(schema) && schema !== shared)
}

const madeLater = (schema: string) =>
  ofNobody(`schema ${schema} came after the plan, is made like a tenant, and was not moved`)

const listedLater = (schema: string, table: string) =>
  ofNobody(`tenant ${schema} came into ${table} after the plan and was not moved`)

const ofNobody = (reason: string): Mismatch => ({ organization: null, table: null, key: null, reason })

/** Who would be a tenant today, as the plan found them. None at all is another difference's business. */
function tenantsNow(catalog: Catalog, plan: Plan): string[] {
  const { discover, targetSchema, scopeColumn } = plan
  const decided = { target_schema: targetSchema, scope_column: scopeColumn }
  try {
    const found = findTenants(catalog, null, discover === null ? decided : { ...decided, discover })
    const away = quarantines(plan)
    return found
      .map(({ schema }) => schema)
      .filter(schema => !away.some(name => name.startsWith(`${ident(schema)}.`)))
  } catch (error) {
    if (error instanceof RowhouseError) return []
    throw error
  }
}

/** They have a tenant's shape, and are nobody's. Qualified. */
const quarantines = ({ tables }: Plan): string[] => tables.flatMap(({ quarantine }) => quarantine?.name ?? [])

/**
 * Whether a schema that the plan does not know has a table called like one of the tenants': without one nobody is a tenant
 * by shape. Asked where reading all tables to know it would take long.
 */
async function mayHaveOthers(source: pg.ClientBase, plan: Plan): Promise<boolean> {
  if (plan.discover !== null && 'schemas' in plan.discover) return false
  const names = [...plan.tables.map(table => table.source), ...plan.left]
  const ours = [
    ...knownSchemas(plan),
    'public',
    ...houseSchemas,
    ...plan.tables.map(({ target }) => target.schema),
  ]
  const { rows } = await readOnly(source, () =>
    source.query<{ found: boolean }>(
      `select exists (
  select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and c.relname = any ($1) and n.nspname <> all ($2)
    and not exists (select from unnest($3::text[]) as quarantine (name) where to_regclass(name) = c.oid)
) as found`,
      [names, ours, quarantines(plan)],
    ),
  )
  return rows[0]?.found === true
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
    told.push(
      ofNobody(
        'a table of the source was changed or dropped after the plan: what was added to it was not moved',
      ),
    )
  }
  return told
}
