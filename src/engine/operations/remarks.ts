/** Says again of a new table, its rules and its indexes what the old ones had besides their definitions. Pure. */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Remarks } from '../catalog/catalog.ts'
import { type NamedDefinition, nameOf, type PlannedIndex, type PlannedTable } from '../plan/targetTable.ts'

/** Before rows come: what is stored otherwise is stored so from the first row on. */
export function remarksOfTable(table: PlannedTable): string[] {
  const name = nameOf(table)
  const options = table.options ?? []
  const columns = [...table.columns, ...(table.adopted?.extra ?? [])]
  return [
    ...(options.length === 0 ? [] : [`alter table ${name} set (${options.join(', ')})`]),
    ...columns.flatMap(({ name: column, tuned = [] }) =>
      tuned.map(how => `alter table ${name} alter column ${ident(column)} ${how}`),
    ),
    ...(table.comment === null ? [] : [`comment on table ${name} is ${literal(table.comment)}`]),
    ...columns
      .filter(({ comment }) => comment !== null)
      .map(column => `comment on column ${name}.${ident(column.name)} is ${literal(column.comment)}`),
  ]
}

export const remarksOfRule = (table: PlannedTable, { name, remarks }: NamedDefinition): string[] => [
  ...commentOn(`constraint ${ident(name)} on ${nameOf(table)}`, remarks?.comment),
  ...commentOn(`index ${qualified(table.target.schema, name)}`, remarks?.indexComment),
]

export const remarksOfIndex = (table: PlannedTable, { name, remarks }: PlannedIndex): string[] => {
  const index = qualified(table.target.schema, name)
  return [
    ...(remarks?.statistics ?? []).map(
      ([at, target]) => `alter index ${index} alter column ${at} set statistics ${target}`,
    ),
    ...commentOn(`index ${index}`, remarks?.comment),
  ]
}

const commentOn = (what: string, text: string | undefined): string[] =>
  text === undefined ? [] : [`comment on ${what} is ${literal(text)}`]

/** A key's index is built once, with its options; Postgres does not print them with the key. */
export const withIndexOptions = (definition: string, remarks: Remarks | undefined): string =>
  remarks?.indexOptions === undefined
    ? definition
    : definition.replace(beforeTail, `$1 with (${remarks.indexOptions})$2`)

/** What comes before the condition of an exclusion and `deferrable`; in quotes the words are no words. */
const beforeTail = /^((?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"])*?)( WHERE .*| DEFERRABLE.*)?$/is
