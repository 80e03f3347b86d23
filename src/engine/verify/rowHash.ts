/**
 * A row as one number, the same in the old schema and in the new table: each column cast to text (enums hash by their
 * oid otherwise), hashed one after the other, each hash the seed of the next: so that no value can take another's place,
 * nor null that of ''. bytea is hashed directly: its text is twice its size. Sums of these do not depend on order.
 * One text of the whole row took 1.6 times as long (200,000 rows), its binary form 1.4 times; writing whole numbers and
 * times as text took about a third of all (250,000 rows), so these, and uuids, are hashed as they are.
 */
import { ident, literal } from '../../postgres/identifiers.ts'
import type { Column } from '../catalog/catalog.ts'

/** The settings that text output depends on; both ends use these. */
export const textSettings: readonly string[] = [
  "set local timezone to 'UTC'",
  "set local datestyle to 'ISO, YMD'",
  "set local intervalstyle to 'iso_8601'",
  'set local extra_float_digits to 3',
  "set local bytea_output to 'hex'",
  'set local xmloption to content',
  'set local row_security to off',
  'set local quote_all_identifiers to off',
  'set local statement_timeout to 0',
]

export const columnText = (column: Column, of: string): string =>
  expressionText(column, `${of}.${ident(column.name)}`)

/** The text of a value of the column's type. */
export const expressionText = ({ base, type }: Pick<Column, 'base' | 'type'>, column: string): string => {
  if (type.endsWith('[]')) return `${column}::text`
  if (base === 'bytea') return `encode(sha256(${column}), 'hex')`
  // As text it would lose the blanks at its end.
  return base === 'bpchar' ? `encode(bpcharsend(${column}), 'hex')` : `${column}::text`
}

/** A value of a row: SQL, and the type it has there. */
export type Value = { readonly as: Pick<Column, 'base' | 'type'>; readonly sql: string }

/** Each hash is an argument of the next, and Postgres' parser goes no deeper than some 1,200 of the longest. */
const deep = 400

/**
 * bigint, of a row's columns. Equal bytes count: in a collation of its own "A" may be "a".
 * @param values the column as the shared table has it, the same on both sides, and its value on this one
 */
export function rowHash(values: readonly { readonly column: HashedColumn; readonly value: Value }[]): string {
  const chain = (from: number) =>
    values.slice(from, from + deep).reduce((seed, { column, value }) => withValue(column, value, seed), '0')
  let hash = chain(0)
  for (let from = deep; from < values.length; from += deep) {
    hash = `hashtextextended((${chain(from)})::text collate "C", ${hash})`
  }
  return hash
}

/**
 * A column of several sources, their rows under each other: what each gives, and what it is then. As it is where all have
 * the type; else as text, which every source writes by itself: types of two schemas have no other in common.
 */
export function stack(
  column: HashedColumn,
  values: readonly Value[],
): { readonly each: readonly string[]; readonly as: Value['as'] } {
  const isAlike = values.every(({ as }) => as.base === column.base && as.type === column.type)
  if (column.typeSchema === null && isAlike) return { each: values.map(({ sql }) => sql), as: column }
  if (isOwn(column) && hashedAsItIs(column)) {
    return { each: values.map(({ sql }) => `(${sql})::${column.type}`), as: column }
  }
  return { each: values.map(({ as, sql }) => expressionText(as, sql)), as: { base: 'text', type: 'text' } }
}

type HashedColumn = Pick<Column, 'base' | 'type' | 'typeSchema' | 'notNull'> & { readonly ids?: unknown }

/** Types that hold a row's value as Postgres' own of that name, on both sides: a widened integer is an integer. */
const isOwn = ({ type, typeSchema, ids }: HashedColumn) =>
  typeSchema === null && ids === undefined && !type.endsWith('[]')

/** Functions that write a value's bytes, where its text takes longer. Not of floats: NaN has several. */
const bytes: Readonly<Record<string, string>> = {
  timestamptz: 'timestamptz_send',
  timestamp: 'timestamp_send',
}

const hashedAsItIs = ({ type, base }: HashedColumn) =>
  ['smallint', 'integer', 'bigint', 'uuid'].includes(type) || base in bytes

function withValue(column: HashedColumn, { as, sql }: Value, seed: string): string {
  const { type, notNull } = column
  if (isOwn(column)) {
    const given = (zero: string) => (notNull ? sql : `coalesce(${sql}, ${zero})`)
    // Null begins elsewhere than zero. A mark on the hash itself would cancel out in a sum over rows.
    const begun = notNull ? seed : `${seed} # (${sql} is null)::int4::int8`
    const number = `${given('0')}::int8`
    if (type === 'smallint' || type === 'integer') return `hashint8extended(${number}, ${begun})`
    // It folds both halves of a number into one: by itself 4294967297 would be 0.
    if (type === 'bigint') return `hashint8extended(${number}, hashint8extended((${number} >> 32), ${begun}))`
    if (type === 'uuid')
      return `uuid_hash_extended(${given("'00000000-0000-0000-0000-000000000000'")}, ${begun})`
    const send = bytes[column.base]
    if (send !== undefined) return ofText(column, `encode(${send}(${sql}), 'hex')`, seed)
  }
  return ofText(column, expressionText(as, sql), seed)
}

const ofText = (column: HashedColumn, text: string, seed: string) =>
  `hashtextextended((${present(column, text)}) collate "C", ${seed})`

/** Types no value of which is written ''. */
const neverEmpty = new Set([
  ...[
    'bool',
    'int2',
    'int4',
    'int8',
    'numeric',
    'float4',
    'float8',
    'money',
    'uuid',
    'json',
    'jsonb',
    'bytea',
  ],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'inet', 'cidr', 'macaddr', 'oid'],
])

/** Null is ''; where a value may be written so, it gets a dot in front. A null where none can be makes no hash at all. */
function present({ base, type, notNull }: HashedColumn, text: string): string {
  if (notNull) return text
  return neverEmpty.has(base) || type.endsWith('[]')
    ? `coalesce(${text}, '')`
    : `coalesce('.' || ${text}, '')`
}

/** text, for the row aliased `of`: `7`, or `7,2` for a key of two columns. */
export const keyText = (key: readonly string[], of: string): string =>
  keyAsText(key.map(name => `${of}.${ident(name)}::text`))

/** The same of texts. */
export const keyAsText = (texts: readonly string[]): string =>
  `concat_ws(',', ${texts.map(text => `${text} collate "C"`).join(', ')})`

/** text[], naming the columns whose texts differ. */
export const changedColumns = (
  columns: readonly { readonly name: string; readonly a: string; readonly b: string }[],
): string =>
  `array_remove(array[${columns
    .map(({ name, a, b }) => `case when ${a} is distinct from ${b} then ${literal(name)} end`)
    .join(', ')}], null)`
