/**
 * Rules of a table that is there, against the planned ones: the same rule keeps its name, a missing one is still to be made, and
 * one that was not planned is a fault, for the tenants' rows were never asked. Pure.
 */
import type { Constraint, Index, Table } from '../catalog/catalog.ts'
import { alikeText } from '../operations/constraintFault.ts'
import type { NamedDefinition, PlannedIndex, PlannedTable } from '../plan/targetTable.ts'
import { remarksOf } from '../shapes/remarks.ts'

export type Matched = Pick<PlannedTable, 'keys' | 'checks' | 'foreignKeys'> & {
  readonly plannedIndexes: readonly PlannedIndex[]
  readonly constraints: readonly string[]
  readonly indexes: readonly string[]
  readonly unchecked: readonly string[]
  /** `schema.table` of the foreign keys that are there. */
  readonly references: readonly string[]
  readonly faults: readonly string[]
}

const textOf = (definition: string) => alikeText(definition.replace(/ NOT VALID$/, ''))

export function matchRules(there: Table, planned: PlannedTable, scopeColumn: string): Matched {
  const faults: string[] = []
  const constraints: string[] = []
  const used = new Set<Constraint>()
  const take = <T extends NamedDefinition>(rule: T, isSame: (one: Constraint) => boolean): T => {
    const own = there.constraints.find(one => !used.has(one) && isSame(one))
    if (own === undefined) return rule
    used.add(own)
    constraints.push(own.name)
    const { remarks: _, ...planned } = rule
    const definition = own.definition.replace(/ NOT VALID$/, '')
    // What is said of it is its own matter too.
    return { ...planned, name: own.name, definition, ...remarksOf(own) } as T
  }
  const keys = planned.keys.map(key => {
    const type = /^primary/i.test(key.definition)
      ? 'primary'
      : /^unique/i.test(key.definition)
        ? 'unique'
        : 'exclusion'
    return take(
      key,
      one =>
        one.type === type &&
        (textOf(one.definition) === textOf(key.definition) ||
          (type === 'primary' && sameSet(one.columns, [scopeColumn, ...planned.key]))),
    )
  })
  const checks = planned.checks.map(check => {
    const matched = take(
      check,
      one => one.type === 'check' && textOf(one.definition) === textOf(check.definition),
    )
    if (check.unchecked && constraints.includes(matched.name))
      faults.push(
        `check ${matched.name} was never held against the tenants' rows, and may refuse them: drop it, the plan makes it again`,
      )
    return matched
  })
  const unchecked: string[] = []
  const references: string[] = []
  const foreignKeys = planned.foreignKeys.map(key => {
    // Actions are its own matter.
    const head = textOf(key.definition).replace(/ (on (delete|update)|deferrable|initially).*$/, '')
    const matched = take(
      key,
      one =>
        one.type === 'foreign' &&
        textOf(one.definition).replace(/ (on (delete|update)|deferrable|initially).*$/, '') === head,
    )
    const own = there.constraints.find(
      one => used.has(one) && one.type === 'foreign' && one.name === matched.name,
    )
    if (key.strays)
      faults.push(
        `foreign key ${matched.name} leads nowhere from rows of tenants, and of a table that is there nothing goes to quarantine: mend them, or orphans: 'keep'`,
      )
    if (own === undefined) return matched
    references.push(key.references)
    if (!own.validated) unchecked.push(own.name)
    if (key.orphaned) faults.push(`foreign key ${own.name} refuses rows of tenants that lead nowhere`)
    return matched
  })
  for (const one of there.constraints.filter(other => !used.has(other))) faults.push(ofRule(one, scopeColumn))

  const indexes: string[] = []
  const taken = new Set<Index>()
  const plannedIndexes = planned.indexes.map(index => {
    const own = there.indexes.find(
      one =>
        !taken.has(one) && one.unique === index.unique && alikeText(usingOf(one)) === alikeText(index.using),
    )
    if (own === undefined) return index
    taken.add(own)
    indexes.push(own.name)
    const { remarks: _, ...rest } = index
    return { ...rest, name: own.name, ...remarksOf(own) }
  })
  for (const index of there.indexes.filter(one => one.unique && !taken.has(one)))
    faults.push(ofIndex(index, scopeColumn))
  return { keys, checks, foreignKeys, plannedIndexes, constraints, indexes, unchecked, references, faults }
}

const usingOf = ({ definition }: Index) => definition.slice(definition.indexOf(' USING ') + ' USING '.length)

const sameSet = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every(one => b.includes(one))

const meets = (scopeColumn: string) => `does not contain ${scopeColumn}: rows of two tenants would meet in it`

function ofRule({ name, type, columns, definition }: Constraint, scopeColumn: string): string {
  const what = {
    primary: 'primary key',
    unique: 'unique',
    foreign: 'foreign key',
    check: 'check',
    exclusion: 'exclusion',
  }[type]
  const isKey = type === 'primary' || type === 'unique'
  return `${what} ${name} (${definition}) ${isKey && !columns.includes(scopeColumn) ? meets(scopeColumn) : 'is not planned, and may refuse rows of tenants: drop it'}`
}

const ofIndex = ({ name, columns }: Index, scopeColumn: string): string =>
  `unique index ${name} ${columns.includes(scopeColumn) ? 'is not planned, and may refuse rows of tenants: drop it' : meets(scopeColumn)}`
