/**
 * The migration with which the workspace of a database begins that was scoped in place: on an empty database with the
 * core it makes the schema as it is after the last phase, the tables that stay everybody's included. Pure.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { type Baseline, baselineFile, roleNames } from '../apply/baseline.ts'
import type { Catalog, Column, Table } from '../catalog/catalog.ts'
import { houseSchemas } from '../inspect/classify.ts'
import { commandOf } from '../operations/createType.ts'
import type { CoreMigration } from '../operations/installCore.ts'
import { doors, protectCall } from '../operations/protectTable.ts'
import type { Plan } from '../plan/plan.ts'
import { nameOf, type PlannedTable } from '../plan/targetTable.ts'
import { placeOf } from './keys.ts'
import { scopingOf } from './owner.ts'

type Draft = Omit<Plan, 'id' | 'operations'>

export function scopeBaseline(
  draft: Draft,
  catalog: Catalog,
  last: Pick<CoreMigration, 'filename' | 'hash'> | undefined,
): Baseline {
  const plan: Plan = { ...draft, id: '', operations: [], roles: roleNames }
  const planned = new Map(plan.tables.map(table => [placeOf(table.target), table]))
  const schemas = new Set(plan.tables.map(({ target }) => target.schema))
  const tables = catalog.tables.filter(
    table =>
      (schemas.has(table.schema) || planned.has(placeOf(table))) &&
      !houseSchemas.includes(table.schema) &&
      table.kind === 'table' &&
      !table.partition,
  )
  const types = catalog.types.filter(({ schema }) => schemas.has(schema))
  const of = (table: Table) => planned.get(placeOf(table))
  const statements = [
    ...[...schemas].flatMap(schema => [
      `create schema if not exists ${ident(schema)}`,
      `grant usage on schema ${ident(schema)} to ${plan.roles.visitor}`,
    ]),
    ...types.map(({ schema, name, kind, labels, definition }) =>
      kind === 'enum'
        ? `create type ${qualified(schema, name)} as enum (${labels.map(literal).join(', ')})`
        : `create ${commandOf(kind)} ${qualified(schema, name)} ${definition}`,
    ),
    ...tables.flatMap(table => createStatements(table, of(table), plan)),
    ...tables.flatMap(table => keyStatements(table, of(table), plan)),
    ...tables.flatMap(table => foreignKeyStatements(table, of(table), plan)),
    ...plan.tables.flatMap(table => [protectCall(table, plan), ...doors(table, plan)]),
  ]
  return baselineFile(`${statements.join(';\n\n')};\n`, last)
}

function createStatements(table: Table, planned: PlannedTable | undefined, { scopeColumn }: Plan): string[] {
  const name = qualified(table.schema, table.name)
  const sequences = table.columns.filter(({ identity, sequence }) => identity === null && sequence !== null)
  const lines = [
    ...table.columns.map(columnLine),
    ...(planned ? [`${ident(scopeColumn)} uuid not null default app_hidden.current_organization_id()`] : []),
    ...table.constraints
      .filter(({ type }) => type === 'check')
      .map(rule => `constraint ${ident(rule.name)} ${rule.definition}`),
  ]
  return [
    ...sequences.map(({ sequence }) => `create sequence if not exists ${sequence}`),
    `create table ${name} (\n${lines.map(line => `  ${line}`).join(',\n')}\n)`,
    ...sequences
      .filter(({ serial }) => serial)
      .map(({ sequence, name: column }) => `alter sequence ${sequence} owned by ${name}.${ident(column)}`),
    ...(table.comment === null ? [] : [`comment on table ${name} is ${literal(table.comment)}`]),
    ...table.columns
      .filter(({ comment }) => comment !== null)
      .map(
        ({ name: column, comment }) => `comment on column ${name}.${ident(column)} is ${literal(comment)}`,
      ),
  ]
}

const columnLine = ({ name, type, collation, notNull, generated, identity, default: value }: Column) =>
  [
    ident(name),
    type,
    collation === null ? '' : `collate ${collation}`,
    notNull ? 'not null' : '',
    generated === null ? '' : `generated always as (${generated}) stored`,
    identity === null ? '' : `generated ${identity} as identity`,
    value === null || identity !== null || generated !== null ? '' : `default ${value}`,
  ]
    .filter(Boolean)
    .join(' ')

/** What stays of the old keys and indexes, and the new ones. */
function keyStatements(table: Table, planned: PlannedTable | undefined, plan: Plan): string[] {
  const name = qualified(table.schema, table.name)
  const replaced = planned && scopingOf(plan).tables.find(({ source }) => source === planned.source)?.replaced
  const gone = new Set([
    ...(replaced?.uniques.map(one => one.name) ?? []),
    ...(replaced?.primaryKey ? [replaced.primaryKey.name] : []),
  ])
  return [
    ...table.constraints
      .filter(({ type, name: rule }) => ['primary', 'unique', 'exclusion'].includes(type) && !gone.has(rule))
      .map(rule => `alter table ${name} add constraint ${ident(rule.name)} ${rule.definition}`),
    ...table.indexes.filter(({ name: index }) => !gone.has(index)).map(({ definition }) => definition),
    ...(planned?.indexes ?? []).map(
      index =>
        `create ${index.unique ? 'unique ' : ''}index ${ident(index.name)} on ${name} using ${index.using}`,
    ),
    ...(replaced?.uniques ?? []).flatMap(({ instead }) =>
      instead === null
        ? []
        : [`alter table ${name} add constraint ${ident(instead.name)} ${instead.definition}`],
    ),
    ...(replaced?.primaryKey
      ? [
          `alter table ${name} add constraint ${ident(replaced.primaryKey.index)} primary key using index ${ident(replaced.primaryKey.index)}`,
        ]
      : []),
  ]
}

function foreignKeyStatements(table: Table, planned: PlannedTable | undefined, plan: Plan): string[] {
  const name = planned ? nameOf(planned) : qualified(table.schema, table.name)
  const replaced = planned && scopingOf(plan).tables.find(({ source }) => source === planned.source)?.replaced
  const gone = new Set(replaced?.foreignKeys.map(one => one.name))
  return [
    ...table.constraints.filter(({ type, name: rule }) => type === 'foreign' && !gone.has(rule)),
    ...(planned?.foreignKeys ?? []),
  ].map(rule => `alter table ${name} add constraint ${ident(rule.name)} ${rule.definition}`)
}
