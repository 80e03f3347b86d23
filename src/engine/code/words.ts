/** What words in code mean to whoever carries it to another schema. */

/** Stand before a parenthesis and call nothing that somebody made: key words, and types with a length. */
export const callsNothing: ReadonlySet<string> = new Set(
  `all and any array as between by case cast coalesce distinct else elsif elseif end except exception exists exit extract filter
  for from greatest group having if ilike in int4 intersect into is lateral least like limit loop next not nullif offset on
  or order over overlay partition perform position query return row select similar some substring then trim union
  using values when where while within
  bit bpchar char character decimal float interval numeric precision time timestamp timestamptz timetz varbit varchar
  varying`.split(/\s+/),
)

/**
 * Functions of Postgres that are not immutable and yet depend on nothing but time, chance and settings for texts: not on
 * schemas, names, roles or rows.
 */
export const harmless: ReadonlySet<string> = new Set(
  `age array_to_json array_to_string clock_timestamp concat concat_ws date_part date_trunc format gen_random_uuid
  generate_series json_agg json_build_array json_build_object json_object_agg jsonb_agg jsonb_build_array
  jsonb_build_object jsonb_object_agg make_timestamptz now random row_to_json statement_timestamp string_to_array
  timeofday timezone to_char to_date to_json to_jsonb to_number to_timestamp transaction_timestamp uuidv4 uuidv7`.split(
    /\s+/,
  ),
)

/** As harmless, as long as nobody made a text search configuration: names of those are looked up by the search path. */
export const textSearch: ReadonlySet<string> = new Set(
  `to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_headline`.split(/\s+/),
)

/** What runs text as SQL, changes rows, objects or settings, or speaks to others. */
export const acts: ReadonlySet<string> = new Set(
  `alter analyze call cluster comment commit copy create deallocate delete discard drop execute grant import insert
  listen load lock merge notify prepare refresh reindex reset revoke rollback savepoint set truncate unlisten update
  vacuum`.split(/\s+/),
)

/** Reserved: unquoted, no relation's name (docs, appendix C). */
export const reserved: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct
  do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
  localtime localtimestamp not null offset on only or order placing primary references returning select session_user
  some symmetric table then to trailing true union unique user using variadic when where window with`.split(
    /\s+/,
  ),
)

/** Columns that Postgres gives every table. */
export const systemColumns: ReadonlySet<string> = new Set([
  'ctid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
])

/** What is another thing after the move: who asks, where, and what a name means there. */
export const meansOtherwise: ReadonlySet<string> = new Set(
  `current_catalog current_role current_schema current_user session_user system_user user
  regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype
  tg_argv tg_relid tg_relname tg_table_name tg_table_schema ctid oid tableoid xmin xmax cmin cmax`.split(
    /\s+/,
  ),
)
