/** Every way of SQL to change a table, for every table and column, aimed at the others' rows or at the wall. */
import { ident, idents, literal } from '../../src/postgres/identifiers.ts'
import type { Column, Table } from './catalog.ts'
import type { House } from './house.ts'
import type { Probe } from './probe.ts'
import type { Row, Samples } from './samples.ts'

const denied = /^42501$/
/** A view may also say that nothing can be written through it. */
const deniedView = /^(42501|42809|55000|428C9)$/

export function writeProbes(
  table: Table,
  samples: Samples | undefined,
  house: House,
  tables: readonly Table[],
): Probe[] {
  const { name, columns } = table
  const probe = (what: string, sql: string | readonly string[], more: Partial<Probe> = {}): Probe => ({
    name: `${name}: ${what}`,
    table: name,
    sql: typeof sql === 'string' ? [sql] : sql,
    ...more,
  })
  if (!table.reachable) {
    const column = ident(columns[0]?.name ?? 'id')
    return [
      probe('delete all', `delete from ${name}`, { refused: deniedView }),
      probe('update', `update ${name} set ${column} = ${column}`, { refused: deniedView }),
      probe('insert', `insert into ${name} default values`, { refused: deniedView }),
      probe('truncate', `truncate ${name}`, { refused: deniedView }),
      probe('drop', `drop ${table.kind === 'v' ? 'view' : 'table'} ${name}`, { refused: denied }),
    ]
  }
  const probes = commands(name).map(([what, sql]) => probe(what, sql, { refused: /^(42501|42809|42704)$/ }))
  probes.push(
    probe('delete all', `delete from ${name}`),
    probe('copy in', `copy ${name} from stdin`, { refused: /./ }),
    ...columns.map(({ name: column, mayUpdate, generated, numbered }) =>
      probe(
        `update ${column}`,
        `update ${name} set ${ident(column)} = ${ident(column)}`,
        // Postgres says that a column is computed or numbered before it looks for the right.
        mayUpdate ? {} : { refused: generated || numbered ? /^(42501|428C9)$/ : denied },
      ),
    ),
  )
  if (table.scope === undefined || !table.reachable) return probes
  const scope = ident(table.scope)
  const all = idents(columns.filter(({ mayRead }) => mayRead).map(column => column.name))
  const isOrganization = table.key[0] === table.scope
  // By divisor: zero, and so refused, when the right is not there.
  const mayName = (right: string) =>
    `select 1 / has_column_privilege(${literal(name)}, ${literal(table.scope as string)}, '${right}')::int`
  for (const right of ['insert', 'update'])
    probes.push(probe(`right to ${right} scope`, mayName(right), { refused: /^22012$/ }))
  for (const { id, slug } of [house.attacker, ...house.victims]) {
    probes.push(
      probe(`scope to ${slug}`, `update ${name} set ${scope} = '${id}'`, { refused: denied }),
      probe(`scope to ${slug} by select`, `update ${name} set (${scope}) = (select '${id}'::uuid)`, {
        refused: denied,
      }),
    )
  }
  for (const { id, slug } of house.victims) {
    probes.push(
      probe(`delete ${slug}`, `delete from ${name} where ${scope} = '${id}'`),
      probe(`delete ${slug} returning`, `delete from ${name} where ${scope} = '${id}' returning ${all}`),
      probe(
        `merge delete ${slug}`,
        `merge into ${name} t using (select '${id}'::uuid as id) s on t.${scope} = s.id when matched then delete`,
      ),
      ...columns
        .filter(one => one.mayUpdate)
        .flatMap(({ name: column }) => [
          probe(
            `update ${column} of ${slug}`,
            `update ${name} set ${ident(column)} = ${ident(column)} where ${scope} = '${id}' returning ${all}`,
          ),
          probe(
            `merge update ${column} of ${slug}`,
            `merge into ${name} t using (select '${id}'::uuid as id) s on t.${scope} = s.id
           when matched then update set ${ident(column)} = t.${ident(column)}`,
          ),
        ]),
    )
  }
  const room = samples?.own === undefined ? [] : roomFor(table, samples.own, house, tables)
  for (const [at, row] of (samples?.theirs ?? []).entries()) {
    probes.push(
      ...byKey(table, row, all).map(([what, sql, values]) =>
        probe(`${what} of victim ${at + 1}`, sql, { values }),
      ),
    )
    if (samples?.own !== undefined) {
      probes.push(
        ...inserts(table, samples.own, row, house).map(([what, sql, values]) =>
          probe(`${what} of victim ${at + 1}`, [...room, sql], { values, echoes: true }),
        ),
      )
    }
  }
  if (!isOrganization && samples?.own !== undefined) {
    probes.push(
      ...withScope(table, samples.own, house).map(([what, sql, values]) =>
        probe(what, sql, { values, refused: denied, echoes: true }),
      ),
    )
  }
  return probes
}

