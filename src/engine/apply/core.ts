/** The tenancy core as SQL: committed migrations, roles, and how to take it out again. Reads this project's files. */
import { readdir, readFile } from 'node:fs/promises'
import { placeholders, type Roles } from '../../postgres/roles.ts'
import type { CoreMigration } from '../operations/installCore.ts'

export type Core = {
  readonly roles: string
  readonly migrations: readonly CoreMigration[]
  readonly uninstall: string
}

/** Where the core tables go; `users` apart, because a legacy database may have a table of that name there. */
export type CoreSchemas = { readonly coreSchema: string; readonly usersSchema: string }

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')

/** Replaces `:OWNER`, `:VISITOR` … as graphile-migrate does. */
export function fillPlaceholders(sql: string, values: Readonly<Record<string, string>>): string {
  const names = Object.keys(values).map(name => `${name}\\b`)
  return sql.replaceAll(new RegExp(names.join('|'), 'g'), name => values[name] ?? name)
}

/** What `:CORE_SCHEMA` and the roles stand for. */
export const corePlaceholders = (
  roles: Roles,
  { coreSchema, usersSchema }: CoreSchemas,
): Record<string, string> => ({
  ...placeholders(roles),
  ':CORE_SCHEMA': coreSchema,
  ':USERS_SCHEMA': usersSchema,
})

/** @param migrator the login that applies, which becomes a member of the owning roles */
export async function loadCore(roles: Roles, schemas: CoreSchemas, migrator: string): Promise<Core> {
  const values = corePlaceholders(roles, schemas)
  const fill = (sql: string) => fillPlaceholders(sql, values).trim()
  const files = (await readdir(new URL('migrations/committed/', root)))
    .filter(file => /^\d{6}.*\.sql$/.test(file))
    .sort()
  return {
    roles: fillPlaceholders(await read('db/roles.sql'), { ...values, ':MIGRATOR': migrator }).trim(),
    migrations: (await Promise.all(files.map(readMigration))).map(migration => ({
      ...migration,
      sql: fill(migration.sql),
    })),
    uninstall: fill(await read('db/uninstall.sql')),
  }
}

/** A committed migration: headers `--! Previous`, `--! Hash`, then the text that the hash is over. */
async function readMigration(file: string): Promise<CoreMigration> {
  const text = await read(`migrations/committed/${file}`)
  const header = (name: string) => text.match(new RegExp(`^--! ${name}: (.*)$`, 'm'))?.[1]?.trim()
  const hash = header('Hash')
  const previous = header('Previous')
  if (hash === undefined || previous === undefined)
    throw new Error(`migrations/committed/${file} has no Hash or Previous`)
  return {
    filename: `${file.slice(0, 6)}.sql`,
    hash,
    previousHash: previous === '-' ? null : previous,
    sql: text.slice(text.indexOf('\n\n') + 2),
  }
}

/** The committed migrations as files, for a workspace to begin with: name and text as they are. */
export async function coreMigrationFiles(): Promise<readonly { name: string; text: string }[]> {
  const names = (await readdir(new URL('migrations/committed/', root)))
    .filter(name => name.endsWith('.sql'))
    .sort()
  return Promise.all(names.map(async name => ({ name, text: await read(`migrations/committed/${name}`) })))
}
