/**
 * Code in the tenants' schemas → what becomes one for all, and what stays, each with a reason. Carried over is what is the same
 * in every tenant and can be proven to know no organization (functions, triggers) or to be right for each (views). When in
 * doubt it stays and is listed. Policies, grants and rules never come along: who may do what is decided anew. Pure.
 */
import type { OtherObject, Table } from '../catalog/catalog.ts'
import type { FunctionAbout, TriggerAbout, ViewAbout } from '../catalog/codeQueries.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { namesIn, withoutSchema } from '../shapes/names.ts'
import { functionText } from './askFunctions.ts'
import { textOf, type View } from './askViews.ts'
import { type Carried, whyNotFunction, whyNotPrinted } from './bodies.ts'
import { type Group, groupsOf, whyNotAlike } from './groups.ts'
import type { Names } from './names.ts'
import { isName, tokensOf } from './tokens.ts'
import { whyNotTrigger } from './triggers.ts'
import { whyNotView } from './views.ts'
import { harmless } from './words.ts'

export type Code<About> = {
  readonly name: string
  readonly one: OtherObject & { readonly about: About }
  /** Null where tenants say different things. */
  readonly comment: string | null
}
export type SharedFunction = Code<FunctionAbout>
export type SharedTrigger = Code<TriggerAbout>
export type SharedView = Code<ViewAbout>

export type SharedCode = {
  /** What calls another comes after it. */
  readonly functions: readonly SharedFunction[]
  readonly triggers: readonly SharedTrigger[]
  readonly views: readonly SharedView[]
  /** Schema → why the tenant does not fit: its tables need a function that is another one there. */
  readonly unfit: ReadonlyMap<string, string>
  readonly notes: readonly Hazard[]
}

export type Surroundings = {
  readonly tenants: readonly string[]
  /** Of those tenants. */
  readonly others: readonly OtherObject[]
  readonly tables: readonly Table[]
  /** Names of the tables that are folded, and of the types that are shared. */
  readonly folded: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  /** Functions of the schema that the folded tables cannot do without. */
  readonly needed: ReadonlySet<string>
  readonly scopeColumn: string
  readonly names: Names
  /** askFunctions' answers, by text. */
  readonly functions: ReadonlyMap<string, string>
  /** askViews' answers, by text. */
  readonly views: ReadonlyMap<string, string>
}

