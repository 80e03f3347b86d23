/**
 * Targets that exist: tables that somebody's own migrations made are taken as they are when they fit, and refused with all that
 * does not fit when they do not. What may fail here: RH125. Pure, but for the last look at rows.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Catalog, readOnly } from '../catalog/catalog.ts'
import { nameIn } from '../code/groups.ts'
import type { PlannedCode } from '../code/planned.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import type { PlannedType } from '../shapes/sharedTypes.ts'
import { type Fit, fitTable } from './fit.ts'

type Draft = PlannedCode & {
  readonly tables: readonly PlannedTable[]
  readonly types: readonly PlannedType[]
}

/** @throws RowhouseError RH125 listing everything that does not fit */
export function adoptTargets<D extends Draft>(draft: D, catalog: Catalog, scopeColumn: string): D {
  const there = new Map(catalog.tables.map(table => [qualified(table.schema, table.name), table]))
  const planned = new Map(draft.tables.map(table => [nameOf(table), table.source]))
  const context = { catalog, scopeColumn, plannedAt: (name: string) => planned.get(name) }
  const fits = draft.tables.map((table): Fit => {
    const own = there.get(nameOf(table))
    return own === undefined ? { table, faults: [] } : fitTable(own, table, context)
  })
  const types = draft.types.map(type => fitType(type, catalog))
  const tables = fits.map(({ table }) => table)
  refuse([
    ...fits.flatMap(({ faults }) => faults),
    ...types.flatMap(({ fault }) => fault ?? []),
    ...otherRelations(draft.tables, catalog),
    ...circles(tables),
    ...takenFunctions(draft, catalog),
  ])
  const adopted = new Set(tables.filter(table => table.adopted !== null).map(table => table.source))
  return {
    ...draft,
    tables,
    types: types.map(({ type }) => type),
    // A trigger of that name which is there is its table's own, as its doors are.
    triggers: draft.triggers.filter(trigger => {
      const table = tables.find(({ source }) => source === trigger.table)
      return !(
        table &&
        adopted.has(table.source) &&
        catalog.others.some(
          ({ kind, schema, name }) =>
            kind === 'trigger' &&
            schema === table.target.schema &&
            name === `${ident(trigger.name)} on ${ident(table.target.name)}`,
        )
      )
    }),
  }
}

function refuse(faults: readonly string[]): void {
  if (faults.length === 0) return
  throw new RowhouseError('RH125', {
    message: `the target is already there, and does not fit: ${faults.join('; ')}`,
    hint: 'change what is named, choose another target_schema in the spec, or see where things stand: rowhouse status',
  })
}

function fitType(type: PlannedType, { types }: Catalog): { type: PlannedType; fault?: string } {
  const own = types.find(one => one.schema === type.target.schema && one.name === type.target.name)
  if (own === undefined) return { type }
  const name = qualified(own.schema, own.name)
  const isSame =
    own.kind === type.kind &&
    (own.kind === 'enum'
      ? JSON.stringify(own.labels.filter(label => type.labels.includes(label))) ===
        JSON.stringify(type.labels)
      : own.definition === type.definition)
  return isSame
    ? { type: { ...type, labels: own.labels, adopted: true } }
    : {
        type,
        fault: `${name}: is not ${type.kind} ${type.kind === 'enum' ? `(${type.labels.join(', ')})` : type.definition}`,
      }
}

/** A view or a sequence of the name. */
const otherRelations = (tables: readonly PlannedTable[], { others }: Catalog): string[] =>
  tables.flatMap(table => {
    const { schema, name } = table.target
    const own = others.find(
      one => one.schema === schema && one.name === name && /view$|sequence/.test(one.kind),
    )
    return own === undefined ? [] : [`${nameOf(table)}: is a ${own.kind}`]
  })

/** Keys that are there are checked for every row: what is referred to must be copied first. */
function circles(tables: readonly PlannedTable[]): string[] {
  return copyOrder(tables) === null
    ? [
        'foreign keys that are there refer to each other in a circle: drop one of them, the plan makes it again',
      ]
    : []
}

/** Tables with foreign keys that are there, each after those that it refers to; null where that cannot be. */
export function copyOrder(tables: readonly PlannedTable[]): PlannedTable[] | null {
  const order: PlannedTable[] = []
  let left = tables.filter(table => (table.adopted?.after.length ?? 0) > 0)
  while (left.length > 0) {
    const waiting = new Set(left.map(({ source }) => source))
    const next = left.filter(({ adopted }) => !adopted?.after.some(source => waiting.has(source)))
    if (next.length === 0) return null
    order.push(...next)
    left = left.filter(table => !next.includes(table))
  }
  return order
}

const takenFunctions = ({ functions }: Draft, { others }: Catalog): string[] =>
  functions.flatMap(({ source, target }) =>
    others.some(other => other.schema === target.schema && `${other.kind} ${nameIn(other)}` === source)
      ? [`${source} is in schema ${target.schema} already: drop it`]
      : [],
  )

/**
 * @throws RowhouseError RH125 where a target has rows of the plan's organizations already, or of none that there is: the
 *   scope column refers to them
 */
export async function refuseFilledTargets(client: pg.ClientBase, plan: Plan): Promise<void> {
  const adopted = plan.tables.filter(table => table.adopted !== null)
  if (adopted.length === 0) return
  const isFresh = plan.operations.some(one => one.kind === 'install_core' && one.fresh)
  const { rows } = await readOnly(client, () =>
    client.query<{ name: string }>(
      adopted
        .map(
          table =>
            `select ${literal(nameOf(table))} as name where ${isFresh ? `exists (select from ${nameOf(table)})` : strangeRows(table, plan)}`,
        )
        .join('\nunion all\n'),
    ),
  )
  refuse(rows.map(({ name }) => `${name}: ${hasStrangeRows}`))
}

export const hasStrangeRows =
  'has rows of organizations that are not there yet, or that the plan would fill it with'

/** An SQL condition. */
export const strangeRows = (table: PlannedTable, { organizations, scopeColumn, coreSchema }: Plan): string =>
  `exists (
  select from ${nameOf(table)} where ${ident(scopeColumn)} in (${organizations.map(({ id }) => literal(id)).join(', ')})
    or not exists (select from ${qualified(coreSchema, 'organizations')} o where o.id = ${nameOf(table)}.${ident(scopeColumn)})
)`
