/** Names and values as SQL text. Postgres' own rules: docs, 4.1.1 "Identifiers" and 4.1.2 "Constants". */

/** `employees` → `employees`, `Order` → `"Order"`: quoted only where Postgres would fold, reject or reserve it. */
export const ident = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`

/** A schema-qualified name. */
export const qualified = (schema: string, name: string): string => `${ident(schema)}.${ident(name)}`

/** A string constant; safe whatever `standard_conforming_strings` says. */
export const literal = (value: string | null): string => {
  if (value === null) return 'null'
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return value.includes('\\') ? `E${quoted}` : quoted
}

/** A comma-separated list of names. */
export const idents = (names: readonly string[]): string => names.map(ident).join(', ')

/**
 * Key words that cannot stand bare as a column or table name (docs, appendix C: reserved, or reserved except
 * as function or type name), Postgres 12 to 18.
 */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
  collation column concurrently constraint create cross current_catalog current_date current_role current_schema
  current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
  foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
  leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
  placing primary references returning right select session_user similar some symmetric system_user table
  tablesample then to trailing true union unique user using variadic verbose when where window with between bigint
  bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int integer interval
  json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
  json_table json_value least merge_action national nchar none normalize nullif numeric out overlay position
  precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat
  xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
)
