/**
 * What is in one customer's database, as a careful DBA would tell it: whose every table's rows are and how that is
 * known, what stays everybody's, who lives on it, and what stands in the way. Reads; changes nothing.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { type Catalog, readCatalog, readOnly } from '../catalog/catalog.ts'
import { frameworkTables } from '../inspect/classify.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { leakyIndexes } from '../plan/leakproof.ts'
import { type Candidate, compareWays } from './disagreements.ts'
import { checkExpressions } from './expressions.ts'
import { type CheckedReference, checkGuesses } from './guesses.ts'
import { findScopeHazards } from './hazards.ts'
import { type OwnerRules, organizationsOf, searchPathOf, valuesOf } from './ownerSql.ts'
import { findPaths, type Path, pathText } from './paths.ts'
import { type Places, placesOf } from './places.ts'
import type { Grant } from './plan.ts'
import { type OwnerColumn, readOwnerColumn } from './proposal.ts'
import { declaredReferences, guessedReferences, type Reference } from './references.ts'
import { guessRoot, reaching } from './roots.ts'
import { type Choice, chooseRules, decidedOf, hasRules, inOrder } from './rules.ts'
import { type FreeBytes, readSpace } from './space.ts'
import type { ScopeFile } from './specFile.ts'
import { breakingStatements } from './statements.ts'
import { readSurroundings } from './surroundings.ts'

export type ScopeTable = {
  /** `users` in the main schema, `schema.users` elsewhere. */
  readonly source: string
  readonly schema: string
  readonly name: string
  /** `global`: no way leads from it to the root, or the spec says so; `framework`: the framework's own bookkeeping. */
  readonly class: 'root' | 'scoped' | 'global' | 'framework'
  /** The proposed way to the root; empty for the root, and where there is none. */
  readonly path: Path
  /** Every way, the proposed one first, with the rows on which they disagree. */
  readonly candidates: readonly Candidate[]
  /** The planner's estimate. */
  readonly rows: number
  readonly bytes: number
  readonly owner: string
  readonly grants: readonly Grant[]
}

export type ScopeInspection = {
  readonly kind: 'single'
  readonly database: string
  /** The kind of sample this is, when `rowhouse sample` made it. */
  readonly sample: string | null
  readonly main: string
  readonly root: string | null
  readonly tables: readonly ScopeTable[]
  /** Names that look like references, with how rows bear it out. */
  readonly guesses: readonly CheckedReference[]
  /** A column of the root that seems to say whose its rows are. */
  readonly ownerColumn: OwnerColumn | null
  readonly access: readonly { readonly role: string; readonly why: string }[]
  readonly roles: readonly string[]
  readonly hazards: readonly Hazard[]
}

export type ScopeFound = { readonly catalog: Catalog; readonly inspection: ScopeInspection }

export const scopeColumnOf = (decided: ScopeFile, sample: string | null): string =>
  decided.scope_column ?? (sample === 'sellout' ? 'client_id' : 'organization_id')

/**
 * @param decided what the file says already: a root, tables that stay everybody's, rules whose results are compared
 * @throws RowhouseError RH114 (a root, or what an expression names, is not there), RH112 (no expression for Postgres),
 *   RH104, RH106
 */
export async function inspectScope(
  client: pg.ClientBase,
  decided: ScopeFile,
  { freeBytes, path = 'tenancy.json5' }: { freeBytes?: FreeBytes; path?: string | undefined } = {},
): Promise<ScopeFound> {
  const catalog = await readCatalog(client)
  const places = placesOf(catalog)
  const references = usable([...declaredReferences(places), ...guessedReferences(places)], places, decided)
  const root = rootOf(catalog, places, references, decided)
  const reached = root === null ? new Set<string>() : reaching(root, references)
  const guesses = await checkGuesses(
    client,
    places,
    references.filter(({ declared, to }) => !declared && reached.has(to)),
  )
  const fitting = guesses.filter(({ orphans }) => orphans === 0)
  const ways =
    root === null
      ? new Map()
      : findPaths(root, [...references.filter(({ declared }) => declared), ...fitting])

  const proposed = places.all.map(({ source }) => ({
    source,
    isScoped: source === root || ways.has(source),
    path: ways.get(source)?.[0] ?? [],
  }))
  const { choices, rules } = chosen(proposed, places, decided)
  if (rules !== null) await tryExpressions(client, rules, path)
  const candidates = root === null ? new Map() : await compareWays(client, places, root, ways, rules, path)
  const scoped = places.all.filter(({ source }) => choices.get(source)?.scoped)
  const assigned = scoped.filter(({ source }) => choices.get(source)?.rule != null)
  const surroundings = await readSurroundings(client, places.all, scoped)
  const sample = sampleOf(catalog)
  const { server } = catalog
  const hazards = [
    ...findScopeHazards({
      places,
      choices,
      scopeColumn: scopeColumnOf(decided, sample),
      memberOf: server.isSuperuser ? null : new Set(server.memberOf),
      login: server.user,
      surroundings,
      space: await readSpace(client, scoped, assigned, freeBytes),
      statements: await breakingStatements(client, scoped),
    }),
    ...guesses.filter(({ orphans }) => orphans > 0).map(unfitting),
    ...(await leakyIndexes(
      client,
      scoped.map(({ source, table: { schema, name } }) => ({ source, schema, name })),
    )),
    ...[...candidates].flatMap(([source, found]) =>
      disagreement(source, found, rules !== null, decided, places),
    ),
  ]
  const grants = Map.groupBy(surroundings.grants, ({ source }) => source)
  return {
    catalog,
    inspection: {
      kind: 'single',
      database: server.database,
      sample,
      main: places.main,
      root,
      tables: places.all.map(({ source, table }) => ({
        source,
        schema: table.schema,
        name: table.name,
        class:
          source === root
            ? 'root'
            : choices.get(source)?.scoped
              ? 'scoped'
              : frameworkTables.has(table.name)
                ? 'framework'
                : 'global',
        path: ways.get(source)?.[0] ?? [],
        candidates: candidates.get(source) ?? [],
        rows: Math.max(0, table.rows),
        bytes: table.bytes,
        owner: table.owner,
        grants: (grants.get(source) ?? []).map(({ source: _, ...grant }) => grant),
      })),
      guesses,
      ownerColumn: root === null ? null : await readOwnerColumn(client, places, root),
      access: surroundings.access,
      roles: surroundings.access.map(({ role }) => role),
      hazards: hazards.sort((a, b) => Number(b.blocks) - Number(a.blocks)),
    },
  }
}

