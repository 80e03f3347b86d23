/**
 * What a careful DBA would want to know before anything moves. A hazard either blocks (the plan is refused until
 * the spec or the database changes) or is told. Nothing is left behind silently: what is not carried over is listed.
 */
import type { Catalog, Table } from './catalog.ts'
import type { FoundTable } from './classify.ts'
import { drift } from './drift.ts'
import { looksLikePay, looksPrivate, looksSecret } from './naming.ts'
import type { Registry } from './registry.ts'
import { shapeOf } from './shape.ts'
import type { Tenant } from './tenants.ts'
import { unfoldable } from './unfoldable.ts'

export type Hazard = {
  readonly code: string
  readonly object: string
  readonly detail: string
  readonly hint: string
  /** True: `plan` refuses as long as this stands. */
  readonly blocks: boolean
  /** Whose it is: leaving that tenant or that table out lifts a block. */
  readonly tenant?: string
  readonly table?: string
}

/** All hazards, blocking ones first. Pure. */
export function findHazards(
  catalog: Catalog,
  tenants: readonly Tenant[],
  tables: readonly FoundTable[],
  registry: Registry | null,
): Hazard[] {
  const schemas = new Set(tenants.map(tenant => tenant.schema))
  const folded = new Set(tables.filter(table => table.class === 'tenant').map(table => table.name))
  const own = catalog.tables.filter(table => schemas.has(table.schema) && folded.has(table.name))
  return [
    ...drift(own, tenants),
    ...uniquely(own, unfoldable),
    ...uniquely(own, table => secretColumns(table)),
    ...uniquely(own, table => payColumns(table)),
    ...notCarriedOver(catalog, schemas),
    ...leftBehind(tables),
    ...registryNotes(catalog, schemas, registry),
  ].sort((a, b) => Number(b.blocks) - Number(a.blocks))
}

/** Each shape is judged once; what one tenant's own shape adds is that tenant's, and leaving it out lifts it. */
function uniquely(tables: readonly Table[], judge: (table: Table) => readonly Hazard[]): Hazard[] {
  const found = new Map<string, Hazard>()
  for (const copies of Map.groupBy(tables, table => `${table.name} ${shapeOf(table)}`).values()) {
    const [first] = copies
    for (const hazard of first ? judge(first) : []) {
      const key = `${hazard.code} ${hazard.object} ${hazard.detail}`
      const one = copies.length === 1 && tables.some(other => other.name === first?.name && other !== first)
      if (!found.has(key)) found.set(key, one && first ? { ...hazard, tenant: first.schema } : hazard)
      else if (!one) found.set(key, hazard)
    }
  }
  return [...found.values()]
}

const secretColumns = (table: Table): Hazard[] =>
  table.columns
    .filter(column => looksSecret(column.name))
    .map(column => ({
      code: 'secret-column',
      object: `${table.name}.${column.name}`,
      detail: 'looks like a secret by its name: it is moved, and the API gets no right on it',
      hint: `if it is none: tables: { ${JSON.stringify(table.name)}: { secret: [] } }`,
      blocks: false,
    }))

const payColumns = (table: Table): Hazard[] =>
  (looksPrivate(table.name) ? [] : table.columns)
    .filter(column => looksLikePay(column.name))
    .map(column => ({
      code: 'pay-column',
      object: `${table.name}.${column.name}`,
      detail: 'looks like what a person earns, in a table that everybody reads: the API gets no right on it',
      hint: `if all may see it: tables: { ${JSON.stringify(table.name)}: { secret: [] } }; if owners and admins may see the table only: { doors: 'private' }`,
      blocks: false,
    }))

/** Views, functions, triggers, policies, types in tenant schemas: they stay where they are, and are told once per name. */
function notCarriedOver(catalog: Catalog, schemas: ReadonlySet<string>): Hazard[] {
  const others = catalog.others.filter(other => schemas.has(other.schema))
  return [...Map.groupBy(others, other => `${other.kind} ${other.name.replace(/^.*?\.(?=\w+\()/, '')}`)].map(
    ([object, found]) => ({
      code: 'not-carried-over',
      object,
      detail: `in ${found.length} tenant ${found.length === 1 ? 'schema' : 'schemas'} (${found[0]?.schema}${found.length > 1 ? ', …' : ''}); it stays there`,
      hint: 'write it anew for the shared tables in the workspace, where it is needed',
      blocks: false,
    }),
  )
}

const leftBehind = (tables: readonly FoundTable[]): Hazard[] =>
  tables
    .filter(table => table.class === 'framework' && table.tenants > 0)
    .map(table => ({
      code: 'framework-table',
      object: table.name,
      detail: `the framework's own bookkeeping in ${table.tenants} tenants (about ${table.rows} rows); it stays where it is`,
      hint: `to move it too: tables: { ${JSON.stringify(table.name)}: { to: "…" } }`,
      blocks: false,
    }))

/** Where registry and reality disagree without harm. */
function registryNotes(catalog: Catalog, tenants: ReadonlySet<string>, registry: Registry | null): Hazard[] {
  if (registry === null) return []
  const hazards: Hazard[] = []
  if (registry.entries.some(entry => entry.schema === registry.schema)) {
    hazards.push({
      code: 'registry-lists-shared-schema',
      object: registry.table,
      detail: `has a row for "${registry.schema}", the shared schema; it is no tenant`,
      hint: 'nothing to do',
      blocks: false,
    })
  }
  const names = (schema: string) =>
    catalog.tables.filter(table => table.schema === schema).map(table => table.name)
  const model = [...tenants][0]
  const shape = model === undefined ? '' : JSON.stringify(names(model))
  for (const schema of catalog.schemas) {
    if (tenants.has(schema) || schema === registry.schema || JSON.stringify(names(schema)) !== shape) continue
    hazards.push({
      code: 'schema-without-registry',
      object: schema,
      detail: `has a tenant's tables, and ${registry.table} does not list it: it would stay behind`,
      hint: `add its row to ${registry.table}, or drop the schema if it is dead`,
      blocks: false,
    })
  }
  return hazards
}
