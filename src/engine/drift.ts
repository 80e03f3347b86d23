/** Tables that are not alike in all tenants. Pure. */
import type { Table } from './catalog.ts'
import type { Hazard } from './hazards.ts'
import { shapeOf } from './shape.ts'
import type { Tenant } from './tenants.ts'

/** Tables that differ between tenants: the majority's shape is the table's, the others are named. */
export function drift(tables: readonly Table[], tenants: readonly Tenant[]): Hazard[] {
  const hazards: Hazard[] = []
  for (const [name, copies] of Map.groupBy(tables, table => table.name)) {
    const shapes = [...Map.groupBy(copies, shapeOf).values()].sort((a, b) => b.length - a.length)
    const here = new Set(copies.map(copy => copy.schema))
    const lacking = tenants.filter(tenant => !here.has(tenant.schema))
    for (const odd of shapes.slice(1).flat()) {
      hazards.push({
        code: 'drift',
        object: `${odd.schema}.${name}`,
        detail: `differs from the ${shapes[0]?.length} other tenants' table of this name: ${difference(odd, shapes[0]?.[0])}`,
        hint: `bring it to the common shape, or leave the tenant out for now: tenants: { ${JSON.stringify(odd.schema)}: { skip: true } }`,
        blocks: true,
        tenant: odd.schema,
        table: name,
      })
    }
    for (const tenant of lacking) {
      hazards.push({
        code: 'drift',
        object: `${tenant.schema}.${name}`,
        detail: 'this tenant lacks the table that others have',
        hint: `create it, or leave the tenant out for now: tenants: { ${JSON.stringify(tenant.schema)}: { skip: true } }`,
        blocks: true,
        tenant: tenant.schema,
        table: name,
      })
    }
  }
  return hazards
}

function difference(odd: Table, common: Table | undefined): string {
  const columns = (table: Table | undefined) =>
    new Map(table?.columns.map(c => [c.name, `${c.name} ${c.type}${c.notNull ? ' not null' : ''}`]))
  const ours = columns(odd)
  const theirs = columns(common)
  const changed = [...ours].filter(([name, text]) => theirs.get(name) !== text).map(([, text]) => text)
  const missing = [...theirs.keys()].filter(name => !ours.has(name)).map(name => `no ${name}`)
  return [...changed, ...missing].join(', ') || 'other constraints, indexes or defaults'
}
