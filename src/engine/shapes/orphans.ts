/**
 * Foreign keys that some tenant never checked, and whose rows lead nowhere. Nothing is dropped and nothing is pointed
 * elsewhere: such rows go to quarantine with what refers to them, or the spec keeps them in place, and then the shared
 * key stays "not valid": it binds what comes.
 */
import type pg from 'pg'
import { qualified } from '../../postgres/identifiers.ts'
import type { Table } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { isEnforced, orphans, type Places } from './constraints.ts'
import { countOrphans } from './demands.ts'
import { withoutSchema } from './names.ts'
import { some } from './sharedTypes.ts'

/** What becomes of a table's rows that lead nowhere. */
export type Orphans = 'quarantine' | 'keep'

export type FoundOrphans = {
  /** `table constraint`: foreign keys of the shared tables whose rows lead nowhere. */
  readonly keys: ReadonlySet<string>
  readonly notes: readonly Hazard[]
}

export const orphanKey = (table: string, constraint: string) => `${table} ${constraint}`

/**
 * @param models the shared tables by name
 * @param tables the tenants' own, of those that are moved
 * @param become by table name
 */
export async function findOrphans(
  client: pg.ClientBase,
  models: readonly Table[],
  tables: readonly Table[],
  become: (table: string) => Orphans,
): Promise<FoundOrphans> {
  const keys = new Set<string>()
  const notes: Hazard[] = []
  const copies = Map.groupBy(tables, table => table.name)
  for (const model of models) {
    for (const rule of model.constraints.filter(one => one.type === 'foreign' && isEnforced(one))) {
      const text = definitionIn(rule.definition, model.schema)
      const unchecked = (copies.get(model.name) ?? []).filter(table =>
        table.constraints.some(
          one =>
            one.type === 'foreign' && !one.validated && definitionIn(one.definition, table.schema) === text,
        ),
      )
      if (unchecked.length === 0) continue
      const query = orphans(rule, model)
      const found = await countOrphans(
        client,
        unchecked.map(({ schema, name }) => ({
          tenant: schema,
          query: query(qualified(schema, name), schema, itself),
        })),
      )
      if (found.size === 0) continue
      keys.add(orphanKey(model.name, rule.name))
      const counts = [...found].map(([tenant, rows]) => `${tenant} ${rows}`)
      const { detail, hint } = fates[become(model.name)](model.name, followers(model.name, models))
      notes.push({
        code: 'orphans',
        object: `${model.name}.${rule.name}`,
        detail: `rows that lead nowhere: ${counts.join(', ')}; ${detail}`,
        hint,
        blocks: false,
        table: model.name,
      })
    }
  }
  return { keys, notes }
}

/** Tables whose rows may refer to a row of that table, over however many steps; not the table itself. */
function followers(table: string, models: readonly Table[]): string[] {
  const found = new Set([table])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const { name, schema, constraints } of models) {
      if (constraints.some(one => one.references?.schema === schema && found.has(one.references.table)))
        found.add(name)
    }
  }
  found.delete(table)
  return [...found].sort()
}

const fates = {
  quarantine: (table: string, following: readonly string[]) => ({
    detail: `they go to quarantine${following.length === 0 ? '' : `, with rows of ${some(following)} that refer to them`}`,
    hint: `mend the rows before, or leave them in place: tables: { ${JSON.stringify(table)}: { orphans: "keep" } }`,
  }),
  keep: () => ({
    detail: 'they are moved as they are, and the key stays not valid',
    hint: 'mend the rows, before or after; then: alter table … validate constraint',
  }),
}

/** Keys that were never checked are looked at where they are. */
const itself: Places = { fallThrough: new Map(), schemaOf: tenant => tenant, isThere: () => true }

const definitionIn = (definition: string, schema: string) =>
  withoutSchema(definition, schema).replace(/ NOT VALID$/, '')
