/**
 * Ids that become others, as SQL: looked up in the map that the plan keeps (db/rowhouse/renumbered.sql). Copying and
 * comparing read through the same expressions. Pure.
 */
import { ident, literal } from '../../postgres/identifiers.ts'

/** Whose ids a column has; tables by their old names. */
export type IdMap =
  /** Of one table; in an array, each element is one. */
  | { readonly of: string }
  /** Of the table that another column's text says; null: of none whose ids change. */
  | {
      readonly by: string
      readonly of: Readonly<Record<string, string | null>>
      /** The other column has ids of this merged table: what it says is that row's natural key, joined by dots. */
      readonly says?: Says
    }
  /** Under these keys of a jsonb object, alone or in an array. */
  | { readonly keys: Readonly<Record<string, string>> }

export type Says = {
  readonly table: string
  readonly key: string
  readonly natural: readonly string[]
  /** The merged table itself, once it has a name. */
  readonly target?: string
}

/** SQL: the natural key of the row of `from` with this id, as the spec writes it: `shop.order`. */
export const saying = ({ key, natural }: Says, from: string, id: string): string =>
  `(select concat_ws('.', ${natural.map(name => `p.${ident(name)}`).join(', ')}) from ${from} p where p.${ident(key)} = ${id})`

/** What becomes of an id that the map lacks: a copy stops (RH014), a comparison gets -1, which no row has. */
export type Missing = 'stop' | 'minus one'

type Look = { readonly organization: string; readonly missing: Missing }

/** Types of columns that can have ids to be looked up. */
export const isInteger = (type: string): boolean => ['smallint', 'integer', 'bigint'].includes(type)
export const isText = (type: string): boolean => /^(text|character varying(\(\d+\))?)$/.test(type)

/** bigint: the new id. @param id bigint or narrower; null where the value is no id @param value the same as written */
function look(table: string, id: string, value: string, { organization, missing }: Look): string {
  const found = `(select m.new_id from rowhouse.renumbered m where m.table_name = ${literal(table)} and m.organization_id = ${literal(organization)} and m.old_id = ${id})`
  const otherwise =
    missing === 'stop'
      ? `rowhouse.unmapped(${literal(table)}, ${value}::text)`
      : `case when ${value} is not null then -1 end`
  return `coalesce(${found}, ${otherwise})`
}

/** A text that is no number is no id. */
const lookText = (table: string, text: string, how: Look): string =>
  look(table, `case when ${text} ~ '^[0-9]{1,18}$' then (${text})::bigint end`, text, how)

const lookTyped = (table: string, value: string, type: string, how: Look): string =>
  isText(type) ? lookText(table, `${value}::text`, how) : look(table, value, value, how)

/**
 * The column's value with the new ids in it, in the column's type.
 * @param alias of the row, for the columns that a map by another column needs
 */
export function mapped(
  map: IdMap,
  { name, type }: { readonly name: string; readonly type: string },
  alias: string,
  how: Look,
): string {
  const value = `${alias}.${ident(name)}`
  if ('keys' in map) return inObject(map.keys, value, how)
  if ('by' in map) {
    const cases = Object.entries(map.of).flatMap(([says, table]) =>
      table === null ? [] : [`when ${literal(says)} then (${lookTyped(table, value, type, how)})::text`],
    )
    if (cases.length === 0) return value
    const by = `${alias}.${ident(map.by)}`
    const says =
      map.says?.target === undefined
        ? `${by}::text`
        : saying(map.says, map.says.target, look(map.says.table, by, by, how))
    return `(case ${says} ${cases.join(' ')} else ${value}::text end)::${type}`
  }
  if (type.endsWith('[]')) {
    const each = lookTyped(map.of, 'e.id', type.slice(0, -2), how)
    return `(case when cardinality(${value}) > 0 then (select array_agg(${each} order by e.place) from unnest(${value}) with ordinality e (id, place))::${type} else ${value} end)`
  }
  return `(${lookTyped(map.of, value, type, how)})::${type}`
}

/** Numbers stay numbers, and texts texts. */
function inObject(keys: Readonly<Record<string, string>>, object: string, how: Look): string {
  const one = (table: string, json: string) => {
    const id = lookText(table, `(${json} #>> '{}')`, how)
    return `case jsonb_typeof(${json}) when 'number' then to_jsonb(${id}) when 'string' then to_jsonb((${id})::text) else ${json} end`
  }
  const cases = Object.entries(keys).map(
    ([key, table]) =>
      `when ${literal(key)} then case jsonb_typeof(e.value) when 'array' then coalesce((select jsonb_agg(${one(table, 'a.value')} order by a.place) from jsonb_array_elements(case jsonb_typeof(e.value) when 'array' then e.value end) with ordinality a (value, place)), e.value) else ${one(table, 'e.value')} end`,
  )
  return `(case when jsonb_typeof(${object}) = 'object' and ${object} <> '{}' then (select jsonb_object_agg(e.key, case e.key ${cases.join(' ')} else e.value end) from jsonb_each(case jsonb_typeof(${object}) when 'object' then ${object} end) e) else ${object} end)`
}
