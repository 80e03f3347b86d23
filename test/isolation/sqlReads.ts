/** Every way of SQL to look at a table, for every table and column. */
import { ident, idents, literal } from '../../src/postgres/identifiers.ts'
import type { Column, Table } from './catalog.ts'
import type { House } from './house.ts'
import type { Probe } from './probe.ts'
import type { Row, Samples } from './samples.ts'

export function readProbes(table: Table, samples: Samples | undefined, house: House): Probe[] {
  const { name } = table
  const probe = (what: string, sql: string | readonly string[], more: Partial<Probe> = {}): Probe => ({
    name: `${name}: ${what}`,
    table: name,
    sql: typeof sql === 'string' ? [sql] : sql,
    ...more,
  })
  const readable = table.columns.filter(({ mayRead }) => mayRead)
  if (!table.reachable) return hidden(name).map(([what, sql]) => probe(what, sql, { refused: /^42501$/ }))
  const probes = table.columns.map(({ name: column, mayRead }) =>
    probe(`column ${column}`, `select ${ident(column)} from ${name}`, mayRead ? {} : { refused: /^42501$/ }),
  )
  probes.push(
    probe('count', `select count(*) from ${name}`, { sums: true }),
    probe('whole row', `select t from ${name} t`),
    probe('row as json', `select to_jsonb(t) from ${name} t`),
    probe('star', `select * from ${name}`),
    probe('copy', `copy ${name} to stdout`),
    probe('system columns', `select tableoid::regclass from ${name}`),
    probe('physical place', `select currtid2(${literal(name)}, '(0,1)')`, { varies: true }),
    probe('row security off', ['set local row_security to off', `select count(*) from ${name}`], {
      ...(table.kind === 'r' ? { refused: /^42501$/ } : {}),
    }),
    probe(
      'statistics',
      `select * from pg_stats where format('%I.%I', schemaname, tablename) = ${literal(name)}`,
    ),
    probe('xml', `select table_to_xml(${literal(name)}, true, false, '')`),
    probe('no context', [noContext, `select count(*) from ${name}`], {
      refused: readable.length > 0 && table.scope !== undefined ? /^RH001$/ : /./,
    }),
  )
  if (readable.length === 0) return probes
  const all = idents(readable.map(column => column.name))
  const from = `select ${all} from ${name}`
  probes.push(
    probe('all columns', from),
    probe('only', `select ${all} from only ${name}`),
    probe('sample', `select ${all} from ${name} tablesample system (100)`),
    probe('for update', `${from} for update`),
    probe('for key share', `${from} for key share skip locked`),
    probe('or true', `${from} where false or true`),
    probe('subselect', `select (select count(*) from ${name}), exists (${from})`, { sums: true }),
    probe('common table', `with x as materialized (${from}) select * from x union ${from}`),
    probe('recursive', `with recursive r as (${from} union ${from}) select count(*) from r`, { sums: true }),
    probe('window', `select count(*) over (), row_number() over () from ${name}`, { sums: true }),
    probe('copy of a query', `copy (${from}) to stdout`),
    probe('cursor', [`declare look no scroll cursor for ${from}`, 'fetch all from look']),
    probe('cursor as xml', [
      `declare look cursor for ${from}`,
      `select cursor_to_xml('look', 1000, true, false, '')`,
    ]),
    probe('query as xml', `select query_to_xml(${literal(from)}, true, false, '')`),
    probe('prepared', [`prepare look as ${from}`, 'execute look', 'deallocate look']),
    probe('explained', `explain (analyze, verbose, costs off, timing off, summary off) ${from}`, {
      varies: true,
    }),
    probe('aggregates', `select ${readable.map(aggregates).join(', ')} from ${name}`, { sums: true }),
    probe(
      'do block',
      `do $$ declare r record; begin for r in ${from} loop raise notice '%', r; end loop; end $$`,
    ),
    ...readable.flatMap(column =>
      leaks(table, column).map(([what, sql]) => probe(`${column.name} ${what}`, sql)),
    ),
    ...joins(table).map(([what, sql]) => probe(what, sql, { sums: true })),
  )
  if (table.scope === undefined || !readable.some(column => column.name === table.scope)) return probes
  const scope = ident(table.scope)
  probes.push(
    probe('organizations in it', `select ${scope}, count(*) from ${name} group by 1`, { sums: true }),
    ...house.victims.flatMap(({ id, slug }) => [
      probe(`scope is ${slug}`, `${from} where ${scope} = '${id}'`),
      probe(`scope is in ${slug}`, `${from} where ${scope} in ('${id}', '${house.attacker.id}')`),
      probe(`division by ${slug}`, `select 1 from ${name} where 1 / (${scope} <> '${id}')::int = 1`),
    ]),
    probe('scope is not own', `${from} where ${scope} is distinct from '${house.attacker.id}'`),
    probe('not not own', `${from} where not (${scope} = '${house.attacker.id}')`),
    ...(samples?.theirs ?? []).flatMap((row, at) =>
      aimed(table, readable, row, all).map(([what, sql, values]) =>
        probe(`${what} of victim ${at + 1}`, sql, { values }),
      ),
    ),
  )
  return probes
}