/** No way leads through what stays everybody's. */
function usable(references: readonly Reference[], places: Places, decided: ScopeFile): Reference[] {
  const isOut = ({ source, table }: { source: string; table: { name: string } }) => {
    const { scope } = decidedOf(decided, places, source)
    return scope === undefined ? frameworkTables.has(table.name) : !scope
  }
  const out = new Set(places.all.filter(isOut).map(({ source }) => source))
  return references.filter(({ from, to }) => !out.has(from) && !out.has(to))
}

function rootOf(
  catalog: Catalog,
  places: Places,
  references: readonly Reference[],
  { root }: ScopeFile,
): string | null {
  if (root === undefined) return guessRoot(places, references)
  const place = places.find(root)
  if (place !== undefined) return place.source
  throw new RowhouseError('RH114', {
    message: `the spec names what database "${catalog.server.database}" does not have: table "${root}" (root)`,
    hint: 'see what is there: rowhouse inspect',
  })
}

/** As the spec will choose; rules that are wrong in themselves compare nothing. */
function chosen(
  proposed: Parameters<typeof chooseRules>[0],
  places: Places,
  decided: ScopeFile,
): { choices: ReadonlyMap<string, Choice>; rules: OwnerRules | null } {
  const faults = { problems: [], absent: [] }
  const choices = chooseRules(proposed, places, decided, faults)
  inOrder(choices, faults)
  const isWhole = faults.problems.length + faults.absent.length === 0
  const organizations = organizationsOf(decided)
  return {
    choices,
    rules:
      hasRules(decided) && isWhole
        ? {
            places,
            rules: new Map([...choices].map(([source, { rule }]) => [source, rule])),
            otherwise: otherwiseOf(places, decided),
            values: valuesOf(organizations),
            defaultSlug: organizations[0]?.slug ?? '',
          }
        : null,
  }
}

/** What Postgres cannot read is said before it is asked about all of them. */
const tryExpressions = (client: pg.ClientBase, rules: OwnerRules, path: string): Promise<void> =>
  readOnly(client, async () => {
    await client.query(searchPathOf(rules))
    const tables = rules.places.all.map(({ source, table: { schema, name } }) => {
      return { source, schema, name, rule: rules.rules.get(source) ?? null }
    })
    await checkExpressions(client, tables, path)
  })

export const otherwiseOf = (places: Places, decided: ScopeFile): ReadonlySet<string> =>
  new Set(
    places.all
      .filter(({ source }) => decidedOf(decided, places, source).otherwise === 'default')
      .map(({ source }) => source),
  )

/** The marker may be on any table. */
const sampleOf = (catalog: Catalog): string | null =>
  catalog.tables.map(({ comment }) => comment?.match(/^rowhouse sample: (\w+)/)?.[1]).find(Boolean) ?? null

const unfitting = ({ from, columns, to, rows, orphans }: CheckedReference): Hazard => ({
  code: 'reference-unfit',
  object: `${from}.${columns[0]}`,
  table: from,
  detail: `is called like a reference to ${to}, but ${orphans} of ${rows} values are not there: it says nothing about owners`,
  hint: `if it is one, mend the rows; the way of the table can be said: tables: { ${JSON.stringify(from)}: { owner: { parent: ${JSON.stringify(to)}, on: ${JSON.stringify(columns[0])} }, otherwise: 'default' } }`,
  blocks: false,
})

function disagreement(
  source: string,
  candidates: readonly Candidate[],
  isRuled: boolean,
  decided: ScopeFile,
  places: Places,
): Hazard[] {
  const isDecided = !isRuled || decidedOf(decided, places, source).owner !== undefined
  const [first] = candidates
  return candidates
    .filter(({ roots, owners }) => (owners ?? roots) > 0)
    .map(({ path, roots, owners, keys }) => ({
      code: 'ways-disagree',
      object: source,
      table: source,
      detail: `${owners ?? roots} rows lead to one ${owners === null ? `of ${path.at(-1)?.table}` : 'owner'} along ${pathText(first?.path ?? [])} and to another along ${pathText(path)} (${keys.join('; ')}${(owners ?? roots) > keys.length ? ' …' : ''})`,
      hint: `mend the rows, or say which holds: tables: { ${JSON.stringify(source)}: { owner: ${parentText(first?.path ?? path)} } }`,
      blocks: !isDecided,
    }))
}

/** As the spec writes a way: its first hop. */
export function parentText(path: Path): string {
  const [hop] = path
  const on = hop?.columns.length === 1 ? JSON.stringify(hop.columns[0]) : JSON.stringify(hop?.columns)
  return `{ parent: ${JSON.stringify(hop?.table)}, on: ${on} }`
}
