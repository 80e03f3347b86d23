/** What keeps a plan from being made: hazards, references that would be cut, names that are somebody's. Pure. */
import { RowhouseError } from '../../errors.ts'
import type { Catalog, Table } from '../catalog/catalog.ts'
import { houseSchemas } from '../inspect/classify.ts'
import type { Found } from '../inspect/inspect.ts'
import { naturalKeys } from '../keys/merges.ts'
import { some } from '../shapes/sharedTypes.ts'
import { movedTenants, type Spec } from '../spec/spec.ts'
import type { PlannedTable } from './targetTable.ts'

/** @throws RowhouseError RH115 naming everything that blocks */
export function refuseHazards({ inspection, shared }: Found, spec: Spec): void {
  const left = new Set(spec.tables.filter(table => table.target === null).map(table => table.source))
  const folded = [...shared.tables.values()].map(({ model }) => model).filter(({ name }) => !left.has(name))
  const isEmpty = movedTenants(spec).length === 0
  const blocking = [
    ...inspection.hazards.filter(({ blocks, table, tenant }) =>
      tenant === undefined ? blocks && !(table !== undefined && left.has(table)) : blocks && isEmpty,
    ),
    ...cutReferences(folded, spec, left),
    ...strayReferences(folded, spec),
    ...takenScopeColumns(folded, spec),
  ]
  const [first] = blocking
  if (first === undefined) return
  const lines = blocking.map(({ code, object, detail }) => `${object} (${code}): ${detail}`)
  throw new RowhouseError('RH115', {
    message: `database "${inspection.database}" cannot be folded as it is:${lines.length === 1 ? ` ${lines[0]}` : lines.map(line => `\n  ${line}`).join('')}`,
    hint: [first.hint, ...leaveTogether(blocking, folded)].join('; '),
  })
}

/** To leave a table cuts off what refers to it: all that hangs together, to be pasted. */
function leaveTogether(blocking: readonly Obstacle[], folded: readonly Table[]): string[] {
  const hinted = new Set(
    blocking.filter(({ hint }) => hint.includes('leave: true')).map(({ object }) => object.split('.').at(-1)),
  )
  const going = new Set(folded.map(({ name }) => name).filter(name => hinted.has(name)))
  if (going.size === 0) return []
  for (let before = 0; before < going.size; ) {
    before = going.size
    for (const { name, schema, constraints } of folded) {
      if (constraints.some(one => one.references?.schema === schema && going.has(one.references.table)))
        going.add(name)
    }
  }
  if (going.size === 1) return []
  const tables = [...going].sort().map(name => `${JSON.stringify(name)}: { leave: true }`)
  return [`or leave all that hangs together: tables: { ${tables.join(', ')} }`]
}

type Obstacle = { code: string; object: string; detail: string; hint: string }

/** A folded table that refers to one left behind would lose its foreign key. */
const cutReferences = (folded: readonly Table[], spec: Spec, left: ReadonlySet<string>): Obstacle[] =>
  folded.flatMap(table =>
    table.constraints
      .filter(({ references }) => references?.schema === table.schema && left.has(references.table))
      .map(({ name, references }) => ({
        code: 'cut-reference',
        object: table.name,
        detail: `foreign key ${name} refers to ${references?.table}, which is left behind`,
        hint: `${moveToo(references?.table ?? '', spec)}; or leave both: tables: { ${JSON.stringify(table.name)}: { leave: true } }`,
      })),
  )

/** What means the same for every tenant is merged: its ids differ, and its rows do not. */
function moveToo(table: string, { targetSchema }: Spec): string {
  const natural = naturalKeys.get(table)
  return natural === undefined
    ? `move it too: tables: { ${JSON.stringify(table)}: { to: "${targetSchema}.…" } }`
    : `its rows mean the same for all tenants: merge them: tables: { ${JSON.stringify(table)}: { to: "${targetSchema}.${table}", merge: ${JSON.stringify(natural)} } }`
}

