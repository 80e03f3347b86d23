/**
 * What a column can be: every type of Postgres' own that a table can have, of extensions where the server has them, and
 * of the tenant's schema. Values differ by row and by tenant, so that a row in the wrong place shows.
 */
import type { Random } from './random.ts'

export type Kind = {
  /** As in `create table`; types of the schema's own bare, found by the search path. */
  readonly type: string
  /** SQL of the value of row `n` (from 1) of tenant `no`: another one for each row where `unique` says so. */
  readonly value: (n: number, no: number, random: Random) => string
  /** Whether every row has another value, and btree can compare them. */
  readonly unique?: true
  /** Whether btree can compare them at all. Default true. */
  readonly ordered?: false
  /** Whether the type itself takes no null. */
  readonly required?: true
  /** Types that hold it too: what another version of the application has. */
  readonly wider?: readonly string[]
}

const q = (text: string) => `'${text.replaceAll("'", "''")}'`
const texts = ['', ' ', 'a', "it's", '"', '\\', 'größe', '日本', 'NULL', '%s', '{x,"y"}', '(1,2)', '\t']

export const plain: readonly Kind[] = [
  { type: 'smallint', value: n => String(n - 3), unique: true, wider: ['integer', 'bigint', 'numeric'] },
  { type: 'integer', value: (n, no) => String(n * 1000 + no), unique: true, wider: ['bigint', 'numeric'] },
  { type: 'bigint', value: (n, no) => String(-(n * 4294967296 + no)), unique: true, wider: ['numeric'] },
  {
    type: 'numeric(12,3)',
    value: (n, no) => `${n}.${no % 1000}`,
    unique: true,
    wider: ['numeric', 'numeric(14,5)'],
  },
  { type: 'numeric', value: (n, no) => `${n}.${'0'.repeat(n % 4)}${no}`, unique: true },
  { type: 'real', value: (n, no) => String(n + no / 7) },
  { type: 'double precision', value: (n, no) => (n % 5 === 0 ? `'-0'` : String(n / 3 + no)) },
  { type: 'money', value: (n, no) => `${n}.${no % 90}::numeric::money` },
  { type: 'text', value: (n, no, r) => q(`${r.of(texts)}${n}.${no}`), unique: true },
  {
    type: 'varchar(40)',
    value: (n, no, r) => q(`${n}.${no}${r.of(texts)}`),
    unique: true,
    wider: ['text', 'varchar(60)', 'varchar'],
  },
  { type: 'char(12)', value: (n, no) => q(`c${n}.${no} `), unique: true },
  { type: 'bpchar', value: (n, no) => q(`b${n}.${no}  `) },
  { type: '"char"', value: n => q(String.fromCharCode(65 + (n % 26))) },
  { type: 'name', value: (n, no) => q(`n${n}_${no}`), unique: true },
  {
    type: 'bytea',
    value: (n, no) => `'\\x00${String(n).padStart(4, '0')}${String(no).padStart(4, '0')}'`,
    unique: true,
  },
  { type: 'boolean', value: (_, __, r) => r.of(['true', 'false', 'null']) },
  {
    type: 'date',
    value: (n, no, r) => r.of([`date '2020-01-01' + ${n + no}`, `'infinity'`, `'0044-03-15 BC'`]),
  },
  { type: 'time', value: n => `time '00:00' + interval '${n} minutes 0.${n % 9}s'` },
  { type: 'timetz', value: n => `'10:${String(n % 60).padStart(2, '0')}+0${n % 9}'` },
  {
    type: 'timestamp',
    value: (n, no, r) => r.of([`timestamp '2020-01-01' + ${n * no} * interval '1.25s'`, `'-infinity'`]),
  },
  {
    type: 'timestamptz',
    value: (n, no) => `timestamptz '2020-01-01 00:00+02' + ${n * 100 + no} * interval '1.125s'`,
    unique: true,
  },
  { type: 'interval', value: (n, no) => `'${n} mons -${no} days ${n}.5s'` },
  { type: 'uuid', value: (n, no) => `md5('${n}.${no}')::uuid`, unique: true },
  { type: 'json', value: (n, no) => `'{"b": ${n},  "a": ${no}, "b": null}'`, ordered: false },
  { type: 'jsonb', value: (n, no, r) => r.of([`'{"b": ${n}, "owner_id": ${no}}'`, `'null'`, `'[1.50]'`]) },
  { type: 'inet', value: (n, no) => `'10.${no % 255}.0.${n % 255}/24'` },
  { type: 'cidr', value: n => `'10.${n % 255}.0.0/16'` },
  { type: 'macaddr', value: n => `'08:00:2b:01:02:${(n % 90) + 10}'` },
  { type: 'bit(8)', value: n => `${n % 256}::bit(8)` },
  { type: 'varbit', value: n => `B'${(n % 64).toString(2)}'` },
  { type: 'point', value: (n, no) => `'(${n},${no}.5)'`, ordered: false },
  { type: 'polygon', value: n => `'((0,0),(${n},1),(1,1))'`, ordered: false },
  { type: 'tsvector', value: (n, no) => `to_tsvector('simple', 'word${n} of ${no}')` },
  { type: 'tsquery', value: n => `'a & b${n}'` },
  { type: 'int4range', value: (n, no) => `'[${n * 10},${n * 10 + 5 + (no % 3)})'` },
  { type: 'tstzrange', value: n => `tstzrange(timestamptz '2020-01-01Z' + ${n} * interval '1 day', null)` },
  { type: 'nummultirange', value: n => `'{[1,${n + 1}),[${n + 2},${n + 3}]}'` },
  { type: 'pg_lsn', value: n => `'0/${n.toString(16)}'` },
  { type: 'oid', value: n => String(n) },
  { type: 'regtype', value: (_, __, r) => r.of([`'int'`, `'text'`, `'pg_catalog.varchar'`]) },
  { type: 'jsonpath', value: n => `'$.a[${n}]'`, ordered: false },
  { type: 'integer[]', value: (n, no) => `'{${n},null,${no}}'`, wider: ['bigint[]'] },
  {
    type: 'text[]',
    value: (n, _, r) => r.of([`'{}'`, `'{"a,b",NULL,"NULL",""}'`, `'[2:3]={x${n},y}'`, `'{{a,b},{c,d}}'`]),
  },
  { type: 'numeric(6,2)[]', value: n => `'{${n}.5}'` },
  { type: 'char(3)[]', value: () => `'{a,"b ",cde}'` },
  { type: 'timestamptz[]', value: (n, no) => `array[timestamptz '2020-01-01Z' + ${n + no} * interval '1s']` },
]

