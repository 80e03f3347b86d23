/**
 * The databases that test files are clones of, by name. A builder gets the address of a new, empty database
 * (superuser) and leaves it finished, with every connection closed: Postgres clones only what nobody is using.
 * It runs once per run, in whichever worker asks first, and may itself start from another template.
 */
import { type Core, loadCore } from '../../src/engine/apply/core.ts'
import { up } from '../../src/engine/operations/index.ts'
import type { InstallCore } from '../../src/engine/operations/installCore.ts'
import type { Plan } from '../../src/engine/plan/plan.ts'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { sampleSpec } from '../../src/engine/sample/spec.ts'
import { isScopeFile } from '../../src/engine/spec/specFile.ts'
import { withClient, withDatabase } from '../../src/postgres/connect.ts'
import { fold, roles } from '../engine/fold.ts'

export type Template = {
  /** What the database starts as; nothing when absent. */
  readonly from?: string
  readonly build: (url: string) => Promise<void>
}

export const templates: Readonly<Record<string, Template>> = {
  /** The tenancy core and nothing else. */
  core: { build: buildCore },
  /** The small HR system as it was: three tenant schemas and a registry, people and where they work. */
  'hr-legacy': {
    async build(url) {
      await withClient(url, 'test sample', client => buildSample(client, { small: true }))
    },
  },
  /** The HR system folded into `hr`, the old schemas still there. Its workspace was thrown away. */
  'hr-folded': {
    from: 'hr-legacy',
    async build(url) {
      await ensureRoles(url)
      await fold(url)
    },
  },
  /** All 26 tables, with fewer people: what is walked through grows with tables, not with rows. */
  'hr-whole': {
    async build(url) {
      await withClient(url, 'test sample', client => buildSample(client, { rows: 60 }))
    },
  },
  /** The finance system, with roles for whoever folds it. */
  finance: {
    async build(url) {
      await withClient(url, 'test sample', client => buildSample(client, { system: 'finance', rows: 40 }))
      await ensureRoles(url)
    },
  },
  'finance-folded': {
    from: 'finance',
    async build(url) {
      await fold(url, { spec: await sampleSpec('finance') })
    },
  },
  /** One schema for three companies and nobody, scoped in place to the last phase. */
  'sellout-scoped': {
    async build(url) {
      await withClient(url, 'test sample', client => buildSample(client, { system: 'sellout', rows: 60 }))
      await ensureRoles(url)
      const spec = await sampleSpec('sellout')
      if (!isScopeFile(spec)) throw new Error('the spec of sellout is not for one database')
      // Organizations of companies that are not in so small a sample would be walls around nothing.
      const organizations = Object.entries(spec.organizations ?? {}).slice(0, 3)
      await fold(url, { spec: { ...spec, organizations: Object.fromEntries(organizations) } })
    },
  },
  /** The sell-out system of three companies, with roles for whoever scopes it. */
  'sellout-legacy': {
    async build(url) {
      await withClient(url, 'test sample', client =>
        buildSample(client, { system: 'sellout', tenants: 3, rows: 400 }),
      )
      await ensureRoles(url)
    },
  },
  'hr-whole-folded': {
    from: 'hr-whole',
    async build(url) {
      await ensureRoles(url)
      await fold(url)
    },
  },
}

/** The core in a database that has none; run by install_core's own statements. */
export async function buildCore(url: string): Promise<void> {
  const core = await ensureRoles(url)
  const operation: InstallCore = { kind: 'install_core', fresh: true, ...core }
  await withClient(url, 'test core', async client => {
    for (const statement of ['begin', ...up(operation, {} as Plan), 'commit']) await client.query(statement)
  })
}

/**
 * Roles belong to the whole server: two workers, or two runs, that make them in the same moment would meet in
 * pg_authid. Advisory locks belong to a database, so everybody locks in `postgres`. Roles stay when a run ends.
 */
export async function ensureRoles(url: string): Promise<Core> {
  return withClient(withDatabase(url, 'postgres'), 'test roles', async client => {
    const { rows } = await client.query<{ login: string }>('select current_user as login')
    const core = await loadCore(
      roles,
      { coreSchema: 'app_public', usersSchema: 'app_public' },
      rows[0]?.login ?? '',
    )
    await client.query('select pg_advisory_lock(7269)')
    await client.query(core.roles)
    return core
  })
}
