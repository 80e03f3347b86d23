/** Where an old id stands in a table's rules: it would mean another row once ids become others. Pure. */
import type { Column, Table } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { orphanKey } from '../shapes/orphans.ts'
import type { Keys } from './decide.ts'
import { edges } from './edges.ts'

/** @param orphans foreign keys (`orphanKey`) with rows that lead nowhere */
export function keyObstacles(
  keys: Keys,
  models: ReadonlyMap<string, Table>,
  orphans: ReadonlySet<string>,
): Hazard[] {
  const block = (table: string, code: string, detail: string, hint: string): Hazard => ({
    code,
    object: table,
    table,
    detail,
    hint,
    blocks: true,
  })
  const hazards: Hazard[] = []
  for (const [name, columns] of keys.maps) {
    const table = models.get(name)
    if (table === undefined) continue
    const changing = [...columns.keys()]
    const own = table.columns.filter(({ name: column }) => columns.has(column))
    for (const column of own.filter(isDefault)) {
      hazards.push(
        block(
          name,
          'default-id',
          `${column.name} has the default ${column.default}, an old id: each tenant's row has another one now`,
          `drop it in the tenants: alter table … alter column ${JSON.stringify(column.name)} drop default`,
        ),
      )
    }
    for (const column of table.columns.filter(({ generated }) => names(generated, changing).length > 0)) {
      hazards.push(
        block(
          name,
          'generated-from-id',
          `${column.name} is computed from ${names(column.generated, changing).join(', ')}, which becomes another id`,
          `compute it otherwise, or leave the keys: tables: { ${JSON.stringify(name)}: { keys: "composite" } }`,
        ),
      )
    }
    const rules = [
      ...table.constraints.filter(({ type }) => type === 'check'),
      ...table.indexes.map(index => ({
        name: index.name,
        definition: index.definition.replace(/^.*? USING /, ''),
      })),
    ]
    for (const rule of rules.filter(one => comparesWithNumber(one.definition, changing))) {
      hazards.push(
        block(
          name,
          'rule-with-id',
          `${rule.name} compares ${names(rule.definition, changing).join(', ')} with a number, an old id: ${rule.definition}`,
          `drop it in the tenants, and say it otherwise afterwards`,
        ),
      )
    }
  }
  const leading = edges(models).filter(({ from }) => keys.maps.get(from.table)?.has(from.column))
  for (const { from, constraint } of leading) {
    if (!orphans.has(orphanKey(from.table, constraint))) continue
    hazards.push(
      block(
        from.table,
        'orphans-renumbered',
        `${constraint} has rows that lead nowhere; what they name would come to be another row's id`,
        `mend those rows first: set ${JSON.stringify(from.column)} to null, or to a row that is there`,
      ),
    )
  }
  return hazards
}

const isDefault = ({ default: value, sequence }: Column) =>
  value !== null && sequence === null && !/^NULL\b/i.test(value)

/** Which of the columns an expression names. String constants are none. */
function names(expression: string | null, columns: readonly string[]): string[] {
  const words = new Set(
    (expression ?? '')
      .replaceAll(/'(?:[^']|'')*'/g, '')
      .match(/"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/gi)
      ?.map(word => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word)),
  )
  return columns.filter(column => words.has(column))
}

const comparesWithNumber = (definition: string, columns: readonly string[]): boolean =>
  names(definition, columns).length > 0 && /[<>=]\s*\(?\s*'?-?\d|\bANY \(.*\d/.test(definition)