/** Of extensions, in whatever schema they are. */
export const extended: Readonly<Record<string, readonly Kind[]>> = {
  citext: [
    { type: 'citext', value: (n, no) => q(`MiXed${n}.${no}`), unique: true },
    { type: 'citext[]', value: n => q(`{A${n},b}`) },
  ],
  hstore: [{ type: 'hstore', value: (n, no) => q(`a=>${n},"b c"=>${no}`) }],
  ltree: [{ type: 'ltree', value: (n, no) => q(`top.n${n}.t${no}`), unique: true }],
  cube: [{ type: 'cube', value: n => q(`(${n},2)`) }],
}

export type OwnType = { readonly name: string; readonly create: string; readonly kinds: readonly Kind[] }

const ident = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Types that a tenant has in its schema; each makes columns of itself and arrays of itself. */
export function ownTypes(names: readonly string[]): OwnType[] {
  const makers: ((name: string, all: readonly OwnType[]) => OwnType)[] = [
    name => ({
      name,
      create: `create type ${ident(name)} as enum ('new', 'it''s', 'Größe', 'back\\slash', 'x,y')`,
      kinds: [
        { type: ident(name), value: (_, __, r) => r.of([`'new'`, `'it''s'`, `'Größe'`, `'x,y'`]) },
        {
          type: `${ident(name)}[]`,
          value: (_, __, r) => r.of([`'{}'`, `'{new,"x,y",null}'`, `'{{new},{new}}'`]),
        },
      ],
    }),
    name => ({
      name,
      create: `create domain ${ident(name)} as varchar(30) default 'dflt' check (length(value) > 0 and value <> 'select')`,
      kinds: [
        { type: ident(name), value: (n, no) => q(`d${n}.${no}`), unique: true },
        { type: `${ident(name)}[]`, value: n => `'{a,b${n}}'` },
      ],
    }),
    (name, all) => ({
      name,
      create: `create domain ${ident(name)} as ${all[1] ? ident(all[1].name) : 'text'} constraint ${ident(`${name} ck`)} check (value not like '%;%')`,
      kinds: [{ type: ident(name), value: (n, no) => q(`dd${n}.${no}`), unique: true }],
    }),
    (name, all) => ({
      name,
      create: `create domain ${ident(name)} as ${all[0] ? ident(all[0].name) : 'text'} check (value <> 'back\\slash')`,
      kinds: [{ type: ident(name), value: (_, __, r) => r.of([`'new'`, `'x,y'`]) }],
    }),
    (name, all) => ({
      name,
      create: `create type ${ident(name)} as ("select" integer, gone text, amount numeric(10,2)${all[0] ? `, mood ${ident(all[0].name)}, moods ${ident(all[0].name)}[]` : ''}, note text collate "C"); alter type ${ident(name)} drop attribute gone`,
      kinds: [
        { type: ident(name), value: (n, no) => `row(${n}, ${no}, ${all[0] ? `'new', '{new}', ` : ''}'n,"')` },
        {
          type: `${ident(name)}[]`,
          value: n => `array[row(${n}, null, ${all[0] ? `'x,y', null, ` : ''}null)::${ident(name)}, null]`,
        },
      ],
    }),
    name => ({
      name,
      create: `create type ${ident(name)} as range (subtype = numeric, multirange_type_name = ${ident(`${name.slice(0, 50)} many`)})`,
      kinds: [
        { type: ident(name), value: n => `'[${n},${n + 1}.5)'` },
        { type: ident(`${name.slice(0, 50)} many`), value: n => `'{[${n},${n + 1}.5)}'` },
      ],
    }),
    (name, all) => ({
      name,
      create: `create domain ${ident(name)} as ${all[0] ? ident(all[0].name) : 'text'}[] check (cardinality(value) < 9)`,
      kinds: [
        { type: ident(name), value: () => `'{new,"x,y"}'` },
        { type: `${ident(name)}[]`, value: () => `'{"{new}",NULL}'` },
      ],
    }),
    name => ({
      name,
      create: `create domain ${ident(name)} as integer[] check (array_length(value, 1) < 9)`,
      kinds: [{ type: ident(name), value: n => `'{${n},2}'` }],
    }),
    name => ({
      name,
      create: `create domain ${ident(name)} as bpchar(6) not null default 'x'`,
      kinds: [{ type: ident(name), value: n => q(`p${n}  `), required: true }],
    }),
    (name, all) => ({
      name,
      create: `create domain ${ident(name)} as ${all[4] ? ident(all[4].name) : 'text'}`,
      kinds: all[4] ? [{ type: ident(name), value: all[4].kinds[0]?.value ?? (() => 'null') }] : [],
    }),
  ]
  const made: OwnType[] = []
  names.forEach((name, at) => {
    const maker = makers[at % makers.length]
    if (maker) made.push(maker(name, made.slice(Math.floor(at / makers.length) * makers.length)))
  })
  return made
}
