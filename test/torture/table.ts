/** A random table: its key, its columns, and what may be unique in it. */
import { extras } from './extras.ts'
import { columnNames } from './names.ts'
import type { Kind } from './palette.ts'
import type { Random } from './random.ts'
import { ident, idents, type TColumn, type TTable } from './schema.ts'

export function table(
  random: Random,
  name: string,
  kinds: readonly Kind[],
  most: number,
  version: number,
  has: ReadonlySet<string>,
): TTable {
  const columns: TColumn[] = []
  const taken = new Set<string>()
  const column = (kind: Kind, more: Partial<TColumn> & { called?: string } = {}): TColumn => {
    const { called, ...rest } = more
    let free = called ?? (random.chance(0.4) ? random.of(columnNames) : `c${columns.length}`)
    while (taken.has(free)) free = `c${columns.length}_${taken.size}`
    taken.add(free)
    const made: TColumn = {
      name: free,
      kind,
      notNull: false,
      more: '',
      numbered: false,
      generated: false,
      ...rest,
    }
    columns.push(made)
    return made
  }
  const unique = kinds.filter(kind => kind.unique)
  const rules: string[] = []
  const after: string[] = []
  const referable: string[][] = []
  let key: string[] = []
  const t = ident(name)

  switch (random.below(10)) {
    case 0:
    case 1:
    case 2: {
      const how = random.of(['always', 'by default'])
      const options = random.of([
        '',
        '(increment by 7 start 3)',
        '(increment -2 minvalue -9000 maxvalue 9000 start 100 cycle)',
        '(cache 20)',
      ])
      key = [
        column(
          random.of(
            ['bigint', 'integer', 'smallint'].map(type => ({ type, value: (n: number) => String(n) })),
          ),
          { called: 'id', notNull: true, numbered: true, more: `generated ${how} as identity ${options}` },
        ).name,
      ]
      break
    }
    case 3: {
      const type = random.of(['serial', 'bigserial', 'smallserial'])
      key = [column({ type, value: n => String(n) }, { called: 'id', numbered: true, notNull: true }).name]
      break
    }
    case 4:
      key = [
        column(
          { type: 'bigint', value: n => String(n) },
          { called: 'id', numbered: true, notNull: true, more: `default nextval('"shared numbers"')` },
        ).name,
      ]
      break
    case 5:
      key = [column(random.of(unique), { notNull: true }).name]
      break
    case 6:
      key = [
        column(random.of(unique), { notNull: true }).name,
        column(random.of(unique), { notNull: true }).name,
      ]
      break
    case 7:
      key = [
        column(
          {
            type: 'uuid',
            value: (n, no) => `md5('${name.replaceAll("'", '')}${n}.${no}')::uuid`,
            unique: true,
          },
          { called: 'id', notNull: true, more: 'default gen_random_uuid()' },
        ).name,
      ]
      break
    default:
      key = random.chance(0.3) ? [] : [column(random.of(unique), { notNull: true }).name]
  }
  if (random.chance(0.02)) {
    // A table without columns cannot have rows of its own to tell apart.
    return {
      name,
      columns: random.chance(0.3) ? [] : columns,
      key: columns.length ? [] : [],
      rules: [],
      tail: '',
      unlogged: false,
      after: [],
      referable: [],
      foreignKeys: [],
      rows: 2,
    }
  }
  for (let more = random.below(9); more > 0; more--) {
    const kind = random.of(kinds)
    const of = column(kind, { notNull: random.chance(0.2) })
    if (random.chance(0.15)) of.more = `default ${kind.value(1, 1, random)}`
    if (random.chance(0.05) && /^(text|varchar)/.test(kind.type))
      of.more = random.of([`collate "C"`, `collate "POSIX"`])
    if (kind.value(1, 1, random) === 'null') of.notNull = false
    if (/^bool/.test(kind.type)) of.notNull = false
    if (kind.required) of.notNull = true
  }
  if (key.length > 0) {
    rules.push(`primary key (${idents(key)})${random.chance(0.1) ? ' deferrable' : ''}`)
    if (!rules[0]?.endsWith('deferrable')) referable.push(key)
  }
  const others = columns.filter(({ name: one }) => !key.includes(one))
  for (const { name: one, kind, more } of others.filter(c => c.kind.unique && random.chance(0.25))) {
    if (more !== '') continue
    if (random.chance(0.6)) {
      const how = random.of(['', '', ' deferrable', ' deferrable initially deferred'])
      const nulls = random.of(['', ' nulls not distinct'])
      const unique = columns.find(c => c.name === one)
      if (nulls !== '' && unique) unique.notNull = true
      rules.push(`unique${nulls} (${ident(one)})${how}`)
      if (how === '') referable.push([one])
    } else {
      after.push(
        `create unique index on ${t} (${ident(one)}${random.of(['', ' desc', ' nulls first', ' desc nulls last'])})${random.chance(0.3) && key[0] && key[0] !== one ? ` include (${ident(key[0])})` : ''}`,
      )
      referable.push([one])
      if (kind.type === 'text' && random.chance(0.3))
        after.push(`create unique index on ${t} (lower(${ident(one)}), (length(${ident(one)})))`)
    }
  }
  extras(random, { name, key, columns, others, rules, after, referable, column }, version, has)
  const isPartitioned =
    key.length === 1 &&
    columns[0]?.kind.type === 'integer' &&
    rules.length === 1 &&
    !after.some(text => /unique|statistics|set \(/.test(text)) &&
    random.chance(0.8)
  const k = ident(key[0] ?? '')
  if (isPartitioned) {
    const part = (suffix: string) => ident(`${name.slice(0, 50)}_${suffix}`)
    after.unshift(
      `create table ${part('p1')} partition of ${t} for values from (minvalue) to (5000) partition by hash (${k})`,
      `create table ${part('p1a')} partition of ${part('p1')} for values with (modulus 2, remainder 0)`,
      `create table ${part('p1b')} partition of ${part('p1')} for values with (modulus 2, remainder 1)`,
      `create table ${part('rest')} partition of ${t} default`,
    )
  }
  const rows = random.chance(0.1) ? 0 : 1 + random.below(most)
  return {
    name,
    columns,
    key,
    rules,
    tail: isPartitioned ? `partition by range (${k})` : random.chance(0.05) ? 'with (fillfactor = 80)' : '',
    unlogged: !isPartitioned && random.chance(0.05),
    after,
    referable,
    foreignKeys: [],
    rows,
  }
}
