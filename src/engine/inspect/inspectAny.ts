/** Inspection of whatever there is: a schema per tenant, or one customer's database where there are no tenants. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident } from '../../postgres/identifiers.ts'
import { type Catalog, readCatalog } from '../catalog/catalog.ts'
import { inspectScope, type ScopeFound } from '../scope/inspect.ts'
import { ownTables } from '../scope/places.ts'
import type { ScopeFile } from '../scope/specFile.ts'
import { type AnySpecFile, isScopeFile } from '../spec/specFile.ts'
import { type Found, inspect } from './inspect.ts'
import { readRegistry } from './registry.ts'

export type AnyFound = Found | ScopeFound

export const isScopeFound = (found: AnyFound): found is ScopeFound => found.inspection.kind === 'single'

/** What a file may say that names no kind, and mean either. */
const common = new Set(['scope_column', 'core_schema', 'workspace'])

/** What the file decides of one customer's database. */
export const scopeFileOf = (decided: AnySpecFile): ScopeFile =>
  isScopeFile(decided)
    ? decided
    : {
        kind: 'single',
        ...Object.fromEntries(Object.entries(decided).filter(([key]) => common.has(key))),
      }

/** @throws RowhouseError as inspect() and inspectScope() do; RH110 for an empty database, and where tenants were named */
export async function inspectAny(
  client: pg.ClientBase,
  decided: AnySpecFile,
  path?: string,
): Promise<AnyFound> {
  if (isScopeFile(decided)) return inspectScope(client, decided, { path })
  try {
    return await inspect(client, decided)
  } catch (error) {
    const isOpen = decided.kind === undefined && Object.keys(decided).every(key => common.has(key))
    if (!(error instanceof RowhouseError) || error.code !== 'RH110' || !isOpen) throw error
    const catalog = await readCatalog(client)
    // A registry that lists nobody is a system of tenants without tenants.
    if (!hasCustomer(catalog) || (await readRegistry(client, catalog)) !== null) throw error
    return inspectScope(client, scopeFileOf(decided), { path })
  }
}

/** Tables that are neither the house's nor behind its wall already. */
function hasCustomer(catalog: Catalog): boolean {
  const walled = new Set(
    catalog.others
      .filter(({ kind }) => kind === 'policy')
      .map(({ schema, name }) => JSON.stringify([schema, name])),
  )
  return ownTables(catalog).some(
    ({ schema, name }) => !walled.has(JSON.stringify([schema, `organization_isolation on ${ident(name)}`])),
  )
}
