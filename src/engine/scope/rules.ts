/**
 * (tables, their paths, what the file says) → by what rule each table's rows find their organization. Pure. What the
 * file says wrongly is collected, not thrown: inspection goes on, the spec reports it all together.
 */
import type { Table } from '../catalog/catalog.ts'
import type { Path } from './paths.ts'
import { keyOf, type Places } from './places.ts'
import type { Rule } from './plan.ts'
import type { ScopeFile } from './specFile.ts'

export type Choice = { readonly scoped: boolean; readonly rule: Rule | null }

/** What is wrong with the file: contradictions, and names of what is not there. */
export type Faults = { readonly problems: string[]; readonly absent: string[] }

/** A table as inspection proposes it. */
export type Proposed = { readonly source: string; readonly isScoped: boolean; readonly path: Path }

type Owner = NonNullable<NonNullable<ScopeFile['tables']>[string]['owner']>

/** Whether any rows are to leave the default organization: some table says by itself whose they are. */
export const hasRules = (decided: ScopeFile): boolean =>
  Object.values(decided.tables ?? {}).some(({ owner }) => owner != null && !('parent' in owner))

/** What the file says of a table, whichever of its names it uses. */
export function decidedOf(decided: ScopeFile, places: Places, source: string) {
  const [, said] =
    Object.entries(decided.tables ?? {}).find(([text]) => places.find(text)?.source === source) ?? []
  return said ?? {}
}

/** A rule of its own, the parent's where there is a path, none where no table has a rule of its own. */
export function chooseRules(
  proposed: readonly Proposed[],
  places: Places,
  decided: ScopeFile,
  faults: Faults,
): Map<string, Choice> {
  const isRuled = hasRules(decided)
  const scoped = new Set(
    proposed
      .filter(({ source, isScoped }) => {
        const { scope, owner } = decidedOf(decided, places, source)
        // Who says whose its rows are has decided: a way that is there today may be gone with the next row.
        return scope ?? (owner != null || isScoped)
      })
      .map(({ source }) => source),
  )
  return new Map(
    proposed.map(({ source, path }): [string, Choice] => {
      if (!scoped.has(source)) {
        if (decidedOf(decided, places, source).owner)
          faults.problems.push(`"tables.${source}" has an owner and is not scoped: scope: true`)
        return [source, { scoped: false, rule: null }]
      }
      const { owner } = decidedOf(decided, places, source)
      const given = owner ? ruleOf(source, owner, places, scoped, faults) : null
      const [hop] = path
      const followed: Rule | null =
        hop === undefined ? null : { by: 'parent', parent: hop.table, columns: hop.columns, keys: hop.keys }
      return [source, { scoped: true, rule: isRuled ? (owner === undefined ? followed : given) : null }]
    }),
  )
}

function ruleOf(
  source: string,
  owner: Owner,
  places: Places,
  scoped: ReadonlySet<string>,
  faults: Faults,
): Rule | null {
  const table = places.find(source)?.table
  const needs = (place: string, there: Table | undefined, columns: readonly string[]) => {
    const missing = columns.filter(name => there && !there.columns.some(column => column.name === name))
    faults.absent.push(...missing.map(name => `column "${place}.${name}"`))
    return missing.length === 0
  }
  if ('column' in owner) {
    return needs(source, table, [owner.column]) ? { by: 'column', column: owner.column } : null
  }
  if ('sql' in owner) return { by: 'sql', expression: owner.sql }
  const other = 'map' in owner ? owner.map : owner.parent
  const place = places.find(other)
  if (place === undefined) {
    faults.absent.push(`table "${other}"`)
    return null
  }
  if ('map' in owner) {
    const { on, key, organization } = owner
    if (![needs(source, table, [on]), needs(other, place.table, [key, organization])].every(Boolean))
      return null
    const { schema, name } = place.table
    return { by: 'map', table: { schema, name }, on, key, organization }
  }
  const columns = typeof owner.on === 'string' ? [owner.on] : owner.on
  if (!needs(source, table, columns)) return null
  const keys = keysOf(table, columns, place.table)
  if (place.source === source) faults.problems.push(`"tables.${source}.owner" follows itself`)
  else if (!scoped.has(place.source))
    faults.problems.push(`"tables.${source}.owner" follows ${place.source}, which stays everybody's`)
  else if (keys.length !== columns.length)
    faults.problems.push(
      `"tables.${source}.owner" refers by ${columns.length} columns to ${place.source}, whose key has ${keys.length}`,
    )
  else return { by: 'parent', parent: place.source, columns, keys }
  return null
}

/** What the columns refer to: of the foreign key, else the primary key. */
function keysOf(table: Table | undefined, columns: readonly string[], parent: Table): readonly string[] {
  const declared = table?.constraints.find(
    ({ references, columns: own }) =>
      references?.schema === parent.schema &&
      references.table === parent.name &&
      JSON.stringify(own) === JSON.stringify(columns),
  )
  return declared?.references?.columns ?? keyOf(parent)
}

/** Parents before their children; tables that follow each other in a circle are a problem, named. */
export function inOrder(choices: ReadonlyMap<string, Choice>, faults: Faults): string[] {
  const order: string[] = []
  const begun = new Set<string>()
  const visit = (source: string, behind: readonly string[]): void => {
    if (order.includes(source)) return
    if (begun.has(source)) {
      const circle = [...behind.slice(behind.indexOf(source)), source]
      faults.problems.push(`tables follow each other in a circle: ${circle.join(' → ')}`)
      return
    }
    begun.add(source)
    const rule = choices.get(source)?.rule
    if (rule?.by === 'parent') visit(rule.parent, [...behind, source])
    if (!order.includes(source)) order.push(source)
  }
  for (const source of choices.keys()) visit(source, [])
  return order
}
