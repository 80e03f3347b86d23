/**
 * One tenant's foreign keys → the shared table's: through the scope column, so that none can lead into another organization.
 * Pure.
 */
import { ident, idents, qualified } from '../../postgres/identifiers.ts'
import type { Constraint, ForeignReference, Table } from '../catalog/catalog.ts'
import { isEnforced, isTemporal } from '../shapes/constraints.ts'
import type { Namer } from '../shapes/namer.ts'
import { type Orphans, orphanKey } from '../shapes/orphans.ts'
import { remarksOf } from '../shapes/remarks.ts'
import type { NamedDefinition, TargetContext } from './targetTable.ts'

export type PlannedForeignKey = NamedDefinition & {
  readonly references: string
  /** Rows lead nowhere in the source, and so they do here: the key stays not valid. So does one that is not enforced. */
  readonly orphaned: boolean
  /** Rows that lead nowhere go to quarantine. */
  readonly quarantine?: true
  /** They stay, also where the old key says that there are none; it is valid if that is so. */
  readonly keep?: true
  /** There are such rows, as far as inspection knows. */
  readonly strays?: true
}

/** @param orphans what becomes of the table's rows that lead nowhere */
export function plannedForeignKeys(
  model: Table,
  orphans: Orphans,
  named: Namer,
  { scopeColumn, keys, targets, orphans: leadingNowhere }: TargetContext,
): PlannedForeignKey[] {
  const scope = ident(scopeColumn)
  const isMerged = keys.merges.has(model.name)
  return foreign(model).map(rule => {
    const { name: old, columns, references, deferrable, deferred } = rule
    const to = references as ForeignReference
    const listed = isTemporal(rule) ? withPeriod : idents
    const folded = to.schema === model.schema ? targets.get(to.table) : undefined
    const isScoped = folded !== undefined && !isMerged && !keys.merges.has(to.table)
    const there = folded ? qualified(folded.schema, folded.name) : qualified(to.schema, to.table)
    return {
      name: named(columns, 'fkey'),
      ...staying(rule, leadingNowhere.has(orphanKey(model.name, old)), orphans, isMerged),
      references: there,
      ...remarksOf(rule),
      definition: [
        isScoped
          ? `foreign key (${scope}, ${listed(columns)}) references ${there} (${scope}, ${listed(to.columns)})`
          : `foreign key (${listed(columns)}) references ${there} (${listed(to.columns)})`,
        // In Postgres' own order, so that verify can compare what it prints.
        onUpdate(to, isScoped),
        onDelete(to, columns),
        deferrable ? `deferrable${deferred ? ' initially deferred' : ''}` : '',
        isEnforced(rule) ? '' : 'not enforced',
      ]
        .filter(Boolean)
        .join(' '),
    }
  })
}

/**
 * `match full`, all of the columns or none, cannot be said of a key that the scope column leads, for that is never empty:
 * it becomes a check.
 */
export const fullMatches = (model: Table, named: Namer): NamedDefinition[] =>
  foreign(model)
    .filter(({ references, columns }) => references?.matchFull && columns.length > 1)
    .filter(({ columns }) =>
      columns.some(column => model.columns.some(({ name, notNull }) => name === column && !notNull)),
    )
    .map(({ name, columns }) => ({
      name: named.check(`${name}_full`),
      definition: `check (num_nulls(${idents(columns)}) in (0, ${columns.length}))`,
    }))

const foreign = ({ constraints }: Table): Constraint[] => constraints.filter(({ type }) => type === 'foreign')

/** Of a key that the scope column leads, `on update set null` would empty that as well, and Postgres cannot say otherwise. */
const onUpdate = ({ onUpdate: action }: ForeignReference, isScoped: boolean): string =>
  action === 'no action' || (isScoped && action.startsWith('set')) ? '' : `on update ${action}`

/** A row of everybody's is nobody's to put away, and several rows together answer for a period. */
function staying(rule: Constraint, leadNowhere: boolean, orphans: Orphans, isMerged: boolean) {
  if (!isEnforced(rule)) return { orphaned: true }
  if (isMerged) return { orphaned: leadNowhere }
  if (orphans === 'keep' || isTemporal(rule)) return { orphaned: leadNowhere, keep: true as const }
  return { orphaned: false, quarantine: true as const, ...(leadNowhere ? { strays: true as const } : {}) }
}

/** `id, period valid` */
const withPeriod = (columns: readonly string[]): string =>
  columns.map((name, at) => `${at === columns.length - 1 ? 'period ' : ''}${ident(name)}`).join(', ')
/** `on delete set null` would also null the scope column: Postgres 15 can name the columns to null. */
export function onDelete(to: ForeignReference, columns: readonly string[]): string {
  if (to.onDelete === 'no action') return ''
  if (!to.onDelete.startsWith('set')) return `on delete ${to.onDelete}`
  return `on delete ${to.onDelete} (${idents(to.onDeleteColumns.length > 0 ? to.onDeleteColumns : columns)})`
}
