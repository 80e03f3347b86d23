/** Shared code → what is created in the target schema, as SQL that names everything in full. Pure. */
import pluralize from 'pluralize'
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { TableName } from '../plan/targetTable.ts'
import { namesIn, renameIn } from '../shapes/names.ts'
import { coreNames } from '../spec/naming.ts'
import type { SharedCode, SharedFunction, SharedTrigger, SharedView } from './shareCode.ts'
import { isName, tokensOf } from './tokens.ts'
import { columnsOf, rewriteView } from './viewText.ts'

/** `source` is what inspection calls it: kind and name without the schema. */
export type PlannedFunction = {
  readonly source: string
  readonly target: TableName
  /** `a integer, b text`: what tells it from others of its name. */
  readonly identity: string
  /** Everything behind the name. */
  readonly definition: string
  readonly body: string
  readonly searchPath: string
  readonly isTrigger: boolean
  /** It needs no type of the schema, and types may need it. */
  readonly beforeTypes: boolean
  readonly comment: string | null
}

export type PlannedView = {
  readonly source: string
  readonly target: TableName
  /** The scope column first. */
  readonly columns: readonly string[]
  readonly query: string
  readonly options: readonly string[]
  /** It reads a secret column: nobody but the owner gets a right on it. */
  readonly secret: boolean
  readonly comment: string | null
}

export type PlannedTrigger = {
  readonly source: string
  /** The table's old name. */
  readonly table: string
  readonly name: string
  readonly statement: string
  readonly enabled: string
}

export type PlannedCode = {
  readonly functions: readonly PlannedFunction[]
  readonly views: readonly PlannedView[]
  readonly triggers: readonly PlannedTrigger[]
}

export type CodeContext = {
  readonly targetSchema: string
  readonly scopeColumn: string
  readonly organizations: TableName
  /** Where each folded table goes, by its old name. */
  readonly tables: ReadonlyMap<string, TableName>
  /** What other objects of the tenants' schema are called now. */
  readonly rename: (object: string) => string
  /** Names of relations in the target schema; grows. */
  readonly taken: Set<string>
  isSecret(table: string, column: string): boolean
}

export function planCode(code: SharedCode, context: CodeContext): PlannedCode {
  const routines = new Map<string, boolean>()
  const functions = code.functions.map(one => {
    const planned = plannedFunction(one, context, routines)
    const { routine } = one.one.about
    routines.set(routine, planned.beforeTypes && (routines.get(routine) ?? true))
    return planned
  })
  const views = new Map<string, PlannedView>()
  for (const view of code.views) views.set(view.name, plannedView(view, context, views))
  const triggers = code.triggers.map(one => plannedTrigger(one, context))
  return { functions, views: [...views.values()], triggers }
}

function plannedFunction(
  { name, one: { schema, about }, comment }: SharedFunction,
  { targetSchema, rename }: CodeContext,
  beforeTypes: ReadonlyMap<string, boolean>,
): PlannedFunction {
  const body = about.body ?? ''
  const here = (text: string) => renameIn(text, schema, rename)
  const searchPath = `pg_catalog, ${ident(targetSchema)}, pg_temp`
  let tag = '$code$'
  while (body.includes(tag)) tag = tag.replace(/\$$/, '_$')
  const calls = (tokensOf(body) ?? []).filter(isName).map(token => beforeTypes.get(token.name) ?? true)
  return {
    source: `function ${name}`,
    target: { schema: targetSchema, name: about.routine },
    identity: here(about.identity),
    definition: [
      `(${here(about.arguments)})`,
      `  returns ${here(about.result)}`,
      `  language ${about.language}${about.attributes === '' ? '' : ` ${about.attributes}`} set search_path to ${searchPath}`,
      `as ${tag}${body}${tag}`,
    ].join('\n'),
    body,
    searchPath,
    isTrigger: about.isTrigger,
    beforeTypes:
      namesIn(`${about.arguments} ${about.result}`, schema).length === 0 && calls.every(before => before),
    comment,
  }
}

function plannedView(
  { name, one: { schema, definition, about }, comment }: SharedView,
  context: CodeContext,
  views: ReadonlyMap<string, PlannedView>,
): PlannedView {
  const { scopeColumn, organizations, tables, rename, targetSchema } = context
  const scope = ident(scopeColumn)
  const parts = new Map(about.relations.map(relation => [relation.name, relation.columns]))
  const placeOf = (relation: string) => views.get(relation)?.target ?? tables.get(relation)
  const nameOf = (relation: string) => {
    const place = placeOf(relation)
    return place === undefined ? null : qualified(place.schema, place.name)
  }
  const target = freeName(name, context, views)

  const text = definition ?? ''
  const plain = rewriteView(text, schema, nameOf, rename)
  const [relation = ''] = parts.keys()
  // One table, and rows of it as they are: then the view can still be written through.
  const isPlain = about.updatable && parts.size === 1 && plain.aliases.length === 1 && tables.has(relation)
  return {
    source: `view ${name}`,
    target: { schema: targetSchema, name: target },
    columns: [scopeColumn, ...about.columns.map(column => column.name)],
    query:
      isPlain && /^select /i.test(plain.text)
        ? plain.text.replace(/^select /i, `select ${ident(plain.aliases[0] ?? '')}.${scope},\n    `)
        : perOrganization(),
    options: about.options.filter(
      option => !option.startsWith('security_invoker=') && (isPlain || !option.startsWith('check_option=')),
    ),
    secret: about.relations.some(
      ({ name: from, columns }) =>
        views.get(from)?.secret === true || columns.some(column => context.isSecret(from, column)),
    ),
    comment,
  }

  /** The old query over each organization's part of every table. */
  function perOrganization(): string {
    const used = new Set((tokensOf(text) ?? []).map(token => token.name))
    let outer = 'organization'
    while (used.has(outer)) outer += '_'
    const { text: query } = rewriteView(
      text,
      schema,
      from => {
        const place = nameOf(from)
        const columns = columnsOf(parts.get(from) ?? [], 't')
        return place && `(select ${columns} from ${place} t where t.${scope} = ${outer}.id)`
      },
      rename,
    )
    return `select ${outer}.id as ${scope}, v.*
from ${qualified(organizations.schema, organizations.name)} ${outer}
cross join lateral (
${query}
) v`
  }
}

/** Another relation's name, or one that the API would call alike (`customer` beside `customers`), is not free. */
function freeName(
  name: string,
  { tables, taken }: CodeContext,
  views: ReadonlyMap<string, PlannedView>,
): string {
  const others = [...tables.values(), ...[...views.values()].map(view => view.target)]
  const alike = new Set(
    [...others.map(other => other.name), ...coreNames].map(other => pluralize.singular(other)),
  )
  let free = name
  while (taken.has(free) || alike.has(pluralize.singular(free))) free = `${free}_view`
  taken.add(free)
  return free
}

function plannedTrigger(
  { name, one: { schema, definition, about } }: SharedTrigger,
  context: CodeContext,
): PlannedTrigger {
  const { tables, rename } = context
  return {
    source: `trigger ${name}`,
    table: about.table,
    name: about.name,
    statement: renameIn(definition ?? '', schema, object => {
      const table = tables.get(object)
      return table ? qualified(table.schema, table.name) : rename(object)
    }),
    enabled: about.enabled,
  }
}
