/**
 * Whether a table that is there can take the tenants' rows as the planned one would: the same columns, keys that contain the
 * scope column, and no rule that rows could break of which nobody asked the tenants. Pure.
 */
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Catalog, Column, Table } from '../catalog/catalog.ts'
import type { TriggerAbout } from '../catalog/codeQueries.ts'
import { alikeText } from '../operations/constraintFault.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { ownSequence } from '../shapes/drawing.ts'
import type { SharedColumn } from '../shapes/reading.ts'
import { looksSecret } from '../spec/naming.ts'
import type { Adopted } from './adopted.ts'
import { matchRules } from './matchRules.ts'

export type Fit = { readonly table: PlannedTable; readonly faults: readonly string[] }

export type FitContext = {
  readonly catalog: Catalog
  readonly scopeColumn: string
  /** Old name of the planned table that stands there. */
  plannedAt(name: string): string | undefined
}

export function fitTable(there: Table, planned: PlannedTable, context: FitContext): Fit {
  const { catalog, scopeColumn } = context
  const faults = [...ofTable(there, catalog), ...ofScope(there, scopeColumn)]
  const columns = planned.columns.map(({ draws: _, ...column }): SharedColumn => {
    const own = there.columns.find(({ name }) => name === column.name)
    faults.push(...ofColumn(own, column))
    if (own === undefined) return column
    const { tuned: _theirs, ...rest } = column
    // What new rows get is its own matter: numbers, defaults, remarks.
    return {
      ...rest,
      default: own.default,
      identity: own.identity,
      serial: own.serial,
      sequence: own.sequence,
      comment: own.comment,
      ...ownSequence(own, own.sequence),
      ...(own.tuned && { tuned: own.tuned }),
    }
  })
  const known = new Set([scopeColumn, ...planned.columns.map(({ name }) => name)])
  const extra = there.columns.filter(({ name }) => !known.has(name))
  for (const column of extra.filter(isDemanding)) {
    faults.push(
      `column ${column.name} must be given, and the tenants have none: let it be empty, or have a default`,
    )
  }
  const rules = matchRules(there, planned, scopeColumn)
  faults.push(...rules.faults)
  const policies = catalog.others.filter(({ kind, schema, name }) =>
    isOn(there, kind, 'policy', schema, name),
  )
  const scope = there.columns.find(({ name }) => name === scopeColumn)
  const adopted: Adopted = {
    extra: extra.map(column => ({ ...column, ...ownSequence(column, column.sequence) })),
    constraints: rules.constraints,
    indexes: rules.indexes,
    unchecked: rules.unchecked,
    after: rules.references
      .flatMap(name => context.plannedAt(name) ?? [])
      .filter(name => name !== planned.source),
    lacksDefault: scope?.default === null,
    owner: there.owner,
    rowSecurity: there.rowSecurity,
    hasDoors: there.rowSecurity || policies.length > 0,
    isProtected: policies.some(({ name }) => name.startsWith('organization_isolation on ')),
  }
  const table: PlannedTable = {
    ...planned,
    options: there.options ?? [],
    columns,
    keys: rules.keys,
    checks: rules.checks,
    indexes: rules.plannedIndexes,
    foreignKeys: rules.foreignKeys,
    numbered: columns
      .filter(({ sequence }) => sequence !== null)
      .map(({ name }) => planned.numbered.find(one => one.name === name) ?? { name, sequences: {} }),
    secret: [...planned.secret, ...extra.map(({ name }) => name).filter(looksSecret)],
    comment: there.comment,
    adopted,
  }
  return { table, faults: faults.map(fault => `${nameOf(planned)}: ${fault}`) }
}

/** `policy x on items`, of this table. */
const isOn = (table: Table, kind: string, wanted: string, schema: string, name: string) =>
  kind === wanted && schema === table.schema && name.endsWith(` on ${ident(table.name)}`)

function ofTable(there: Table, { server, others }: Catalog): string[] {
  const faults: string[] = []
  const mine = (kind: string) => others.filter(one => isOn(there, one.kind, kind, one.schema, one.name))
  if (there.kind !== 'table') faults.push(`is ${there.kind}, no plain table`)
  if (there.partition || there.partitionElsewhere || there.inherits || there.parts)
    faults.push('is part of another table')
  if (there.unlogged) faults.push('is unlogged: it is empty after a crash')
  if (!server.isSuperuser && !server.memberOf.includes(there.owner)) {
    faults.push(`belongs to ${there.owner}, whose rights ${server.user} has not`)
  }
  for (const { name, definition, about } of mine('trigger')) {
    const events = (definition ?? '').split(' ON ')[0] ?? ''
    if ((about as TriggerAbout).enabled !== 'D' && /\b(INSERT|DELETE)\b/.test(events)) {
      faults.push(
        `trigger ${name.split(' on ')[0]} would run for every row that is moved: disable it meanwhile`,
      )
    }
  }
  for (const { name } of mine('rule'))
    faults.push(`rule ${name.split(' on ')[0]} acts past the wall: drop it`)
  for (const { name, definition } of mine('policy')) {
    if (/\{-\}/.test(definition ?? '')) {
      faults.push(`policy ${name.split(' on ')[0]} is for everybody: name the role that it is for`)
    }
  }
  const open = others.find(
    ({ kind, schema, name }) => kind === 'grant' && schema === there.schema && name === 'to public',
  )
  if ((open?.definition ?? '').split('; ').some(grant => isGrantOn(grant, there))) {
    faults.push(
      `everybody has rights on it: revoke all on ${qualified(there.schema, there.name)} from public`,
    )
  }
  return faults
}

const isGrantOn = (grant: string, { name }: Table) =>
  grant.endsWith(` on ${ident(name)}`) || grant.includes(` on ${ident(name)}.`)

function ofScope(there: Table, scopeColumn: string): string[] {
  const column = there.columns.find(({ name }) => name === scopeColumn)
  if (column === undefined) return [`has no column ${scopeColumn} uuid not null`]
  const faults: string[] = []
  if (column.type !== 'uuid' || !column.notNull) faults.push(`column ${scopeColumn} is not uuid not null`)
  if (column.default !== null && column.default !== 'app_hidden.current_organization_id()') {
    faults.push(
      `column ${scopeColumn} has the default ${column.default}: drop it, and the plan gives it its own`,
    )
  }
  return faults
}

function ofColumn(own: Column | undefined, column: SharedColumn): string[] {
  const { name } = column
  if (own === undefined) return [`has no column ${name} ${column.type}${column.notNull ? ' not null' : ''}`]
  const faults: string[] = []
  if (own.type !== column.type) faults.push(`column ${name} is ${own.type}, and must be ${column.type}`)
  if (own.collation !== column.collation) faults.push(`column ${name} is sorted otherwise (collate)`)
  if (own.notNull !== column.notNull) {
    faults.push(
      `column ${name} ${own.notNull ? 'may not' : 'may'} be empty, and ${column.notNull ? 'must not' : 'must'} in the tenants`,
    )
  }
  if (alikeText(own.generated ?? '') !== alikeText(column.generated ?? ''))
    faults.push(`column ${name} is computed otherwise`)
  if (column.sequence !== null && (own.sequence === null || !(own.serial || own.identity !== null))) {
    faults.push(`column ${name} is numbered in the tenants, and has no sequence of its own`)
  }
  return faults
}

const isDemanding = (column: Column): boolean =>
  column.notNull && column.default === null && column.identity === null && column.generated === null
