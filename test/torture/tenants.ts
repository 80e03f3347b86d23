/** An application as several tenants have it: each in its schema, with rows of its own, some of another version. */
import type { Random } from './random.ts'
import { type Application, ident, type TColumn, type TTable } from './schema.ts'

/** What one tenant has otherwise. */
type Drift = (
  application: Application,
  random: Random,
) => { readonly sql: string; readonly about: string } | null

const pickTable = (application: Application, random: Random): TTable => random.of(application.tables)
const loose = (table: TTable): TColumn | undefined => {
  const used = new Set([
    ...table.key,
    ...table.foreignKeys.flatMap(({ columns }) => columns),
    ...table.referable.flat(),
  ])
  return table.columns.find(one => !used.has(one.name) && !one.generated && !one.numbered)
}
const mentioned = (table: TTable, name: string) =>
  [...table.rules, ...table.after, ...table.columns.map(({ more }) => more)].some(text =>
    text.includes(ident(name)),
  )

const drifts: readonly Drift[] = [
  // An older version lacks a column, or a newer one has one more.
  (application, random) => {
    const table = pickTable(application, random)
    const one = loose(table)
    return one === undefined
      ? null
      : { sql: `alter table ${ident(table.name)} drop column ${ident(one.name)}`, about: `no ${one.name}` }
  },
  (application, random) => {
    const { name } = pickTable(application, random)
    const more = random.of([
      `integer default 7`,
      `text`,
      `"mood" default 'new'`,
      `"mood"[]`,
      `jsonb`,
      `"Short"`,
      `bigint generated always as identity`,
      `integer generated always as (1 + 1) stored`,
      `numeric(3,1) not null default 1.5`,
    ])
    return {
      sql: `alter table ${ident(name)} add column extra_${random.below(3)} ${more}`,
      about: `${name} has more: ${more}`,
    }
  },
  (application, random) => {
    const table = pickTable(application, random)
    const one = table.columns.find(
      ({ name, kind }) => kind.wider && !mentioned(table, name) && !table.referable.flat().includes(name),
    )
    if (!one?.kind.wider) return null
    const type = random.of(one.kind.wider)
    return {
      sql: `alter table ${ident(table.name)} alter column ${ident(one.name)} type ${type}`,
      about: `${one.name} is ${type}`,
    }
  },
  (application, random) => {
    const { name } = pickTable(application, random)
    return {
      sql: `do $$ begin execute (select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint where conrelid = '${ident(name).replaceAll("'", "''")}'::regclass and contype in ('u', 'c', 'x', 'f') and conparentid = 0 order by conname limit 1); exception when others then null; end $$`,
      about: `${name} lacks a rule`,
    }
  },
  (application, random) => {
    const { name } = pickTable(application, random)
    return {
      sql: `do $$ begin execute (select 'drop index ' || indexrelid::regclass from pg_index i where indrelid = '${ident(name).replaceAll("'", "''")}'::regclass and not exists (select from pg_constraint where conindid = indexrelid) order by 1 limit 1); exception when others then null; end $$`,
      about: `${name} lacks an index`,
    }
  },
  (_, random) => ({
    sql: `alter type "mood" add value 'more ${random.below(3)}' ${random.of(['', `before 'new'`, `after 'it''s'`])}`,
    about: 'a label more',
  }),
  (application, random) => {
    const { name } = pickTable(application, random)
    return { sql: `drop table ${ident(name)} cascade`, about: `no ${name}` }
  },
  (_, random) => ({
    sql: `create table only_here_${random.below(3)} (id serial primary key, m "mood"); insert into only_here_${random.below(3)} (m) values ('new')`,
    about: 'a table more',
  }),
  (application, random) => {
    const table = pickTable(application, random)
    const one = table.columns.find(
      ({ notNull, numbered, name }) => notNull && !numbered && !table.key.includes(name),
    )
    return one === undefined
      ? null
      : {
          sql: `alter table ${ident(table.name)} alter column ${ident(one.name)} drop not null`,
          about: `${one.name} may be null`,
        }
  },
  (application, random) => {
    const table = pickTable(application, random)
    const one = table.columns.find(
      ({ kind, generated, numbered }) => /^(text|integer|bigint)$/.test(kind.type) && !generated && !numbered,
    )
    return one === undefined
      ? null
      : {
          sql: `alter table ${ident(table.name)} alter column ${ident(one.name)} set default ${one.kind.value(9, 9, random)}`,
          about: `${one.name} has another default`,
        }
  },
  (application, random) => {
    const table = pickTable(application, random)
    const one = loose(table)
    return one === undefined || mentioned(table, one.name)
      ? null
      : {
          sql: `alter table ${ident(table.name)} rename column ${ident(one.name)} to renamed`,
          about: `${one.name} is called otherwise`,
        }
  },
  // What an older or a careless version leaves behind.
  (application, random) => {
    const { name, key } = pickTable(application, random)
    const how = random.of([
      `alter table ${ident(name)} add constraint wish check (false) not valid`,
      `alter table ${ident(name)} alter column ${ident(key[0] ?? 'none')} type bigint; alter table ${ident(name)} add column since timestamptz default now()`,
      `create view seen as select * from ${ident(name)}; create materialized view kept as select count(*) from ${ident(name)}`,
      `create function noted() returns trigger language plpgsql as 'begin return new; end'; create trigger noted before insert on ${ident(name)} for each row execute function noted()`,
      `alter table ${ident(name)} enable row level security; create policy mine on ${ident(name)} using (true)`,
      `create rule quiet as on delete to ${ident(name)} do also nothing`,
      `create text search configuration own_words (copy = simple)`,
      `create table typed of "pair"; insert into typed select * from typed`,
      `create unlogged table passing (id integer, at timestamptz); insert into passing values (1, now())`,
      `create table nothing_in (); insert into nothing_in default values`,
      `create table public_ones (id integer primary key, code char(2) references public.countries); insert into public_ones values (1, 'DE')`,
      `cluster ${ident(name)} using ${ident(`${name}_pkey`)}`,
      `alter table ${ident(name)} disable trigger all`,
    ])
    return { sql: how, about: `${name}: ${how.slice(0, 60)}` }
  },
  // Rows that lead nowhere, behind a key that was never checked, or that was passed by with triggers off.
  (application, random) => {
    const table = application.tables.find(
      one => one.foreignKeys.length > 0 && !one.tail.startsWith('partition') && random.chance(0.3),
    )
    const key = table?.foreignKeys[0]
    const column = table?.columns.find(({ name }) => name === key?.columns[0])
    if (!table || !key || key.columns.length > 1 || column?.kind.type !== 'bigint') return null
    const name = ident(table.name)
    const strayed = `update ${name} set ${ident(column.name)} = 77777 where ctid in (select ctid from ${name} limit 2)`
    const isPassedBy = random.chance(0.5)
    const quoted = name.replaceAll("'", "''")
    return {
      sql: isPassedBy
        ? `alter table ${name} disable trigger all; ${strayed}; alter table ${name} enable trigger all`
        : `do $$ declare k record; begin select conname, pg_get_constraintdef(oid) as text into k from pg_constraint where conrelid = '${quoted}'::regclass and contype = 'f' and conkey[1] = (select attnum from pg_attribute where attrelid = conrelid and attname = '${column.name}'); execute format('alter table %s drop constraint %I', '${quoted}', k.conname); execute '${strayed.replaceAll("'", "''")}'; execute format('alter table %s add constraint %I %s not valid', '${quoted}', k.conname, k.text); end $$`,
      about: `${table.name}: orphans${isPassedBy ? ', with triggers off' : ''}`,
    }
  },
  // What cannot be folded, in one tenant's table.
  (application, random) => {
    if (!random.chance(0.15)) return null
    const { name } = pickTable(application, random)
    const how = random.of([
      `create foreign table away (id integer) server nowhere`,
      `create table rows_of (id integer primary key, one ${ident(name)})`,
      `create table theirs (id integer primary key, m acme.mood)`,
      `create table refers (id integer primary key, t bigint); create table acme.target_of (id bigint primary key); alter table refers add foreign key (t) references acme.target_of`,
      `create table hashed (id integer primary key, c integer, exclude using hash (c with =))`,
      `create collation own_order (locale = 'C', provider = 'libc'); alter table ${ident(name)} add column sorted text collate own_order`,
      `create domain coded as text check (value ~ '^[A-Z]'); create function is_ok(text) returns boolean immutable language sql as 'select true'; create domain checked_domain as text check (is_ok(value)); alter table ${ident(name)} add column coded checked_domain`,
      `create function twice(i integer) returns integer immutable language sql as 'select i * 2'; alter table ${ident(name)} add column odd_one integer default twice(2)`,
      `create table heir () inherits (${ident(name)})`,
      `create function odd_check(i text) returns boolean immutable language sql as 'select true'; alter table ${ident(name)} add column checked text check (odd_check(checked))`,
      `alter domain "padded" add constraint longer check (length(value) < 90)`,
      `alter type "mood" rename value 'new' to 'newest'`,
    ])
    return { sql: how, about: `${name}: ${how.slice(0, 60)}` }
  },
]