/** Of what the visitor has no right on: not even that there are rows. */
const hidden = (name: string): [string, string][] => [
  ['star', `select * from ${name}`],
  ['count', `select count(*) from ${name}`],
  ['exists', `select exists (select from ${name})`],
  ['copy', `copy ${name} to stdout`],
  ['xml', `select table_to_xml(${literal(name)}, true, false, '')`],
]

export const noContext = `select set_config('app.user_id', '', true), set_config('app.current_organization_id', '', true),
    set_config('app.context_expires', '', true), set_config('app.context_seal', '', true)`

/** What a column adds up to, as one expression list. */
function aggregates({ name, type }: Column): string {
  const column = ident(name)
  const parts = [
    `count(${column})`,
    `count(distinct ${column}::text)`,
    `md5(string_agg(${column}::text, ' ' order by ${column}::text))`,
  ]
  if (/^(smallint|integer|bigint|numeric)/.test(type)) {
    parts.push(...['sum', 'avg', 'min', 'max', 'stddev'].map(name => `${name}(${column})`))
  }
  return parts.join(', ')
}

/** Functions that tell their argument, in a condition: they may only ever see rows that passed the wall. */
function leaks({ name, scope }: Table, column: Column): [string, readonly string[]][] {
  const text = `${ident(column.name)}::text`
  const isTheirs =
    scope === undefined ? 'true' : `${ident(scope)} is distinct from app_hidden.current_organization_id()`
  const where = (condition: string) =>
    `select 1 from ${name} where case when ${isTheirs} then ${condition} end`
  return [
    ['in a cast that fails', [where(`('x' || ${text})::int = 1`)]],
    ['in an error text', [where(`current_setting('leak.' || ${text}) = ''`)]],
    [
      'kept by set_config',
      [
        `select count(*) from ${name} where
           set_config('leak.kept', coalesce(current_setting('leak.kept', true), '') || ' ' || coalesce(${text}, ''), true) is null`,
        `select array(select unnest(string_to_array(current_setting('leak.kept', true), ' ')) order by 1)`,
      ],
    ],
  ]
}

/** Along every foreign key by its own columns only, as somebody does who does not know of the scope column. */
function joins({ name, foreignKeys }: Table): [string, string][] {
  return foreignKeys.map(({ columns, target, targetColumns }) => {
    const on = columns.map((column, at) => `c.${ident(column)} = p.${ident(targetColumns[at] as string)}`)
    return [
      `join ${target} by ${columns.join()}`,
      `select count(*) from ${name} c join ${target} p on ${on.join(' and ')}`,
    ]
  })
}

/** With what a victim's row says: by key, by every value. */
function aimed(
  { name, key }: Table,
  readable: readonly Column[],
  row: Row,
  all: string,
): [string, string, readonly unknown[]][] {
  const found: [string, string, readonly unknown[]][] = []
  for (const column of readable.filter(one => row[one.name] !== null)) {
    const value = row[column.name]
    const cast = `$1::${column.type}`
    const field = ident(column.name)
    found.push(
      [`${column.name}`, `select ${all} from ${name} where ${field} = ${cast}`, [value]],
      [
        `division by ${column.name}`,
        `select count(*) from ${name} where 1 / (${field} is distinct from ${cast})::int = 0`,
        [value],
      ],
    )
    if (/^(character|text)/.test(column.type)) {
      found.push([
        `like ${column.name}`,
        `select ${all} from ${name} where ${field} ilike '%' || left($1, 10) || '%'`,
        [value],
      ])
    }
  }
  if (key.length > 0) {
    const own = key.map((one, at) => `${ident(one)}::text = $${at + 1}`).join(' and ')
    found.push(['key', `select ${all} from ${name} where ${own}`, key.map(one => row[one])])
  }
  return found
}
