/**
 * (what inspection found, what the file decides) → Spec: the user's decisions, every key with a default. Pure.
 * What may fail here: contradictions (RH112), and names of what is not there (RH114).
 */
import { RowhouseError } from '../../errors.ts'
import type { Table } from '../catalog/catalog.ts'
import { isFolded } from '../inspect/classify.ts'
import type { Found } from '../inspect/inspect.ts'
import type { Tenant } from '../inspect/tenants.ts'
import { decideKeys, type Keys } from '../keys/decide.ts'
import { globalProblems } from '../keys/globals.ts'
import type { Orphans } from '../shapes/orphans.ts'
import { type Doors, guessDoors, type Hop, ownPath, pathOf } from './doors.ts'
import { completeIdentities, guessIdentities, type Identities, missingIdentityColumns } from './identities.ts'
import { looksLikePay, looksSecret, targetNames } from './naming.ts'
import { type Discover, invalidSpec, orphansOf, type SpecFile } from './specFile.ts'

export type TableDecision = {
  readonly source: string
  /** Null: stays where it is. */
  readonly target: { readonly schema: string; readonly name: string } | null
  readonly secret: readonly string[]
  readonly doors: Doors
  /** From the row to the person it is about; null where there is no way. */
  readonly own: readonly Hop[] | null
  /** Null: as the spec says for all tables. */
  readonly keys: 'composite' | 'renumber' | null
  /** The natural key by which the tenants' rows become everybody's. */
  readonly merge: readonly string[] | null
  /** What stays unique over all tenants: columns, or the name of a unique index. */
  readonly global: readonly (string | readonly string[])[]
  /** What becomes of rows that lead nowhere. */
  readonly orphans: Orphans
}

export type Spec = {
  readonly kind: 'schemas'
  readonly discover: Discover | null
  readonly targetSchema: string
  readonly scopeColumn: string
  readonly coreSchema: string
  readonly workspace: string
  readonly keepOldFor: string
  readonly tenants: readonly (Tenant & { readonly skip: boolean })[]
  /** Tenants that do not fit: they stay, and the others go. */
  readonly blocked: readonly { readonly schema: string; readonly reason: string }[]
  readonly tables: readonly TableDecision[]
  readonly identities: Identities | null
  /** The default of every table's `orphans`. */
  readonly orphans: Orphans
  /** The default of every table's `keys`. */
  readonly renumber: boolean
  readonly soft: NonNullable<SpecFile['soft']>
  readonly keys: Keys
}

/**
 * The decisions for one database: what the file says, and what inspection found where it says nothing.
 * @throws RowhouseError RH112 (contradictions), RH114 (tables or columns that are not there)
 */