export type Tenant = {
  readonly schema: string
  readonly sql: readonly string[]
  readonly drift: readonly string[]
}

export function tenant(
  application: Application,
  schema: string,
  no: number,
  random: Random,
  changes: number,
): Tenant {
  const after: string[] = []
  const about: string[] = []
  for (let at = 0; at < changes; at++) {
    const drift = random.of(drifts)(application, random)
    if (drift === null) continue
    // What two changes contradict each other in is left out.
    after.push(`do $body$ begin execute $run$${drift.sql}$run$; exception when others then null; end $body$`)
    about.push(drift.about)
  }
  return {
    schema,
    drift: about,
    sql: [
      `create schema ${ident(schema)}`,
      `set search_path to ${ident(schema)}, public`,
      ...application.sequences.map(name => `create sequence ${ident(name)} start ${1 + no * 50}`),
      ...application.types.map(({ create }) => create),
      ...application.tables.flatMap(table => [create(table), ...table.after]),
      ...application.tables.flatMap(table => insert(table, no, random)),
      ...application.tables.flatMap(table => refer(table, application, random)),
      ...application.tables.flatMap(table =>
        table.foreignKeys.map(
          ({ name, columns, to, references, actions }) =>
            `alter table ${ident(table.name)} add ${name === '' ? '' : `constraint ${ident(name)} `}foreign key (${columns.map(ident).join(', ')}) references ${ident(to)} (${references.map(ident).join(', ')})${actions}`,
        ),
      ),
      ...after,
    ],
  }
}