/** A foreign key to a part of a table has no counterpart in the shared tables. */
function strayReferences(folded: readonly Table[], spec: Spec): Obstacle[] {
  const names = new Set(spec.tables.map(({ source }) => source))
  return folded.flatMap(table =>
    table.constraints
      .filter(({ references }) => references?.schema === table.schema && !names.has(references.table))
      .map(({ name, references }) => ({
        code: 'stray-reference',
        object: table.name,
        detail: `foreign key ${name} refers to ${references?.schema}.${references?.table}, which is no table that is folded`,
        hint: `refer to the whole table, drop the key, or leave the table: tables: { ${JSON.stringify(table.name)}: { leave: true } }`,
      })),
  )
}

const takenScopeColumns = (folded: readonly Table[], spec: Spec): Obstacle[] =>
  folded
    .filter(({ name }) => !spec.keys.merges.has(name))
    .filter(table => table.columns.some(column => column.name === spec.scopeColumn))
    .map(table => ({
      code: 'scope-column-taken',
      object: table.name,
      detail: `has a column ${spec.scopeColumn} of its own`,
      hint: 'choose another scope_column in the spec',
    }))

/** What the core makes in core_schema. */
export const coreRelations: ReadonlySet<string> = new Set([
  'organizations',
  'users',
  'user_organizations',
  'domains',
  'legacy_identities',
  'audit_log',
  'migration_log',
])

/** Whether the tenancy core is installed. */
export const hasCore = (catalog: Catalog) =>
  catalog.tables.some(table => table.schema === 'app_private' && table.name === 'protected_tables')

/** Schemas of the house's names that are somebody's own would be taken over, and graphile-migrate's history mixed. */
export function refuseTakenSchemas(catalog: Catalog, spec: Spec): void {
  const targets = new Set(spec.tables.flatMap(({ target }) => (target === null ? [] : [target.schema])))
  const tenant = spec.tenants.find(({ schema }) => targets.has(schema))
  if (tenant !== undefined) {
    throw new RowhouseError('RH125', {
      message: `the target schema "${tenant.schema}" is a tenant's`,
      hint: 'choose another target_schema in the spec',
    })
  }
  if (hasCore(catalog)) return
  const own = [...catalog.tables, ...catalog.others].filter(
    ({ schema, name }) => schema === spec.coreSchema && coreRelations.has(name),
  )
  if (own.length > 0 || spec.tenants.some(({ schema }) => schema === spec.coreSchema)) {
    throw new RowhouseError('RH125', {
      message: `core_schema "${spec.coreSchema}" has what the tenancy core would make there: ${own.map(({ name }) => name).join(', ') || 'it is a tenant'}`,
      hint: 'choose another core_schema in the spec',
    })
  }
  refuseHouseSchemas(catalog)
}

/** Before the core is there, its schemas' names are somebody's. @throws RowhouseError RH125 */
export function refuseHouseSchemas(catalog: Catalog): void {
  const taken = houseSchemas.filter(
    schema => schema !== 'graphile_worker' && catalog.schemas.includes(schema),
  )
  if (taken.length === 0) return
  throw new RowhouseError('RH125', {
    message: `database "${catalog.server.database}" has schemas of its own that the tenancy core needs: ${taken.join(', ')}`,
    hint: `rename them first: alter schema ${taken[0]} rename to …`,
  })
}

/**
 * New ids are looked up in a map beside the new tables, by queries that read the old rows.
 * @throws RowhouseError RH115
 */
export function refuseNewIds({ inspection }: Found, tables: readonly PlannedTable[]): void {
  const named = tables.filter(({ renumbered, merge }) => renumbered !== null || merge !== null)
  if (named.length === 0) return
  throw new RowhouseError('RH115', {
    message: `database "${inspection.database}" cannot be folded as it is: from another server ids stay as they are, and the spec renumbers or merges ${some(named.map(({ source }) => source))}`,
    hint: 'take "keys" and "merge" out of the spec; or restore the old database on the new server, and fold it there',
  })
}
