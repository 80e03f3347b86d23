/** Computed columns, checks, exclusions, indexes of every method, storage, comments, statistics and grants of a table. */
import type { Kind } from './palette.ts'
import type { Random } from './random.ts'
import { ident, idents, type TColumn } from './schema.ts'

export type Draft = {
  readonly name: string
  readonly key: readonly string[]
  readonly columns: readonly TColumn[]
  /** Columns that are no part of the key. */
  readonly others: readonly TColumn[]
  readonly rules: string[]
  readonly after: string[]
  readonly referable: string[][]
  readonly column: (kind: Kind, more?: Partial<TColumn>) => TColumn
}

export function extras(
  random: Random,
  { name, key, columns, others, rules, after, referable, column }: Draft,
  version: number,
  has: ReadonlySet<string>,
): void {
  const t = ident(name)
  const ints = others.filter(
    ({ kind, generated }) => /^(integer|bigint|smallint)$/.test(kind.type) && !generated,
  )
  for (const one of ints.slice(0, 1)) {
    const c = ident(one.name)
    if (random.chance(0.4))
      rules.push(
        `constraint ${ident(`${name.slice(0, 40)} ck`)} check (${c} is null or ${c} > -9999999999999)`,
      )
    if (random.chance(0.3)) {
      const made = column(
        { type: 'bigint', value: () => 'default' },
        { generated: true, more: `generated always as (${c}::bigint * 2) stored` },
      )
      if (random.chance(0.4) && one.kind.unique) {
        rules.push(`unique (${ident(made.name)})`)
        referable.push([made.name])
      }
    }
    if (random.chance(0.2)) after.push(`create index on ${t} (${c}) where ${c} > 5`)
    if (version >= 180000 && random.chance(0.3))
      column(
        { type: 'bigint', value: () => 'default' },
        { generated: true, more: `generated always as (${c}::bigint + 1) virtual` },
      )
  }
  for (const { name: one, kind } of others) {
    const c = ident(one)
    if (kind.ordered !== false && random.chance(0.12))
      after.push(`create index on ${t} (${c}${random.of(['', ' desc nulls last', ' nulls first'])})`)
    if (kind.type === 'text' && random.chance(0.3))
      after.push(
        `create index on ${t} (${c} text_pattern_ops)`,
        `create index on ${t} (${c} collate "C")`,
        `create index on ${t} using hash (${c})`,
      )
    if (kind.type === 'jsonb' && random.chance(0.5))
      after.push(`create index on ${t} using gin (${c} jsonb_path_ops)`)
    if (kind.type === 'tsvector' && random.chance(0.5)) after.push(`create index on ${t} using gin (${c})`)
    if (kind.type === 'integer[]' && random.chance(0.5)) after.push(`create index on ${t} using gin (${c})`)
    if (kind.type === 'int4range' && random.chance(0.6)) {
      after.push(`create index on ${t} using gist (${c})`)
      if (has.has('btree_gist'))
        rules.push(
          `exclude using gist (${c} with &&)${random.chance(0.5) && key[0] ? ` where (${ident(key[0])} is not null)` : ''}`,
        )
    }
    if (kind.type === 'timestamptz' && random.chance(0.3))
      after.push(`create index on ${t} using brin (${c})`)
    if (kind.type === '"mood"' && random.chance(0.7)) {
      after.push(`create index on ${t} (${c}) where ${c} = 'it''s'`)
      rules.push(`check (${c} <> 'back\\slash' or ${c} is null)`)
    }
    if (kind.type === 'citext' && random.chance(0.5))
      after.push(`create index on ${t} (${c} citext_pattern_ops)`)
    if (/^(text|jsonb|bytea)$/.test(kind.type) && random.chance(0.2))
      after.push(`alter table ${t} alter ${c} set storage ${random.of(['external', 'main', 'extended'])}`)
    if (random.chance(0.05)) after.push(`alter table ${t} alter ${c} set statistics 500`)
    if (random.chance(0.1))
      after.push(`comment on column ${t}.${c} is 'about it''s \\ %s ${one.replaceAll("'", '')}'`)
  }
  if (random.chance(0.1)) after.push(`comment on table ${t} is 'table ''quoted'' \\n'`)
  const counted = others.filter(({ kind }) => /^(integer|text|date|uuid)$/.test(kind.type)).slice(0, 2)
  if (counted.length === 2)
    after.push(
      `create statistics ${ident(`${name.slice(0, 50)} st`)} on ${idents(counted.map(c => c.name))} from ${t}`,
    )
  if (random.chance(0.05)) after.push(`alter table ${t} replica identity full`)
  if (random.chance(0.05)) after.push(`alter table ${t} set (fillfactor = 70, autovacuum_enabled = false)`)
  if (random.chance(0.05))
    after.push(`alter table ${t} add column dropped integer; alter table ${t} drop column dropped`)
  if (columns.length > 0 && random.chance(0.05))
    after.push(`grant select (${idents(columns.slice(0, 1).map(c => c.name))}) on ${t} to public`)
}