const create = ({ name, columns, rules, tail, unlogged }: TTable): string =>
  `create ${unlogged ? 'unlogged ' : ''}table ${ident(name)} (${[
    ...columns.map(
      one =>
        `${ident(one.name)} ${one.kind.type} ${one.more}${one.notNull && !one.generated ? ' not null' : ''}`,
    ),
    ...rules,
  ].join(', ')}) ${tail}`

/** Rows one by one: the row's number is what tells them apart, and what foreign keys are made of. */
function insert(table: TTable, no: number, random: Random): string[] {
  if (table.columns.length === 0) return [`insert into ${ident(table.name)} default values`]
  if (table.rows === 0) return []
  const keys = new Set(table.foreignKeys.flatMap(one => one.columns))
  const columns = table.columns.filter(
    one => !one.generated && !keys.has(one.name) && !/serial$/.test(one.kind.type),
  )
  const literalOf = (one: TColumn, n: number): string =>
    one.numbered
      ? String(n)
      : one.notNull || table.key.includes(one.name) || random.chance(0.85)
        ? one.kind.value(n, no, random)
        : 'null'
  const rows = Array.from({ length: table.rows }, (_, at) => columns.map(one => literalOf(one, at + 1)))
  // References are filled in afterwards, when all rows are there.
  const overriding = columns.some(one => /always as identity/.test(one.more))
    ? ' overriding system value'
    : ''
  const text =
    columns.length === 0
      ? Array.from({ length: table.rows }, () => `insert into ${ident(table.name)} default values`).join('; ')
      : `insert into ${ident(table.name)} (${columns.map(one => ident(one.name)).join(', ')})${overriding} values ${rows
          .map(values => `(${values.join(', ')})`)
          .join(', ')}`
  return [text]
}

/** Fills references in, when all rows are there: some stay empty. */
function refer(table: TTable, application: Application, random: Random): string[] {
  return table.foreignKeys.flatMap(({ columns: own, to, references: there }) => {
    const pairs = own.map((name, at) => `${ident(name)} = r.v${at}`).join(', ')
    const target = application.tables.find(one => one.name === to) as TTable
    if (target.rows === 0) return []
    return `with mine as (select tableoid as o, ctid as c, row_number() over () as n from ${ident(table.name)}), theirs as (select ${there.map((name, at) => `${ident(name)} as v${at}`).join(', ')}, row_number() over () as n, count(*) over () as all_of from ${ident(to)} where ${there.map(name => `${ident(name)} is not null`).join(' and ')}) update ${ident(table.name)} x set ${pairs} from mine join theirs r on r.n = 1 + (mine.n * ${1 + random.below(5)} + ${random.below(7)}) % r.all_of where x.ctid = mine.c and x.tableoid = mine.o and mine.n % 5 <> 0`
  })
}
