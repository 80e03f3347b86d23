/**
 * (what inspection found, what the file decides) → the decisions for one customer's database, every key with a value.
 * Pure. What may fail here: contradictions (RH112), names of what is not there (RH114), and rows that lead to two owners
 * while nobody decided which (RH115).
 */
import { RowhouseError } from '../../errors.ts'
import type { Table } from '../catalog/catalog.ts'
import { type Doors, guessDoors } from '../spec/doors.ts'
import {
  completeIdentities,
  guessIdentities,
  type Identities,
  missingIdentityColumns,
} from '../spec/identities.ts'
import { looksLikePay, looksSecret } from '../spec/naming.ts'
import { invalidSpec } from '../spec/specFile.ts'
import { parentText, type ScopeFound, scopeColumnOf } from './inspect.ts'
import { organizationsOf, valuesOf } from './ownerSql.ts'
import { pathText } from './paths.ts'
import { type Places, placesOf } from './places.ts'
import type { Rule } from './plan.ts'
import { chooseRules, decidedOf, type Faults, hasRules, inOrder } from './rules.ts'
import type { ScopeFile } from './specFile.ts'

export type ScopeDecision = {
  /** `users` in the main schema, `schema.users` elsewhere. */
  readonly source: string
  readonly schema: string
  readonly name: string
  /** False: stays everybody's. */
  readonly scoped: boolean
  /** Null: the default organization's. */
  readonly rule: Rule | null
  readonly otherwiseDefault: boolean
  readonly secret: readonly string[]
  readonly doors: Exclude<Doors, 'private'>
  readonly global: readonly (readonly string[])[]
}

export type ScopeSpec = {
  readonly kind: 'single'
  readonly scopeColumn: string
  readonly coreSchema: string
  readonly workspace: string
  readonly defaultOrganization: { readonly slug: string; readonly name: string }
  readonly organizations: readonly {
    readonly slug: string
    readonly name: string
    readonly match: readonly string[]
  }[]
  readonly root: string | null
  /** In the order in which owners are found: parents before their children. */
  readonly tables: readonly ScopeDecision[]
  readonly compositeKeys: boolean
  readonly accept: readonly string[]
  readonly identities: Identities | null
}

/**
 * The decisions, and none left open.
 * @throws RowhouseError RH112, RH114, RH115 (rows that lead to two owners)
 */
export function resolveScope(found: ScopeFound, decided: ScopeFile, path = 'tenancy.json5'): ScopeSpec {
  const spec = decideScope(found, decided, path)
  if (!spec.tables.some(({ scoped }) => scoped))
    throw invalidSpec(path, ['no table is scoped: name a root, or tables: { …: { scope: true } }'])
  refuseDisagreements(found, decided, spec)
  return spec
}

/**
 * The decisions as far as they are made: what a file is written from, in which the rest is decided.
 * @throws RowhouseError RH112, RH114
 */
export function decideScope(
  { catalog, inspection }: ScopeFound,
  decided: ScopeFile,
  path = 'tenancy.json5',
): ScopeSpec {
  const places = placesOf(catalog)
  const faults: Faults = { problems: [], absent: [] }
  const isSellout = inspection.sample === 'sellout'
  if (decided.root !== undefined && places.find(decided.root) === undefined)
    faults.absent.push(`table "${decided.root}" (root)`)
  checkTables(decided, places, faults)

  const proposed = inspection.tables.map(({ source, class: kind, path: way }) => ({
    source,
    isScoped: kind === 'root' || way.length > 0,
    path: way,
  }))
  const choices = chooseRules(proposed, places, decided, faults)
  const order = inOrder(choices, faults)
  const [defaultOrganization, ...organizations] = organizationsOf(decided)
  valuesOf(organizationsOf(decided), (text, slugs) =>
    faults.problems.push(`"${text}" names two organizations: ${slugs.join(' and ')}`),
  )

  const models = new Map(
    places.all.filter(({ source }) => choices.get(source)?.scoped).map(one => [one.source, one.table]),
  )
  const identities = identitiesOf(decided, places, models, choices, faults)
  const tables = order.flatMap((source): ScopeDecision[] => {
    const table = places.find(source)?.table
    const choice = choices.get(source)
    if (table === undefined || choice === undefined) return []
    const { secret, doors, otherwise, global = [] } = decidedOf(decided, places, source)
    const guessed = guessDoors(table.name, identities?.table === source ? table.name : null)
    return [
      {
        source,
        schema: table.schema,
        name: table.name,
        ...choice,
        otherwiseDefault: otherwise === 'default',
        secret: secret ?? guessSecrets(table),
        doors: doors ?? (guessed === 'members' ? 'members' : 'administrators'),
        global,
      },
    ]
  })
  refuse(faults, path, inspection.database)
  return {
    kind: 'single',
    scopeColumn: scopeColumnOf(decided, inspection.sample),
    coreSchema: decided.core_schema ?? (isSellout ? 'public' : 'app_public'),
    workspace: decided.workspace ?? `.rowhouse/${inspection.database}`,
    defaultOrganization: {
      slug: defaultOrganization?.slug ?? '',
      name: defaultOrganization?.name ?? '',
    },
    organizations,
    root: (decided.root === undefined ? undefined : places.find(decided.root)?.source) ?? inspection.root,
    tables,
    // A key through the scope column cannot hold where a row is allowed to point elsewhere.
    compositeKeys:
      decided.composite_keys ?? !decided.accept?.some(one => /^crossing-reference(:|$)/.test(one)),
    accept: decided.accept ?? [],
    identities,
  }
}