/** Statements about the table itself: none of them is a tenant's. */
function commands(name: string): [string, string][] {
  return [
    ['truncate', `truncate ${name}`],
    ['disable row security', `alter table ${name} disable row level security`],
    ['add column', `alter table ${name} add column leak text`],
    ['owner', `alter table ${name} owner to current_user`],
    ['drop', `drop table ${name}`],
    ['drop wall', `drop policy organization_isolation on ${name}`],
    ['open a door', `create policy open on ${name} using (true)`],
    ['comment', `comment on table ${name} is 'leak'`],
    ['index', `create index on ${name} ((1))`],
    [
      'trigger',
      `create trigger leak before insert on ${name} for each row execute function suppress_redundant_updates_trigger()`,
    ],
    ['rule', `create rule leak as on insert to ${name} do instead nothing`],
    ['inherit', `create table public.heir () inherits (${name})`],
    ['disable triggers', `alter table ${name} disable trigger all`],
  ]
}

type Aimed = [string, string, readonly unknown[]]

/** At a victim's row by its key, which the attacker has not. */
function byKey({ name, key, columns }: Table, row: Row, all: string): Aimed[] {
  if (key.length === 0) return []
  const where = key.map((one, at) => `${ident(one)}::text = $${at + 1}`).join(' and ')
  const values = key.map(one => row[one])
  const found: Aimed[] = [['delete by key', `delete from ${name} where ${where} returning ${all}`, values]]
  for (const { name: column } of columns.filter(({ mayUpdate }) => mayUpdate)) {
    found.push([
      `update ${column} by key`,
      `update ${name} set ${ident(column)} = ${ident(column)} where ${where} returning ${all}`,
      values,
    ])
  }
  return found
}

/** A unique value that can be any other: an id, or a text that is somebody's, and not one of a few words. */
const isFree = ({ foreignKeys }: Table, { name, type }: Column, value: string | null, { attacker }: House) =>
  value === null ||
  (/^(character|text)/.test(type) && attacker.canary.pattern.test(value)) ||
  (type === 'uuid' && !foreignKeys.some(({ columns }) => columns.includes(name)))

const nobodys = ({ type }: Column) =>
  type === 'uuid' ? '00000000-0000-4000-8000-000000700000' : 'nobody has this'

/** A row like the attacker's own, with unique values that nobody has where they are free. */
function fresh(table: Table, own: Row, house: House): Map<string, string | null> {
  const values = new Map<string, string | null>()
  for (const column of table.columns.filter(({ mayInsert }) => mayInsert)) {
    const value = own[column.name] ?? null
    const isOther =
      table.unique.includes(column.name) && value !== null && isFree(table, column, value, house)
    values.set(column.name, isOther ? nobodys(column) : value)
  }
  return values
}

/** What goes first, where the own row's unique values are not free: the row, and all that refers to it. */
function roomFor(table: Table, own: Row, house: House, tables: readonly Table[]): string[] {
  const [key] = table.key
  const isTaken = table.columns.some(
    column =>
      table.unique.includes(column.name) &&
      !table.key.includes(column.name) &&
      (column.generated || !isFree(table, column, own[column.name] ?? null, house)),
  )
  if (!isTaken || key === undefined) return []
  const goOf = ({ name }: Table, rows: string, depth: number): string[] => [
    ...tables.flatMap(other =>
      other.foreignKeys
        .filter(({ target, columns }) => target === name && columns.length === 1 && depth > 0)
        .flatMap(({ columns: [column], targetColumns: [goal] }) => {
          const referring = `${ident(column as string)} in (select ${ident(goal as string)} from ${name} where ${rows})`
          return other.columns.some(one => one.name === column && one.notNull)
            ? goOf(other, referring, depth - 1)
            : [`update ${other.name} set ${ident(column as string)} = null where ${referring}`]
        }),
    ),
    `delete from ${name} where ${rows}`,
  ]
  return goOf(table, `${ident(key)}::text = ${literal(own[key] ?? null)}`, 3)
}