export function resolveSpec({ inspection, shared }: Found, decided: SpecFile, path = 'tenancy.json5'): Spec {
  const problems: string[] = []
  const absent: string[] = []
  const models: ReadonlyMap<string, Table> = new Map(
    [...shared.tables].map(([name, { model }]) => [name, model]),
  )
  const targetSchema = decided.target_schema ?? inspection.sample ?? 'app'

  if (inspection.tenants.every(({ schema }) => decided.tenants?.[schema]?.skip))
    problems.push('every tenant is skipped')
  for (const schema of Object.keys(decided.tenants ?? {})) {
    if (!inspection.tenants.some(tenant => tenant.schema === schema)) absent.push(`tenant schema "${schema}"`)
  }
  for (const [source, { secret }] of Object.entries(decided.tables ?? {})) {
    const model = models.get(source)
    if (model === undefined) absent.push(`table "${source}"`)
    for (const column of secret ?? []) {
      if (model && !has(model, column)) absent.push(`column "${source}.${column}"`)
    }
  }

  const tenants = inspection.tenants.map(tenant => {
    const { name = tenant.name, slug = tenant.slug, skip = false } = decided.tenants?.[tenant.schema] ?? {}
    return { ...tenant, name, slug, skip }
  })
  for (const [slug, same] of Map.groupBy(tenants, tenant => tenant.slug)) {
    if (same.length > 1) problems.push(`slug "${slug}" is given to ${same.map(t => t.schema).join(' and ')}`)
  }

  const identities =
    decided.identities === undefined ? guessIdentities(models) : completeIdentities(decided.identities)
  const people = identities?.table ?? null
  const framework = new Set(inspection.tables.filter(t => t.schema === null && !isFolded(t)).map(t => t.name))
  const names = targetNames(
    [...models.keys()].filter(source => !framework.has(source)),
    new Set(inspection.apps),
  )
  const tables = [...models.values()].map((model): TableDecision => {
    const {
      to,
      merge,
      keys = null,
      global = [],
      leave = to === undefined && merge === undefined && framework.has(model.name),
      secret,
      doors = guessDoors(model.name, people),
      own,
    } = decided.tables?.[model.name] ?? {}
    // Only what somebody wrote is taken apart: a table's own name may have a dot in it.
    const found = names.get(model.name) ?? model.name
    const [schema, short] = to === undefined ? [targetSchema, found] : splitName(to, targetSchema)
    return {
      source: model.name,
      target: leave ? null : { schema, name: short },
      secret: secret ?? guessSecrets(model, doors),
      doors,
      own: ownOf(model.name, doors, own),
      keys,
      merge: merge ?? null,
      global,
      orphans: orphansOf(model.name, decided),
    }
  })
  for (const [to, same] of Map.groupBy(tables, t => t.target && `${t.target.schema}.${t.target.name}`)) {
    if (to !== null && same.length > 1)
      problems.push(`${same.map(t => t.source).join(' and ')} would both become ${to}`)
  }

  const left = new Set(tables.filter(({ target }) => target === null).map(({ source }) => source))
  const keys = decideKeys(models, left, decided)
  problems.push(...keys.problems, ...globalProblems(models, decided))
  if (people !== null && keys.merges.has(people))
    problems.push(
      `"tables.${people}.merge": people who sign in are each tenant's own; merge them by e-mail: identities.merge`,
    )
  if (identities) absent.push(...missingIdentityColumns(identities, models, tables))

  if (problems.length > 0)
    throw invalidSpec(path, [...problems, ...absent.map(what => `${what} does not exist`)])
  if (absent.length > 0) {
    throw new RowhouseError('RH114', {
      message: `the spec ${path} names what database "${inspection.database}" does not have: ${absent.join(', ')}`,
      hint: 'see what is there: rowhouse inspect',
    })
  }
  return {
    kind: 'schemas',
    discover: decided.discover ?? null,
    targetSchema,
    scopeColumn: inspection.scopeColumn,
    coreSchema: decided.core_schema ?? 'app_public',
    workspace: decided.workspace ?? `.rowhouse/${inspection.database}`,
    keepOldFor: decided.keep_old_for ?? '7 days',
    tenants,
    blocked: inspection.blocked,
    tables,
    identities,
    orphans: decided.orphans ?? 'quarantine',
    renumber: decided.keys === 'renumber',
    soft: decided.soft ?? {},
    keys,
  }

  /** The spec's way, or the one found; only private tables need one. */
  function ownOf(source: string, doors: Doors, own: string | null | undefined): readonly Hop[] | null {
    if (doors !== 'private' || own === null) return null
    if (own === undefined) return ownPath(source, people, models)
    const found = pathOf(own, source, people, models)
    if (found === null)
      problems.push(`"tables.${source}.own" ${own} is no way along foreign keys to ${people ?? 'people'}`)
    return found
  }
}

/** Tenants that are neither left out nor in the way of themselves. */
export function movedTenants(spec: Spec): Spec['tenants'] {
  const blocked = new Set(spec.blocked.map(({ schema }) => schema))
  return spec.tenants.filter(({ schema, skip }) => !skip && !blocked.has(schema))
}

const guessSecrets = ({ columns }: Table, doors: Doors): string[] =>
  columns
    .map(({ name }) => name)
    .filter(name => looksSecret(name) || (doors !== 'private' && looksLikePay(name)))

const has = (table: Table, column: string) => table.columns.some(({ name }) => name === column)

function splitName(to: string, targetSchema: string): [schema: string, name: string] {
  const dot = to.indexOf('.')
  return dot < 0 ? [targetSchema, to] : [to.slice(0, dot), to.slice(dot + 1)]
}
