/** Rows of the organizations, as text per column: what probes aim with. Read as a superuser. */
import type pg from 'pg'
import { ident, idents } from '../../src/postgres/identifiers.ts'
import type { Table } from './catalog.ts'
import type { House } from './house.ts'

export type Row = Readonly<Record<string, string | null>>

export type Samples = {
  /** A row of the attacker's, undefined where it has none. */
  readonly own: Row | undefined
  /** Rows whose key the attacker has not, one per victim that has any. */
  readonly theirs: readonly Row[]
}

/** By table. Tables without a scope column have no samples. */
export async function readSamples(
  admin: pg.Client,
  tables: readonly Table[],
  { attacker, victims }: House,
): Promise<Map<string, Samples>> {
  const samples = new Map<string, Samples>()
  for (const table of tables) {
    const { name, scope, key } = table
    if (scope === undefined || table.columns.length === 0) continue
    const columns = table.columns.map(column => `t.${ident(column.name)}::text`).join(', ')
    const order = (way: string) =>
      key.length === 0 ? '1' : key.map(one => `t.${ident(one)} ${way}`).join(', ')
    const read = async (where: string, way = 'asc'): Promise<Row | undefined> => {
      const { rows } = await admin.query<(string | null)[]>({
        text: `select ${columns} from ${name} t where ${where} order by ${order(way)} limit 1`,
        rowMode: 'array',
      } as never)
      const [row] = rows
      return row && Object.fromEntries(table.columns.map((column, at) => [column.name, row[at] ?? null]))
    }
    const notOwn =
      key.length === 0 || key[0] === scope
        ? 'true'
        : `(${idents(key)}) not in (select ${idents(key)} from ${name} where ${ident(scope)} = '${attacker.id}')`
    const theirs: Row[] = []
    for (const victim of victims) {
      const row = await read(`t.${ident(scope)} = '${victim.id}' and ${notOwn}`, 'desc')
      if (row !== undefined) theirs.push(row)
    }
    samples.set(name, { own: await read(`t.${ident(scope)} = '${attacker.id}'`), theirs })
  }
  return samples
}
