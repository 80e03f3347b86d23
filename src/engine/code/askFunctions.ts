/**
 * Whether functions can be made anew: asked of the language itself, which looks at a body when a function is made. What was
 * written for a table or a type that is gone since stands in a schema for years, and would end the plan where it is made.
 * Reads only, runs nothing.
 */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import { type OtherObject, readOnly } from '../catalog/catalog.ts'
import type { FunctionAbout } from '../catalog/codeQueries.ts'
import { withoutSchema } from '../shapes/names.ts'

const validators: Readonly<Record<string, string>> = {
  sql: 'fmgr_sql_validator',
  plpgsql: 'plpgsql_validator',
}

/** @param functions one for each text @returns why not, by text; nothing for those that can */
export async function askFunctions(
  client: pg.ClientBase,
  functions: readonly OtherObject[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const one of functions) {
    const why = await readOnly(client, () => ask(client, one))
    if (why !== null) found.set(functionText(one), why)
  }
  return found
}

/** What two tenants' functions are compared by, as far as making them goes. */
export function functionText({ about, schema }: OtherObject): string {
  const { language, routine, arguments: given, result, body } = about as FunctionAbout
  return JSON.stringify([
    language,
    routine,
    ...[given, result, body ?? ''].map(text => withoutSchema(text, schema)),
  ])
}

async function ask(client: pg.ClientBase, { about, schema }: OtherObject): Promise<string | null> {
  const { language, routine, identity } = about as FunctionAbout
  const validator = validators[language]
  if (validator === undefined) return null
  // As the new one will look for what it names.
  await client.query(`set local search_path to pg_catalog, ${ident(schema)}, pg_temp`)
  await client.query('set local check_function_bodies to on')
  try {
    await client.query(
      `select ${validator}(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = $1 and p.proname = $2 and pg_get_function_identity_arguments(p.oid) = $3`,
      [schema, routine, identity],
    )
    return null
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    // Who may not call it may not ask either.
    if (code === '42501') return null
    if (code === undefined || /^(08|57)/.test(code)) throw error
    return `it cannot be made anew: ${message}`
  }
}