export function shareCode(around: Surroundings): SharedCode {
  const { tenants, others, needed } = around
  const tables = Map.groupBy(around.tables, ({ schema }) => schema)
  const wordsOf = words(others)
  const groups = groupsOf(others, other => formOf(other, tables.get(other.schema) ?? [], wordsOf))
  const reasons = new Map<Group, string>()
  const of = (kind: string) => groups.filter(group => group.kind === kind)
  const holders = Map.groupBy(around.tables, ({ name }) => name)

  const done = new Set<Group>()
  /** What needs others is settled after them; what needs itself, never. */
  const settle = (all: readonly Group[], whyNot: (group: Group) => string | null): Group[] => {
    const carried: Group[] = []
    for (let open = all.filter(group => !reasons.has(group)), before = -1; before !== carried.length; ) {
      before = carried.length
      open = open.filter(group => {
        const why = whyNot(group)
        if (why !== null) {
          reasons.set(group, why)
          return true
        }
        reasons.delete(group)
        carried.push(group)
        done.add(group)
        return false
      })
    }
    return carried
  }

  // What a table or a type cannot do without need not be everywhere: who lacks it lacks the column, or the type.
  const isNeeded = ({ kind, one }: Group) =>
    kind === 'function' && needed.has((one.about as FunctionAbout).routine)
  for (const group of groups) {
    const expected =
      group.kind === 'trigger'
        ? (holders.get((group.one.about as TriggerAbout).table) ?? []).map(({ schema }) => schema)
        : isNeeded(group)
          ? group.forms.flat().map(({ schema }) => schema)
          : tenants
    const why = never[group.kind] ?? whyNotAlike(group, expected)
    if (why !== null && why !== undefined) reasons.set(group, why)
  }
  const routines = Map.groupBy(of('function'), ({ one }) => (one.about as FunctionAbout).routine)
  const carriedRoutine = (routine: string) => routines.get(routine)?.every(group => done.has(group))
  /**
   * A function may be an overload of one of Postgres' own, and call that: which of the two a call means, its arguments say
   * there as they did here, as long as there is no third.
   */
  const isOverload = (routine: string) =>
    routines.get(routine)?.length === 1 &&
    !around.names.elsewhere.has(routine) &&
    (around.names.immutable.has(routine) || harmless.has(routine))
  const carriedFrom =
    (own: string): Carried =>
    routine =>
      routine === own && isOverload(own) ? true : carriedRoutine(routine)
  const carriedView = (name: string) => of('view').find(group => group.name === name && done.has(group))

  const computed = computedColumns(others, around.tables)

  const functions = settle(of('function'), ({ one }) => {
    const about = one.about as FunctionAbout
    const rows = namesIn(`${about.arguments} ${about.result}`, one.schema).find(
      name => !around.types.has(name),
    )
    if (rows !== undefined) return `it takes or gives rows of ${rows}`
    return (
      whyNotPrinted(tokensOf(about.arguments) ?? [], around.names) ??
      whyNotFunction(about, around.names, carriedFrom(about.routine), computed) ??
      around.functions.get(functionText(one)) ??
      null
    )
  })
  const triggers = settle(of('trigger'), ({ one }) => whyNotTrigger(one, around, carriedRoutine))
  const views = settle(of('view'), ({ one }) =>
    whyNotView(one as View, around, carriedRoutine, name => carriedView(name) !== undefined),
  )

  const unfit = new Map<string, string>()
  for (const { name, one, forms } of of('function')) {
    if (!needed.has((one.about as FunctionAbout).routine)) continue
    for (const { schema } of forms.slice(1).flat())
      unfit.set(schema, `function ${name} is another one than elsewhere`)
  }
  const carried = <About>(some: readonly Group[]) =>
    some.map(({ name, one, forms }) => ({
      name,
      one: one as OtherObject & { about: About },
      comment: commonComment(forms.flat()),
    }))
  return {
    functions: carried<FunctionAbout>(functions),
    triggers: carried<TriggerAbout>(triggers),
    views: carried<ViewAbout>(views),
    unfit,
    notes: [...reasons].map(([group, why]) => note(group, why)).sort(byObject),
  }
}

/** Functions over a table's row that the table has no column of the name of. */
function computedColumns(others: readonly OtherObject[], tables: readonly Table[]): ReadonlySet<string> {
  const columns = new Map(
    tables.map(table => [
      JSON.stringify([table.schema, table.name]),
      new Set(table.columns.map(one => one.name)),
    ]),
  )
  const found = new Set<string>()
  for (const { kind, schema, about } of others) {
    if (kind !== 'function') continue
    const { routine, arguments: given } = about as FunctionAbout
    for (const type of namesIn(given, schema)) {
      if (columns.get(JSON.stringify([schema, type]))?.has(routine) === false) found.add(routine)
    }
  }
  return found
}

function commonComment(copies: readonly OtherObject[]): string | null {
  const comments = new Set(
    copies.map(({ about }) => (about !== null && 'comment' in about ? about.comment : null)),
  )
  const [only = null] = comments
  return comments.size === 1 ? only : null
}

const byObject = (a: Hazard, b: Hazard) => (a.object < b.object ? -1 : 1)

