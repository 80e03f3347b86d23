/** What Postgres says of the spec's SQL expressions. They run over the tables as they are, in a read-only transaction. */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { qualified } from '../../postgres/identifiers.ts'
import type { TableName } from '../plan/targetTable.ts'
import { invalidSpec } from '../spec/specFile.ts'
import type { Rule } from './plan.ts'

type Ruled = TableName & { readonly source: string; readonly rule: Rule | null }

/**
 * Before any row is looked at. Within a transaction that has the search path of the rules.
 * @throws RowhouseError RH112, RH114
 */
export async function checkExpressions(
  client: pg.ClientBase,
  tables: readonly Ruled[],
  path: string,
): Promise<void> {
  for (const table of tables) {
    if (table.rule?.by !== 'sql') continue
    try {
      await client.query(
        `select (${table.rule.expression})::text from ${qualified(table.schema, table.name)} t limit 0`,
      )
    } catch (error) {
      throw evaluated(error, table, path)
    }
  }
}

/** Undefined columns, tables and functions are names that are not there; anything else is no expression. */
export function evaluated(
  error: unknown,
  { source, rule }: Pick<Ruled, 'source' | 'rule'>,
  path: string,
): unknown {
  const { code, message } = error as { code?: string; message: string }
  if (rule?.by !== 'sql' || code === undefined || error instanceof RowhouseError) return error
  const said = `"tables.${source}.owner.sql" ${rule.expression}: ${message}`
  return ['42703', '42P01', '42883', '42704'].includes(code)
    ? new RowhouseError('RH114', {
        message: `the spec ${path} names what is not there: ${said}`,
        hint: 'an expression over the row t: see its columns with rowhouse inspect',
        cause: error,
      })
    : invalidSpec(path, [said])
}