function refuse({ problems, absent }: Faults, path: string, database: string): void {
  if (problems.length > 0)
    throw invalidSpec(path, [...problems, ...[...new Set(absent)].map(what => `${what} does not exist`)])
  if (absent.length === 0) return
  throw new RowhouseError('RH114', {
    message: `the spec ${path} names what database "${database}" does not have: ${[...new Set(absent)].join(', ')}`,
    hint: 'see what is there: rowhouse inspect',
  })
}

function checkTables(decided: ScopeFile, places: Places, { problems, absent }: Faults): void {
  const named = new Map<string, string>()
  for (const [text, { secret = [], global = [] }] of Object.entries(decided.tables ?? {})) {
    const place = places.find(text)
    if (place === undefined) {
      absent.push(`table "${text}"`)
      continue
    }
    const other = named.get(place.source)
    if (other !== undefined) problems.push(`"tables.${other}" and "tables.${text}" are one table`)
    named.set(place.source, text)
    const { table } = place
    for (const column of [...secret, ...global.flat()])
      if (!table.columns.some(({ name }) => name === column)) absent.push(`column "${text}.${column}"`)
    for (const columns of global) {
      const wanted = JSON.stringify(columns)
      const isUnique =
        table.constraints.some(
          ({ type, columns: own }) => type === 'unique' && JSON.stringify(own) === wanted,
        ) || table.indexes.some(({ unique, columns: own }) => unique && JSON.stringify(own) === wanted)
      if (!isUnique) problems.push(`"tables.${text}.global" (${columns.join(', ')}) is no unique key`)
    }
  }
}

function identitiesOf(
  decided: ScopeFile,
  places: Places,
  models: ReadonlyMap<string, Table>,
  choices: ReadonlyMap<string, { readonly scoped: boolean }>,
  { absent }: Faults,
): Identities | null {
  if (decided.identities === undefined) {
    const guessed = guessIdentities(models)
    const source = [...models].find(
      ([, table]) => table.name === guessed?.table && guessIdentities(new Map([['', table]])) !== null,
    )?.[0]
    return guessed === null || source === undefined ? null : { ...guessed, table: source }
  }
  if (decided.identities === null) return null
  const source = places.find(decided.identities.table)?.source ?? decided.identities.table
  const identities = completeIdentities({ ...decided.identities, table: source })
  const everybody = new Map(places.all.map(place => [place.source, place.table]))
  if (identities !== null)
    absent.push(
      ...missingIdentityColumns(
        identities,
        everybody,
        [...choices].map(([of, { scoped }]) => ({ source: of, target: scoped ? of : null })),
      ).map(what =>
        what.replace('a folded table', 'a scoped table').replace('is left behind', "stays everybody's"),
      ),
    )
  return identities
}

const guessSecrets = ({ columns }: Table): string[] =>
  columns.map(({ name }) => name).filter(name => looksSecret(name) || looksLikePay(name))

/** Rows that lead to two owners are somebody's mistake, or a way that means something else: people decide. */
function refuseDisagreements({ inspection }: ScopeFound, decided: ScopeFile, spec: ScopeSpec): void {
  if (!hasRules(decided)) return
  const rules = new Map(spec.tables.map(({ source, rule }) => [source, rule]))
  const said = new Set(
    Object.entries(decided.tables ?? {}).flatMap(([text, { owner }]) => (owner === undefined ? [] : [text])),
  )
  const open = inspection.tables
    .filter(({ source, schema, name }) => !said.has(source) && !said.has(`${schema}.${name}`))
    .filter(({ source }) => rules.get(source)?.by === 'parent')
    .flatMap(({ source, path, candidates }) =>
      candidates
        .map(candidate => ({ ...candidate, count: candidate.owners ?? candidate.roots }))
        .filter(({ count }) => count > 0)
        .map(candidate => ({ source, first: path, ...candidate })),
    )
  const [one] = open
  if (one === undefined) return
  throw new RowhouseError('RH115', {
    message: `rows lead to two owners: ${open
      .map(
        ({ source, first, path, count, keys }) =>
          `${count} rows of ${source}, to one along ${pathText(first)}, to another along ${pathText(path)} (${keys.join('; ')}${count > keys.length ? ' …' : ''})`,
      )
      .join('; ')}`,
    hint: `mend the rows, or decide which way holds: tables: { ${JSON.stringify(one.source)}: { owner: ${parentText(one.first)} } }`,
  })
}
