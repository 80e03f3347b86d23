/** What one table has, by itself, that scoping in place cannot go past. Pure. */
import type { Table } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { looksSecret } from '../spec/naming.ts'
import type { Scene } from './hazards.ts'
import { keyOf, type Place } from './places.ts'
import { block, leave, note } from './verdict.ts'

export const tableHazards = (place: Place, scene: Scene): Hazard[] => [
  ...ofTable(place, scene),
  ...ofColumns(place, scene),
]

function ofTable({ source, table }: Place, { choices, memberOf, login }: Scene): Hazard[] {
  const on = { object: source, table: source }
  const hazards: Hazard[] = []
  if (table.kind === 'partitioned')
    hazards.push(
      block({
        ...on,
        code: 'partitioned',
        detail:
          'is partitioned: no index of it can be built while it is written to, no key added without reading it',
        hint: leave(source),
      }),
    )
  if (table.kind === 'foreign')
    hazards.push(
      block({
        ...on,
        code: 'foreign-table',
        detail: 'is a foreign table: its rows are elsewhere',
        hint: leave(source),
      }),
    )
  if ((table.inherits || table.parts) && table.kind === 'table')
    hazards.push(
      block({
        ...on,
        code: 'inheritance',
        detail: 'inherits from a table, or is inherited from: a wall around one does not hold for the other',
        hint: `make it a table of its own (alter table … no inherit …), or ${leave(source)}`,
      }),
    )
  if (keyOf(table).length === 0) {
    const isAssigned = choices.get(source)?.rule != null
    hazards.push(
      (isAssigned ? block : note)({
        ...on,
        code: 'no-primary-key',
        detail: isAssigned
          ? 'has no primary key: its rows cannot be assigned in batches'
          : "has no primary key: its rows stay the default organization's, and the API looks none up",
        hint: `add one: alter table ${source} add primary key (…)${isAssigned ? `; or ${leave(source)}` : ''}`,
      }),
    )
  }
  if (memberOf !== null && !memberOf.has(table.owner))
    hazards.push(
      block({
        ...on,
        code: 'foreign-owner',
        detail: `belongs to ${table.owner}, and the login ${login} cannot act as that role`,
        hint: `as a superuser: grant "${table.owner}" to "${login}"`,
      }),
    )
  return hazards
}

function ofColumns({ source, table }: Place, { scopeColumn }: Scene): Hazard[] {
  const taken = table.columns.find(({ name }) => name === scopeColumn)
  const on = { object: `${source}.${scopeColumn}`, table: source }
  return [
    ...(taken === undefined
      ? []
      : [
          isScopeColumn(table, scopeColumn)
            ? block({
                ...on,
                code: 'scoped-already',
                detail:
                  'is there, and means what ours would: a uuid that refers to organizations, never null',
                hint: `somebody scoped this table: ${leave(source)}, or drop the column`,
              })
            : block({
                ...on,
                code: 'scope-column-taken',
                detail: `is there, and means something else: ${taken.type}${taken.notNull ? '' : ', may be null'}${refersTo(table, scopeColumn)}`,
                hint: 'choose another scope_column in the spec, or rename the column',
              }),
        ]),
    ...table.columns
      .filter(({ name }) => looksSecret(name))
      .map(({ name }) =>
        note({
          object: `${source}.${name}`,
          table: source,
          code: 'secret-column',
          detail: 'looks like a secret by its name: the API gets no right on it',
          hint: `if it is none: tables: { ${JSON.stringify(source)}: { secret: [] } }`,
        }),
      ),
  ]
}

const keyOn = ({ constraints }: Table, column: string) =>
  constraints.find(({ type, columns }) => type === 'foreign' && columns.length === 1 && columns[0] === column)
    ?.references ?? null

const isScopeColumn = (table: Table, name: string): boolean =>
  keyOn(table, name)?.table === 'organizations' &&
  table.columns.some(column => column.name === name && column.base === 'uuid' && column.notNull)

function refersTo(table: Table, column: string): string {
  const references = keyOn(table, column)
  return references === null ? '' : `, refers to ${references.schema}.${references.table}`
}
