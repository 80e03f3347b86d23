/**
 * What tenants say of a table besides its shape: comments, storage, statistics. Nobody is left out for it, and a plan does
 * not lapse over it: the shared table has what more than half of those say who have the thing in question, because one
 * tenant's remarks are not for the others, who read comments as the API's descriptions. The rest is told. Pure.
 */
import type { Column, Constraint, Index, Remarks, Table } from '../catalog/catalog.ts'
import { formOf } from '../catalog/tableForms.ts'
import type { Copy } from './columns.ts'
import { withoutSchema } from './names.ts'
import type { SharedColumn } from './reading.ts'
import { indexText } from './shape.ts'

/** The shared table with its columns, rules and indexes, and nothing remarked of them that only one tenant says. */
type Model = Table & { readonly columns: readonly SharedColumn[] }

/** What the shared table does not say, and who does. */
export type Lost = { readonly what: string; readonly tenants: readonly string[] }

type Said = { readonly tenants: readonly string[]; readonly texts: readonly string[] }

/** Copies that say the same of columns, rules and indexes. */
type Group = { readonly table: Table; readonly tenants: readonly string[] }

export function remarked(model: Model, copies: readonly Copy[]): { model: Model; lost: readonly Lost[] } {
  const groups = [...Map.groupBy(copies, ({ table }) => formOf(table) ?? table).values()].flatMap(
    (same): Group[] => (same[0] ? [{ table: same[0].table, tenants: same.map(({ tenant }) => tenant) }] : []),
  )
  const lost: Lost[] = []
  const most = (said: readonly Said[], what: (text: string) => string) => {
    const { common, others } = mostSay(said)
    for (const [text, tenants] of others) lost.push({ what: what(text), tenants })
    return common
  }
  const comment = (said: readonly Said[], of: string) =>
    most(said, () => `another comment on ${of}`)[0] ?? null

  const options = most(
    copies.map(({ tenant, table }) => ({ tenants: [tenant], texts: table.options ?? [] })),
    text => `the storage parameter ${text}`,
  )
  const columns = model.columns.map((column): SharedColumn => {
    const { tuned: _, ...plain } = column
    const there = groups.flatMap(({ table, tenants }) => {
      const own = table.columns.find(({ name }) => name === column.name)
      return own === undefined ? [] : [{ own, tenants }]
    })
    const of = (texts: (own: Column) => readonly string[]) =>
      there.map(({ own, tenants }) => ({ tenants, texts: texts(own) }))
    const tuned = most(
      of(own => own.tuned ?? []),
      text => `${column.name} ${text}`,
    )
    return {
      ...plain,
      comment: comment(
        of(own => listed(own.comment)),
        `column ${column.name}`,
      ),
      ...(tuned.length > 0 ? { tuned } : {}),
    }
  })
  const ruled = <T extends Constraint | Index>(
    rules: readonly T[],
    all: (table: Table) => readonly T[],
    textOf: (rule: T, schema: string) => string,
    kind: string,
  ): T[] => {
    const isRemarked = groups.some(({ table }) => all(table).some(({ remarks }) => remarks !== undefined))
    if (!isRemarked) return [...rules]
    const known = groups.map(({ table, tenants }) => ({
      tenants,
      rules: new Map(numbered(all(table), rule => textOf(rule, table.schema))),
    }))
    return numbered(rules, rule => textOf(rule, model.schema)).map(([text, rule]) => {
      const { remarks: _, ...plain } = rule
      const said = known.flatMap(({ tenants, rules: own }) => {
        const same = own.get(text)
        return same === undefined ? [] : [{ tenants, texts: Object.entries(same.remarks ?? {}).map(written) }]
      })
      const common = most(said, one => `${whatOf[read(one)[0]]} ${kind} ${rule.name}`).map(read)
      return (common.length === 0 ? plain : { ...plain, remarks: Object.fromEntries(common) as Remarks }) as T
    })
  }
  return {
    model: {
      ...model,
      comment: comment(
        copies.map(({ tenant, table }) => ({ tenants: [tenant], texts: listed(table.comment) })),
        'the table',
      ),
      options,
      columns,
      constraints: ruled(model.constraints, ({ constraints }) => constraints, constraintText, 'constraint'),
      indexes: ruled(
        model.indexes,
        ({ indexes }) => indexes,
        ({ definition }, schema) => indexText(definition, schema),
        'index',
      ),
    },
    lost: together(lost),
  }
}

/** What a planned rule or index has of them. @param shift columns that its index gets in front */
export function remarksOf({ remarks }: { readonly remarks?: Remarks }, shift = 0): { remarks?: Remarks } {
  if (remarks === undefined) return {}
  const { statistics, ...rest } = remarks
  const moved = statistics?.map(([at, target]) => [at + shift, target] as const)
  return { remarks: { ...rest, ...(moved && { statistics: moved }) } }
}

const whatOf: Readonly<Record<keyof Remarks, string>> = {
  comment: 'another comment on',
  indexComment: 'another comment on the index of',
  indexOptions: 'other storage parameters of the index of',
  statistics: 'other statistics of',
}

const listed = (text: string | null): string[] => (text === null ? [] : [text])
const written = (remark: [string, unknown]): string => JSON.stringify(remark)
const read = (text: string) => JSON.parse(text) as [keyof Remarks, unknown]

const constraintText = ({ type, definition }: Constraint, schema: string): string =>
  `${type} ${withoutSchema(definition.replace(/ NOT VALID$/, ''), schema)}`

/** Two of the same text are the first and the second. */
function numbered<T>(all: readonly T[], textOf: (one: T) => string): [string, T][] {
  const seen = new Map<string, number>()
  return all.map(one => {
    const text = textOf(one)
    const at = seen.get(text) ?? 0
    seen.set(text, at + 1)
    return [`${at} ${text}`, one]
  })
}

/** What more than half say, and who says anything else. */
function mostSay(said: readonly Said[]): { common: string[]; others: [string, string[]][] } {
  const by = new Map<string, string[]>()
  for (const { tenants, texts } of said)
    for (const text of texts) by.set(text, [...(by.get(text) ?? []), ...tenants])
  const all = said.reduce((sum, { tenants }) => sum + tenants.length, 0)
  const isCommon = ([, { length }]: [string, string[]]) => length * 2 > all
  return {
    common: [...by].filter(isCommon).map(([text]) => text),
    others: [...by].filter(one => !isCommon(one)),
  }
}

/** Everybody's own words for one thing are told once. */
const together = (lost: readonly Lost[]): Lost[] =>
  [...Map.groupBy(lost, ({ what }) => what)].map(([what, all]) => ({
    what,
    tenants: all.flatMap(({ tenants }) => tenants),
  }))