/** Inserts that touch a victim: unique values that it has, references to its rows; with and without `on conflict`. */
function inserts(table: Table, own: Row, row: Row, house: House): Aimed[] {
  const base = fresh(table, own, house)
  if (base.size === 0) return []
  const statement = (values: ReadonlyMap<string, string | null>, more = ''): [string, readonly unknown[]] => [
    insertInto(table, [...values.keys()]) + more,
    [...values.values()],
  ]
  const found: Aimed[] = []
  const scope = ident(table.scope as string)
  const readsScope = table.columns.some(({ name, mayRead }) => name === table.scope && mayRead)
  const returning = readsScope ? ` returning ${scope} = '${house.attacker.id}'` : ''
  found.push(['insert', ...statement(base, returning)])
  for (const column of table.unique.filter(one => base.has(one) && row[one] != null)) {
    const taken = new Map(base).set(column, row[column] ?? null)
    found.push(
      [`insert ${column}`, ...statement(taken, returning)],
      [`insert ${column} or nothing`, ...statement(taken, ` on conflict do nothing${returning}`)],
    )
    const updatable = table.columns.find(({ name, mayUpdate }) => mayUpdate && name !== column)?.name
    if (updatable !== undefined) {
      const update = `do update set ${ident(updatable)} = excluded.${ident(updatable)}${returning}`
      found.push(
        [`upsert ${column}`, ...statement(taken, ` on conflict (${scope}, ${ident(column)}) ${update}`)],
        [`upsert ${column} alone`, ...statement(taken, ` on conflict (${ident(column)}) ${update}`)],
        [
          `update ${column} to that`,
          `update ${table.name} set ${ident(column)} = $1::text${castOf(table, column)} where ${firstOwn(table, own)}`,
          [row[column]],
        ],
      )
    }
  }
  for (const { columns, target } of table.foreignKeys) {
    const [column] = columns
    const goal =
      house.plants.get(target)?.[house.victims.findIndex(({ id }) => id === row[table.scope as string])]
    if (column === undefined || columns.length !== 1 || goal === undefined || !base.has(column)) continue
    const foreign = new Map(base).set(column, goal)
    found.push([`insert ${column} to ${target}`, ...statement(foreign)])
    if (table.columns.some(({ name, mayUpdate }) => name === column && mayUpdate)) {
      found.push([
        `update ${column} to ${target}`,
        `update ${table.name} set ${ident(column)} = $1::text${castOf(table, column)} where ${withOne(table, column)}`,
        [goal],
      ])
    }
  }
  return found
}

const castOf = ({ columns }: Table, name: string) => `::${columns.find(column => column.name === name)?.type}`

const firstOwn = ({ key }: Table, own: Row) =>
  key.map(one => `${ident(one)}::text = ${literal(own[one] ?? null)}`).join(' and ') || 'false'

/** An own row where it is set already: that it may be set there, no check denies. */
const withOne = ({ name, key }: Table, column: string) =>
  `(${idents(key)}) = (select ${idents(key)} from ${name} order by ${ident(column)} is null, ${idents(key)} limit 1)`

function insertInto({ name, columns }: Table, names: readonly string[]): string {
  const casts = names.map((one, at) => `$${at + 1}::${columns.find(column => column.name === one)?.type}`)
  return `insert into ${name} (${idents(names)}) values (${casts.join(', ')})`
}

/** The scope column is named: not even the own organization may be. */
function withScope(table: Table, own: Row, house: House): Aimed[] {
  const base = fresh(table, own, house)
  return [house.attacker, ...house.victims].map(({ id, slug }) => {
    const values = new Map(base).set(table.scope as string, id)
    return [`insert into ${slug}`, insertInto(table, [...values.keys()]), [...values.values()]]
  })
}