/** Kinds that are never carried over, and why. */
const never: Readonly<Record<string, string>> = {
  policy: 'who may do what is decided anew (doors in the spec)',
  grant: 'who may do what is decided anew (doors in the spec)',
  rule: "a rule acts with the owner's rights, past the wall",
  'materialized view': "a materialized view has no policies: it would show everybody's rows",
  sequence: 'no column owns it',
  operator: 'operators are not carried over',
  collation: 'no table that is moved is sorted by it',
  'text search configuration': 'configurations are not carried over',
  statistics: 'statistics are of the old table',
  comment: 'it is said of the old one',
  autovacuum: "the new table has everybody's rows, and is vacuumed by itself",
  'replica identity': 'the new table tells replicas its rows by the primary key',
  'cluster mark': 'the new table lies by organization',
  tablespace: 'the new table and its indexes are where the database is',
  'access method': 'the new table is a plain one (heap)',
}

const hints: Readonly<Record<string, string>> = {
  policy: 'edit the doors in the workspace: db/policies',
  grant: 'edit the doors in the workspace: db/policies',
  statistics: 'create them for the shared table, where plans need them',
  comment: 'say it of the new one in the workspace',
  autovacuum: 'nothing to do, unless somebody else vacuums it',
  'replica identity': 'set it for the new table, where that is published',
  'cluster mark': 'set it for the new table, where somebody runs cluster',
  tablespace: 'move the new table there, or set default_tablespace for the login that applies',
  'access method': 'nothing to do, unless it must be',
}

const note = ({ kind, name, forms }: Group, why: string): Hazard => {
  const found = forms.flat()
  const schemas = `${found.length} tenant ${found.length === 1 ? 'schema' : 'schemas'} (${found[0]?.schema}${found.length > 1 ? ', …' : ''})`
  return {
    code: 'not-carried-over',
    object: `${kind} ${name}`,
    detail: `in ${schemas}${forms.length > 1 ? '' : found.length > 1 ? ', the same everywhere' : ''}: ${why}; it stays there`,
    hint: hints[kind] ?? 'write it anew for the shared tables in the workspace, where it is needed',
    blocks: false,
  }
}

/** By schema and routine: the words of functions' bodies. */
function words(others: readonly OtherObject[]): (schema: string, routine: string) => ReadonlySet<string> {
  const found = new Map<string, Set<string>>()
  for (const { kind, schema, about } of others) {
    if (kind !== 'function') continue
    const { routine, body } = about as FunctionAbout
    const key = JSON.stringify([schema, routine])
    const known = found.get(key) ?? new Set<string>()
    for (const token of tokensOf(body ?? '') ?? []) if (isName(token)) known.add(token.name)
    found.set(key, known)
  }
  return (schema, routine) => found.get(JSON.stringify([schema, routine])) ?? new Set()
}

/**
 * The text apart from the schema, and the types of the columns it is about: the same text over an integer and over a numeric
 * divides otherwise.
 */
function formOf(
  other: OtherObject,
  tables: readonly Table[],
  wordsOf: (schema: string, routine: string) => ReadonlySet<string>,
): string {
  const { kind, schema, definition, about } = other
  const own = (text: string | null) => (text === null ? null : withoutSchema(text, schema))
  const columns = (table: string, isAbout: (column: string) => boolean) =>
    tables
      .find(({ name }) => name === table)
      ?.columns.filter(({ name }) => isAbout(name))
      .map(({ name, type }) => [name, own(type)])
  if (kind === 'function' && about !== null) {
    const { arguments: given, result, body, comment: _, identity: __, ...rest } = about as FunctionAbout
    return JSON.stringify([own(given), own(result), own(body), rest, body === null ? own(definition) : null])
  }
  if (kind === 'trigger') {
    const { table, function: routine, functionSchema, enabled } = about as TriggerAbout
    const used = wordsOf(functionSchema, routine)
    const named = new Set(tokensOf(definition ?? '')?.map(({ name }) => name))
    return JSON.stringify([
      own(definition),
      enabled,
      columns(table, name => used.has(name) || named.has(name)),
    ])
  }
  if (kind === 'view') {
    const { relations, options } = about as ViewAbout
    return JSON.stringify([
      textOf(other as View),
      options,
      relations.map(one => [one.name, columns(one.name, name => one.columns.includes(name))]),
    ])
  }
  return own(definition) ?? ''
}
